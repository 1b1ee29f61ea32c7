"""Whether a picture is one of the training photos over again: how near the nearest of them is, mirrored or not.

Subject metrics reward pasting a photo, background included; this one tells (DreamSim's place in a copy check, with the
self-supervised judge). What is no copy: pictures as far apart as the subject's own photos are.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.judging import Case


class Copy:
    """Largest cosine to any training photo or its mirror image.

    Attributes:
        ceiling: the same of each photo against the others and their mirror images, the largest of these: pictures
            above it are nearer to a photo than any photo is to another. Not a number for a single photo.
    """

    label = "Nearest photo"
    how = "Largest cosine between the picture and any training photo or its mirror image; near 1 is a copy."
    looks, better = ("likeness",), "less"

    def __init__(self, case: Case):
        self.eyes = case.eyes
        photos, mirrored = case.eyes.likeness(case.photos), case.eyes.likeness(case.photos.flip(-1))
        self.photos = torch.cat([photos, mirrored])
        count, others = len(photos), photos @ self.photos.T
        own = torch.eye(count, dtype=torch.bool).repeat(1, 2)
        self.ceiling = float(others[~own].max()) if count > 1 else float("nan")

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        return (self.eyes.likeness(pixels) @ self.photos.T).amax(1).tolist()
