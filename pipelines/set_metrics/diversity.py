"""How different the pictures of one prompt are from each other (DIV of DreamBooth, arXiv 2208.12242, section 4.3)."""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

from torch import Tensor

from pipelines.judging import Case


class Diversity:
    """Mean perceptual distance over pairs of pictures of the same prompt, then over prompts that have such pairs."""

    label = "Diversity"
    how = "Perceptual distance of two pictures of the same prompt: mean over pairs, then over prompts."
    looks, better = ("layers",), "more"

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        alike = defaultdict(list)
        for k, prompt in enumerate(prompts):
            alike[prompt].append(k)
        means = [self._apart(pixels[own]) for own in alike.values() if len(own) > 1]
        return fmean(means) if means else math.nan

    def _apart(self, pixels: Tensor) -> float:
        stages = self.eyes.layers(pixels)
        return fmean(distance([one[[a]] for one in stages], [one[[b]] for one in stages])
                     for a, b in combinations(range(len(pixels)), 2))  # fmt: skip


def distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    """Perceptual distance of two pictures, each a list of stages (1, C, h, w): the sum over stages of the mean over
    cells of squared differences (arXiv 1801.03924, eq. 1)."""
    return sum(float((x - y).square().sum(1).mean()) for x, y in zip(a, b, strict=True))
