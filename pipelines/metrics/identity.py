"""Whether a picture shows this very subject: retrieval of one among sixteen of its class, for classes of the toybox."""

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines import toybox
from pipelines.eyes import Eyes
from pipelines.judging import Case

AMONG, SHOTS, FIRST, SIDE = 16, 2, 1000, 96


class Identity:
    """1 where the picture is nearer to the subject's photos than to those of fifteen others of the class, else 0."""

    label = "Identity, 1 of 16"
    how = "Whether the identity judge finds the subject among 15 others of its class; chance is 0.06."

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


@lru_cache(maxsize=32)
def others(eyes: Eyes, noun: str) -> Tensor:
    """(15, D): what the identity judge sees in photo shoots of others of a class; none of them is a sample subject."""
    scenes = [
        scene
        for k in range(FIRST, FIRST + AMONG - 1)
        for scene in toybox.shoot(toybox.subject(noun, k, "validation"), SHOTS, k)
    ]
    pixels = torch.stack([torch.from_numpy(toybox.render(scene, SIDE).pixels) for scene in scenes])
    seen = eyes.identity(pixels.permute(0, 3, 1, 2).float() / 255)
    return F.normalize(seen.view(AMONG - 1, SHOTS, -1).mean(1), dim=1)
