"""Whether the subject stands just where the photos had it (POSLEAK): training glues a thing to its spot."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.eyes import Eyes
from pipelines.judging import Case

NEAR = 0.1
"""How far from the photos' mean centre still counts as the same spot, as a share of the picture's side."""


class PositionLeakage:
    """1 where the subject's centre lies within a tenth of the picture's side of its mean centre in the photos."""

    label = "Position leakage"
    how = (
        "Whether the subject's centre is within 10 % of the picture's side of its mean centre in the photos; compare "
        "with the untuned base, which has habits of its own."
    )
    looks, better = ("read",), "less"

    def __init__(self, case: Case):
        self.eyes, self.noun, self.centre = case.eyes, case.subject.noun, None
        if self.noun in Eyes.WORDS["noun"]:
            self.centre = self._centres(case.photos).mean(0)

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.centre is None:
            return [math.nan] * len(pixels)
        return ((self._centres(pixels) - self.centre).norm(dim=1) <= NEAR).float().tolist()

    def _centres(self, pixels: Tensor) -> Tensor:
        """(B, 2): across and down, as shares of the picture."""
        read, k = self.eyes.read(pixels), Eyes.WORDS["noun"].index(self.noun)
        return (torch.stack([read["side"][:, k], read["down"][:, k]], 1) + 1) / 2
