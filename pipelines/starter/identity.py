"""The judge of identity: the same subject, or another of its class? People's faces go through it like every toy.

Learnt on photo shoots: a photo must find the other photos of its own subject among those of others of the same class,
whatever the place, light, view, pose and what the subject wears. It sees the whole picture; one view in three shows the
subject cut out before a plain ground, so that masked pictures are judged as well as whole ones.
"""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pipelines import toybox
from pipelines.starter.course import Course
from pipelines.starter.likeness import contrast
from pipelines.starter.readers import SIDE
from pipelines.starter.tower import Tower, batch
from pipelines.starter.wear import worn

SHARED = 128
DRAWN = 128
"""Pixels at which shoots are kept."""
VIEWS = 4
"""Photos of each subject."""


class Identity(nn.Module):
    """Pictures (B, 3, S, S) from 0 to 1, each of one subject, as unit vectors (B, 128)."""

    outer = ("stem", "onward")

    def __init__(self):
        super().__init__()
        self.tower = Tower()
        self.onward = nn.Linear(2 * Tower.WIDTH, SHARED, bias=False)
        self.seek = nn.Conv2d(Tower.WIDTH, 1, 1)
        self.scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, pixels: Tensor) -> Tensor:
        """What the picture shows in general beside what it shows where the subject is, as the network finds it."""
        features = self.tower.map(pixels)
        where = self.seek(features).flatten(2).softmax(-1)
        there = (features.flatten(2) * where).sum(-1)
        both = torch.cat([self.tower.norm(features.mean((2, 3))), self.tower.norm(there)], 1)
        return F.normalize(self.onward(both).float(), dim=-1)


class Shoots:
    """Photo shoots of the first `count` individuals of every class of the training split, drawn once to a file.

    A quarter of the photos differ from a plain shoot: the subject wears something, or the photo is drawn in a style.
    """

    def __init__(self, path: Path, count: int = 192, say=print):
        self.count, self.path = count, Path(path)
        shape = (len(toybox.NOUNS), count, VIEWS, DRAWN, DRAWN, 4)
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            rough = self.path.with_suffix(".part")
            rows = np.memmap(rough, np.uint8, "w+", shape=shape)
            for n, noun in enumerate(toybox.NOUNS):
                for k in range(count):
                    rows[n, k] = _shoot(toybox.subject(noun, k), k)
                say(f"shoots of {n + 1} classes in {len(toybox.NOUNS)}")
            rows.flush()
            rough.rename(self.path)
        self.rows = np.memmap(self.path, np.uint8, "r", shape=shape)


def _shoot(who: toybox.ToySubject, seed: int) -> np.ndarray:
    """Photos (VIEWS, DRAWN, DRAWN, 4) uint8: pixels, and whether they show the subject."""
    rng, photos = np.random.default_rng((seed, toybox.NOUNS.index(who.noun))), []
    for scene in toybox.shoot(who, VIEWS, seed):
        if rng.random() < 0.2:
            worn_by = replace(scene.things[0], accessory=str(rng.choice(toybox.ACCESSORIES)))
            scene = replace(scene, things=(worn_by,))
        if rng.random() < 0.08:
            scene = replace(scene, style=str(rng.choice(("cartoon", "watercolour", "oil painting"))))
        picture = toybox.render(scene, DRAWN)
        photos.append(np.dstack([picture.pixels, picture.masks[0].astype(np.uint8)]))
    return np.stack(photos)


def train(
    shoots: Shoots,
    folder: Path,
    start: dict[str, Tensor] | None = None,
    steps: int = 420,
    size: int = 64,
    classes: int = 4,
    device: str = "cpu",
    say=print,
) -> Identity:
    """Train on two photos each of `size` subjects a step, of a few `classes` so that all are hard to tell apart.

    Args:
        start: weights of a tower that already reads toys, to begin from.

    Returns:
        The averaged judge.
    """
    torch.manual_seed(6)
    judge = Identity()
    if start:
        judge.tower.load_state_dict(start)
    judge = judge.to(device, memory_format=torch.channels_last)
    course = Course(folder, "identity", judge, steps, 3e-3, warm=40, fall=0.5, average=0.99, say=say)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        views, who = [], []
        for n in rng.choice(len(toybox.NOUNS), classes, replace=False):
            for k in rng.choice(shoots.count, size // classes, replace=False):
                for v in rng.choice(VIEWS, 2, replace=False):
                    views.append(view(shoots.rows[n, k, v], rng))
                    who.append(n * shoots.count + k)
        side = 64 if step < steps * 2 // 5 else SIDE
        with torch.autocast(device.split(":")[0], torch.bfloat16):
            seen = judge(batch(views, side).to(device))
        value, numbers = contrast(seen, torch.tensor(who, device=device), 1 / judge.scale.exp().clamp(max=50))
        return value, numbers | {"scale": judge.scale.exp().item()}

    return course.run(loss)


def view(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A kept photo (S, S, 4) as the judge may meet it: whole, cut out or moved, and worn. (S, S, 3) uint8."""
    pixels, mask = photo[..., :3], photo[..., 3:]
    if rng.random() < 0.33:
        ground = rng.choice((127, 255, rng.integers(256)))
        pixels = np.where(mask, pixels, np.uint8(ground))
    if rng.random() < 0.5:
        side = pixels.shape[0]
        zoom, shift = rng.uniform(0.7, 1.15), rng.uniform(-0.12, 0.12, 2) * side
        matrix = np.float32([[zoom, 0, side * (1 - zoom) / 2 + shift[0]], [0, zoom, side * (1 - zoom) / 2 + shift[1]]])
        pixels = cv2.warpAffine(pixels, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return worn(np.ascontiguousarray(pixels), rng)
