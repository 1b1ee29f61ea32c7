"""How much the subject in a picture looks like the subject in its photos, backgrounds left out (masked CLIP-I)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines import toybox
from pipelines.judging import FOUND, Case


class MaskedLikenessClip:
    """Cosine of what is inside masks: the photos' own, or what is found where nobody marked any; the picture's is found
    by the class noun. Silent where it is not found."""

    label = "Masked likeness (CLIP-I)"
    how = "Mean cosine between the subject in the picture and in every photo, inside masks; only where it is found."
    looks, better = ("pictures_within", "cover"), "more"

    def __init__(self, case: Case):
        self.eyes, self.noun, self.photos = case.eyes, case.subject.noun, None
        if self.noun in toybox.NOUNS:
            masks = self.eyes.cover(case.photos, self.noun) if case.masks is None else case.masks
            self.photos = self.eyes.pictures_within(case.photos, masks)

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if self.photos is None:
            return [math.nan] * len(pixels)
        masks = self.eyes.cover(pixels, self.noun)
        alike = (self.eyes.pictures_within(pixels, masks) @ self.photos.T).mean(1).clamp(0, 1)
        return torch.where(masks.amax((1, 2)) >= FOUND, alike, math.nan).tolist()
