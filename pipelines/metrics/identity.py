"""Whether a picture shows this very subject: retrieval of one among sixteen of its class, for classes of the toybox."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines import toybox
from pipelines.judging import Case
from pipelines.others import others


class Identity:
    """1 where the picture is nearer to the subject's photos than to those of fifteen others of the class, else 0."""

    label = "Identity, 1 of 16"
    how = "Whether the identity judge finds the subject among 15 others of its class; chance is 0.06."
    looks, better = ("identity",), "more"

    def __init__(self, case: Case):
        self.eyes, self.gallery = case.eyes, None
        if case.subject.noun in toybox.NOUNS:
            own = F.normalize(case.eyes.identity(case.photos).mean(0), dim=0)
            self.gallery = torch.cat([own[None], others(case.eyes, case.subject.noun)])

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.gallery is None:
            return [math.nan] * len(pixels)
        nearest = (self.eyes.identity(pixels) @ self.gallery.T).argmax(1)
        return (nearest == 0).float().tolist()
