"""Likeness of what is inside masks, backgrounds left out; by whichever judge can look within one."""

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from pipelines.judging import FOUND, Case


class Masked:
    """Cosine of what is inside masks: the photos' own, or what is found where nobody marked any; the picture's is found
    by the class noun. Photos in which nothing is found are left out. Silent where it is not found in the picture, or in
    no photo. The first of `looks` is who looks within masks."""

    how = "Mean cosine between the subject in the picture and in every photo, inside masks; only where it is found."
    looks: tuple[str, ...]
    better: Literal["more", "less"] = "more"

    def __init__(self, case: Case):
        self.eyes, self.noun, self.photos = case.eyes, case.subject.noun, None
        if self.eyes.finds(self.noun):
            masks = self.eyes.cover(case.photos, self.noun) if case.masks is None else case.masks
            there = masks.amax((1, 2)) >= FOUND
            if there.any():
                self.photos = self._within(case.photos[there], masks[there])

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.photos is None:
            return [math.nan] * len(pixels)
        masks = self.eyes.cover(pixels, self.noun)
        alike = (self._within(pixels, masks) @ self.photos.T).mean(1)
        return torch.where(masks.amax((1, 2)) >= FOUND, alike, math.nan).tolist()

    def _within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        return getattr(self.eyes, self.looks[0])(pixels, masks)
