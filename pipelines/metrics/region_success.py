"""Whether a subject is where its region is: its class is read inside the box, and it is known again there."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.crop import cut
from pipelines.eyes import Eyes
from pipelines.judging import Case
from pipelines.others import others


class RegionSuccess:
    """1 where the box reads as the subject's class and the identity judge finds the subject there among 15 others of
    the class; else 0. A picture of several succeeds where each of them does.

    Only the box is read: in true pictures of two things the oracle names 90 % of them in their boxes (and 1 % in the
    other's), and is half sure of 84 % when it looks at the whole.
    """

    label = "Region success"
    how = "Whether the subject's class is read in its box and the subject is known there among 16 of the class."
    looks, better = ("read", "identity"), "more"

    def __init__(self, case: Case):
        self.eyes, self.box, self.noun, self.gallery = case.eyes, case.box, case.subject.noun, None
        if case.box and self.noun in Eyes.WORDS["noun"]:
            own = F.normalize(case.eyes.identity(case.photos).mean(0), dim=0)
            self.gallery = torch.cat([own[None], others(case.eyes, self.noun)])

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.gallery is None:
            return [math.nan] * len(pixels)
        k, part = Eyes.WORDS["noun"].index(self.noun), cut(pixels, self.box)
        in_place = self.eyes.read(part)["noun"].argmax(1) == k
        known = (self.eyes.identity(part) @ self.gallery.T).argmax(1) == 0
        return (in_place & known).float().tolist()
