"""True pictures of the toybox, for scores that must know what they look at."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from pipelines import toybox
from pipelines.toybox.stage import framed

SIDE = 96


def drawn(scenes: Sequence[toybox.Scene]) -> Tensor:
    """(n, 3, SIDE, SIDE), 0 to 1."""
    pixels = torch.stack([torch.from_numpy(toybox.render(scene, SIDE).pixels) for scene in scenes])
    return pixels.permute(0, 3, 1, 2).float() / 255


def masks(scenes: Sequence[toybox.Scene]) -> Tensor:
    """(n, SIDE, SIDE), 1 where the first thing is."""
    return torch.stack([torch.from_numpy(toybox.render(scene, SIDE).masks[0]).float() for scene in scenes])


def moved(scene: toybox.Scene, fill: float, shift: tuple[float, float]) -> toybox.Scene:
    """The scene with its things `fill` of the picture large, moved by so many shares of the room that is left."""
    return replace(scene, camera=framed(scene.things, scene.camera, fill, shift))
