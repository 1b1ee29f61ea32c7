"""Other individuals of a toy class, to tell a subject from."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines import toybox
from pipelines.eyes import Eyes

AMONG, SHOTS, FIRST, SIDE = 16, 2, 1000, 96


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
