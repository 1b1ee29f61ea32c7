"""Whether a thing of the subject's class is found in the picture at all: what masked scores are silent about."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import FOUND, Case


class Found:
    """1 where some place of the picture shows the subject's class more surely than not, else 0."""

    label = "Found"
    how = (
        "Whether the subject's class is found in the picture; masked scores are means over pictures where it is, so "
        "they are to be read beside this share, or multiplied by it."
    )
    looks, better = ("cover",), "more"

    def __init__(self, case: Case):
        self.eyes, self.noun = case.eyes, case.subject.noun

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if not self.eyes.finds(self.noun):
            return [math.nan] * len(pixels)
        return (self.eyes.cover(pixels, self.noun).amax((1, 2)) >= FOUND).float().tolist()
