"""The oracles: one tower that reads what toy pictures show and knows subjects again.

Reading and identity learn together, for both live on the same details, and what a CPU can afford is spent on one tower.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pipelines.starter import larder
from pipelines.starter.course import Course, quick
from pipelines.starter.identity import VIEWS, Identity, Shoots, view
from pipelines.starter.larder import Larder
from pipelines.starter.likeness import contrast
from pipelines.starter.pool import Pool
from pipelines.starter.readers import BLANK, MOST, Reader, cells, labels, loss
from pipelines.starter.tower import Tower, fit
from pipelines.starter.wear import worn

SIDE = 96
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


def scenes(pool: Pool, shard: int) -> dict[str, Tensor]:
    """What is kept to read from: `rows` as `larder.pictures` has them, `things` and `whole` as `labels` has them."""
    things, whole = map(torch.from_numpy, labels(pool.notes(shard)))
    return {**larder.pictures(pool, shard), "things": things, "whole": whole}


def train(
    shelf: Larder,
    shoots: Shoots,
    folder: Path,
    start: dict[str, Tensor] | None = None,
    steps: int = 600,
    size: int = 128,
    seconds: float = math.inf,
    device: str = "cpu",
    say=print,
) -> Oracles:
    """Train on the larder's `scenes`, which are read, and on photos of subjects, which are read and known again.

    Four pictures in nine are scenes, the others two photos each of subjects of few classes, so that all are hard to
    tell apart.

    Args:
        start: weights of oracles, or of a tower alone that already knows toys, to begin from. size: of the batch.
            seconds: see `Course`.

    Returns:
        The averaged oracles.
    """
    torch.manual_seed(4)
    oracles = Oracles()
    if start:
        (oracles.tower if "stem.weight" in start else oracles).load_state_dict(start)
    oracles = oracles.to(device, memory_format=torch.channels_last)
    noted = {"size": size, "begun": start is not None}
    course = Course(
        folder, "oracles", oracles, steps, 4e-3, warm=30, fall=0.5, average=0.995, seconds=seconds, noted=noted, say=say
    )
    kept = torch.from_numpy(shoots.rows).to(device)
    facts = [torch.from_numpy(facts).to(device) for facts in (shoots.things, shoots.whole)]
    read, subjects = size * 4 // 9, max(3, size * 5 // 18)

    def one(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        some = shelf.some(rng, read)
        pixels, owner = larder.pixels(some["rows"])
        photos, who = _pick(shoots, subjects, rng, max(3, subjects // 32))
        where = tuple(torch.from_numpy(part).to(device, non_blocking=True) for part in photos)
        shown, mine = view(kept[where], noise)
        things, whole = (fact[where] for fact in facts)
        things = torch.cat([some["things"], _filled(things)]).long()
        whole = torch.cat([some["whole"], whole]).long()
        pixels = fit(torch.cat([worn(pixels, noise), shown]), SIDE).contiguous(memory_format=torch.channels_last)
        shares = cells(torch.cat([owner, mine]), SIDE // 16)
        with quick(device):
            features = oracles.tower.map(pixels)
            reading, right = loss(oracles.reader, features, shares, things, whole)
            vectors = oracles.identity(features[read:])
        scale = oracles.identity.scale.exp().clamp(max=50)
        knowing, known = contrast(vectors, torch.from_numpy(who).to(device, non_blocking=True), 1 / scale)
        return reading + knowing, {**right, **known, "scale": scale.detach()}

    return course.run(one)


def _pick(shoots: Shoots, subjects: int, rng: np.random.Generator, classes: int) -> tuple[tuple, np.ndarray]:
    """Places (class, individual, view) of two photos of each of so many subjects, and who they show."""
    nouns = rng.choice(len(shoots.nouns), classes, replace=False)
    noun = np.repeat(nouns, subjects // classes)
    subject = np.concatenate([rng.choice(shoots.count, subjects // classes, replace=False) for _ in nouns])
    views = rng.random((len(noun), VIEWS)).argsort(1)[:, :2]
    photos = np.repeat(noun, 2), np.repeat(subject, 2), views.reshape(-1)
    return photos, photos[0] * shoots.count + photos[1]


def _filled(facts: Tensor) -> Tensor:
    """The facts (B, names) of the one thing of a photo, filled up to MOST things."""
    filled = facts.new_full((len(facts), MOST, facts.shape[1]), BLANK)
    filled[:, 0] = facts
    return filled
