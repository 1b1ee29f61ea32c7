"""The oracles: one tower that reads what toy pictures show and knows subjects again.

Reading and identity learn together, for both live on the same details, and what a CPU can afford is spent on one tower.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pipelines.starter.course import Course, quick
from pipelines.starter.identity import VIEWS, Identity, Shoots, view
from pipelines.starter.likeness import contrast
from pipelines.starter.pool import Pool
from pipelines.starter.readers import BLANK, MOST, Reader, cells, kept, loss
from pipelines.starter.tower import Tower, batch
from pipelines.starter.wear import worn

SIDE = 64
"""Pixels at which pictures are seen."""


class Oracles(nn.Module):
    """Pictures (B, 3, S, S) from 0 to 1."""

    outer = ("stem", "cells", "whole", "onward", "seek")

    def __init__(self):
        super().__init__()
        self.tower, self.reader, self.identity = Tower(), Reader(), Identity()

    def read(self, pixels: Tensor) -> dict[str, Tensor]:
        """Probabilities by the names of WORDS and more; see `Reader.read`."""
        return self.reader.read(self.tower.map(pixels))

    def cover(self, pixels: Tensor) -> Tensor:
        """(B, 24, S / 16, S / 16): how surely each place shows each class."""
        return self.reader.cover(self.tower.map(pixels))

    def who(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, 128), alike for photos of the same subject."""
        return self.identity(self.tower.map(pixels))


def train(
    pool: Pool,
    shoots: Shoots,
    folder: Path,
    start: dict[str, Tensor] | None = None,
    steps: int = 600,
    scenes: int = 56,
    subjects: int = 36,
    device: str = "cpu",
    say=print,
) -> Oracles:
    """Train on scenes of the pool, which are read, and on two photos each of subjects, which are read and known again.

    The subjects of a step are of three classes, so that all are hard to tell apart.

    Args:
        start: weights of a tower that already knows toys, to begin from.

    Returns:
        The averaged oracles.
    """
    torch.manual_seed(4)
    oracles = Oracles()
    if start:
        oracles.tower.load_state_dict(start)
    oracles = oracles.to(device, memory_format=torch.channels_last)
    course = Course(folder, "oracles", oracles, steps, 4e-3, warm=30, fall=0.5, average=0.995, say=say)
    labels = kept(pool, Path(folder) / "labels.npz")

    def one(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        chosen = rng.choice(len(pool), scenes, replace=False)
        seen = [(worn(pixels, rng), owner) for pixels, owner in map(pool.read, chosen)]
        photos, who = _pick(shoots, subjects, rng)
        seen += [view(shoots.rows[photo], rng) for photo in photos]
        about = [
            torch.from_numpy(np.concatenate([a[chosen], _filled(b, photos, a.ndim)]).astype(np.int64)).to(device)
            for a, b in zip(labels, (shoots.things, shoots.whole), strict=True)
        ]
        pixels = batch([pixels for pixels, _ in seen], SIDE).to(device)
        shares = torch.from_numpy(np.stack([cells(owner, SIDE // 16) for _, owner in seen])).to(device)
        with quick(device):
            features = oracles.tower.map(pixels)
            reading, right = loss(oracles.reader, features, shares, *about)
            vectors = oracles.identity(features[scenes:])
        scale = oracles.identity.scale.exp().clamp(max=50)
        knowing, known = contrast(vectors, torch.tensor(who, device=device), 1 / scale)
        return reading + knowing, {**right, **known, "scale": scale.item()}

    return course.run(one)


def _pick(shoots: Shoots, subjects: int, rng: np.random.Generator, classes: int = 3) -> tuple[list, list[int]]:
    """Places (class, individual, view) of two photos of each of so many subjects, and who they show."""
    photos, who = [], []
    for n in rng.choice(len(shoots.nouns), classes, replace=False):
        for k in rng.choice(shoots.count, subjects // classes, replace=False):
            photos += [(n, k, v) for v in rng.choice(VIEWS, 2, replace=False)]
            who += [int(n) * shoots.count + int(k)] * 2
    return photos, who


def _filled(facts: np.ndarray, photos: list, dimensions: int) -> np.ndarray:
    """The facts of photos, those of the one thing filled up to MOST where there are several (`dimensions` 3)."""
    rows = np.stack([facts[photo] for photo in photos])
    if dimensions == 2:
        return rows
    filled = np.full((len(rows), MOST, rows.shape[1]), BLANK, np.int8)
    filled[:, 0] = rows
    return filled
