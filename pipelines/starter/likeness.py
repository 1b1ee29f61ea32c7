"""The judge of likeness: learnt without any words or labels, from crops of one picture that must find each other.

SimCLR (Chen et al., arXiv:2002.05709) with crops that keep colours nearly as they are, for colour is half of a
likeness. Features are taken before the projection and centred on the mean over many pictures, so that two pictures of
nothing alike stand at about zero.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pipelines.starter import larder
from pipelines.starter.course import Course, quick
from pipelines.starter.larder import Larder
from pipelines.starter.tower import Tower, fit
from pipelines.starter.wear import worn

SIDE = 64
"""Pixels at which pictures are seen."""
SHARED = 128
WARMTH = 0.15
"""Temperature of the contrast."""


class Likeness(nn.Module):
    """Pictures (B, 3, S, S) from 0 to 1 as unit vectors (B, 256); `mean` is what all pictures have in common."""

    outer = ("stem",)

    def __init__(self):
        super().__init__()
        self.tower = Tower()
        self.onward = nn.Sequential(nn.Linear(Tower.WIDTH, 256), nn.GELU(), nn.Linear(256, SHARED, bias=False))
        self.register_buffer("mean", torch.zeros(Tower.WIDTH))

    def forward(self, pixels: Tensor) -> Tensor:
        return F.normalize(self.tower(pixels).float() - self.mean, dim=-1)

    def within(self, pixels: Tensor, shares: Tensor) -> Tensor:
        """The same of a part of the pictures; `shares` as in `Tower.within`."""
        return F.normalize(self.tower.within(pixels, shares).float() - self.mean, dim=-1)

    def projected(self, pixels: Tensor) -> Tensor:
        """Where the contrast is drawn: unit vectors (B, 128)."""
        return F.normalize(self.onward(self.tower(pixels)).float(), dim=-1)


def train(
    shelf: Larder,
    folder: Path,
    steps: int = 300,
    size: int = 128,
    seconds: float = math.inf,
    device: str = "cpu",
    say=print,
) -> Likeness:
    """Train on two crops of each of `size` of the larder's `pictures` a step; returns the averaged judge with its mean.

    Args:
        seconds: see `Course`.
    """
    torch.manual_seed(5)
    judge = Likeness().to(device, memory_format=torch.channels_last)
    noted = {"size": size}
    course = Course(
        folder, "likeness", judge, steps, 4e-3, warm=40, fall=0.5, average=0.99, seconds=seconds, noted=noted, say=say
    )

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        pixels, _ = larder.pixels(shelf.some(rng, size)["rows"])
        views = fit(worn(_crop(pixels.repeat(2, 1, 1, 1), noise), noise), SIDE)
        with quick(device):
            seen = judge.projected(views)
        return contrast(seen, torch.arange(size, device=device).repeat(2), WARMTH)

    best = course.run(loss)
    with torch.no_grad():
        for start in range(0, 1024, 64):
            some, _ = larder.pixels(shelf.take(np.arange(start, start + 64) % len(shelf))["rows"])
            best.mean += best.tower(fit(some, SIDE)).mean(0) / 16
    return best


def contrast(seen: Tensor, who: Tensor, warmth: float | Tensor) -> tuple[Tensor, dict]:
    """How badly unit vectors (B, D) find the others of their own kind `who` (B,) among all (Khosla et al.,
    arXiv:2004.11362), and how often the nearest is one."""
    alike = (seen @ seen.T / warmth).masked_fill(torch.eye(len(seen), dtype=torch.bool, device=seen.device), -1e4)
    own = (who[:, None] == who[None]) & (alike > -1e3)
    value = -(alike.log_softmax(1) * own).sum(1) / own.sum(1)
    return value.mean(), {"nearest": own[torch.arange(len(seen)), alike.argmax(1)].float().mean()}


def _crop(pixels: Tensor, noise: torch.Generator) -> Tensor:
    """A part of 30 to 100 % of each picture (B, 3, S, S), as tall as wide to a third, perhaps mirrored."""

    def lot() -> Tensor:
        return torch.rand(len(pixels), generator=noise, device=pixels.device)

    span, longer = (0.3 + 0.7 * lot()).sqrt(), (0.3 * (lot() - 0.5)).exp()
    wide, high = (span * longer).clamp(max=1), (span / longer).clamp(max=1)
    matrix = torch.zeros(len(pixels), 2, 3, device=pixels.device)
    matrix[:, 0, 0], matrix[:, 1, 1] = torch.where(lot() < 0.5, wide, -wide), high
    matrix[:, 0, 2], matrix[:, 1, 2] = (1 - wide) * (2 * lot() - 1), (1 - high) * (2 * lot() - 1)
    return F.grid_sample(pixels, F.affine_grid(matrix, pixels.shape, align_corners=False), align_corners=False)
