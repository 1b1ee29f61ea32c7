"""Whether another subject of the picture came out in this one's place."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.crop import cut
from pipelines.judging import Case


class Bleed:
    """1 where what is inside the subject's box is nearer to another subject of the picture than to its own, else 0."""

    label = "Bleed"
    how = "Whether the identity judge finds another subject of the picture in this one's box."
    looks, better = ("identity",), "less"

    def __init__(self, case: Case):
        self.eyes, self.box, self.gallery = case.eyes, case.box, None
        if case.box and case.beside:
            everybody = (case.photos, *case.beside)
            self.gallery = torch.stack([F.normalize(case.eyes.identity(one).mean(0), dim=0) for one in everybody])

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.gallery is None:
            return [math.nan] * len(pixels)
        nearest = (self.eyes.identity(cut(pixels, self.box)) @ self.gallery.T).argmax(1)
        return (nearest != 0).float().tolist()
