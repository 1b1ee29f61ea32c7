"""Whether the photos' background came along: a place of theirs where the prompt names another (BGLEAK)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.asked import named
from pipelines.eyes import Eyes
from pipelines.judging import Case


class PlaceLeakage:
    """1 where the oracle reads a place that a photo shows, 0 where another; the prompt must name a place of neither."""

    label = "Place leakage"
    how = "Whether a place read in the photos is read in the picture though the prompt names one that they do not show."
    looks, better = ("read",), "less"

    def __init__(self, case: Case):
        self.eyes = case.eyes
        self.shown = set(self._places(case.photos))

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        asked = [named(prompt).get("place") for prompt in prompts]
        seen = self._places(pixels)
        told = [math.nan if place is None or place in self.shown else float(at in self.shown)
                for place, at in zip(asked, seen, strict=True)]  # fmt: skip
        return told

    def _places(self, pixels: Tensor) -> list[str]:
        return [Eyes.WORDS["place"][k] for k in self.eyes.read(pixels)["place"].argmax(1).tolist()]
