"""Identity: the same subject, or another of its class? People's faces go through it like every toy.

Learnt on photo shoots: a photo must find the other photos of its own subject among those of others of the same class,
whatever the place, light, view, pose and what the subject wears. It sees the whole picture; one view in three shows the
subject cut out before a plain ground, so that masked pictures are judged as well as whole ones.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pipelines import toybox
from pipelines.starter.readers import BLANK, COLOUR, THINGS, WHOLE
from pipelines.starter.tower import Tower
from pipelines.starter.wear import worn

SHARED = 128
DRAWN = 128
"""Pixels at which shoots are kept."""
VIEWS = 4
"""Photos of each subject."""


class Identity(nn.Module):
    """A tower's map of features (B, 256, h, w) of pictures of one subject each as unit vectors (B, 128).

    It looks at what the picture shows in general beside what it shows where the subject is, as the network finds it.
    """

    def __init__(self):
        super().__init__()
        self.seek = nn.Conv2d(Tower.WIDTH, 1, 1)
        self.norm = nn.LayerNorm(2 * Tower.WIDTH)
        self.onward = nn.Linear(2 * Tower.WIDTH, SHARED, bias=False)
        self.scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, features: Tensor) -> Tensor:
        where = self.seek(features).flatten(2).softmax(-1)
        there = (features.flatten(2) * where).sum(-1)
        both = self.norm(torch.cat([features.mean((2, 3)), there], 1))
        return F.normalize(self.onward(both).float(), dim=-1)


class Shoots:
    """Photo shoots of the first `count` individuals of every class of the training split, drawn once to a file.

    A quarter of the photos differ from a plain shoot: the subject wears something, or the photo is drawn in a style.

    Args:
        path: the file; beside it lies what the photos show. workers: processes that draw.

    Attributes:
        rows: (classes, count, VIEWS, DRAWN, DRAWN, 4) uint8: pixels, and whether they show the subject. things, whole:
            (classes, count, VIEWS, names) int8, see `facts`.
    """

    def __init__(
        self, path: Path, count: int = 128, nouns: tuple[str, ...] = toybox.NOUNS, workers: int = 1, say=print
    ):
        self.count, self.nouns, self.path = count, nouns, Path(path)
        shape, beside = (len(nouns), count, VIEWS, DRAWN, DRAWN, 4), self.path.with_suffix(".npz")
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            rough = self.path.with_suffix(".part")
            rows, told = np.memmap(rough, np.uint8, "w+", shape=shape), []
            with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as hands:
                for n, (drawn, shown) in enumerate(hands.map(_shoots, nouns, [count] * len(nouns))):
                    rows[n] = drawn
                    told.append(shown)
                    say(f"shoots of {n + 1} classes in {len(nouns)}")
            rows.flush()
            np.savez(beside, *(np.array([one[part] for one in told], np.int8) for part in (0, 1)))
            rough.rename(self.path)
        self.rows = np.memmap(self.path, np.uint8, "c", shape=shape)
        with np.load(beside) as told:
            self.things, self.whole = told["arr_0"], told["arr_1"]


def _shoots(noun: str, count: int) -> tuple[np.ndarray, tuple[list, list]]:
    drawn = [scenes(noun, k) for k in range(count)]
    told = [[facts(scene) for scene in shoot] for shoot in drawn]
    parts = tuple([[one[part] for one in shoot] for shoot in told] for part in (0, 1))
    return np.array([[_picture(scene) for scene in shoot] for shoot in drawn]), parts


def scenes(noun: str, individual: int) -> list[toybox.Scene]:
    """The photos of one training subject."""
    rng, photos = np.random.default_rng((individual, toybox.NOUNS.index(noun))), []
    for scene in toybox.shoot(toybox.subject(noun, individual), VIEWS, individual):
        if rng.random() < 0.2:
            scene = replace(scene, things=(replace(scene.things[0], accessory=str(rng.choice(toybox.ACCESSORIES))),))
        if rng.random() < 0.08:
            scene = replace(scene, style=str(rng.choice(("cartoon", "watercolour", "oil painting"))))
        photos.append(scene)
    return photos


def _picture(scene: toybox.Scene) -> np.ndarray:
    picture = toybox.render(scene, DRAWN)
    return np.dstack([picture.pixels, picture.masks[0].astype(np.uint8)])


def facts(scene: toybox.Scene) -> tuple[list[int], list[int]]:
    """What a reader should read of a photo of one thing, by the names of THINGS and of WHOLE."""
    thing, style = scene.things[0], scene.style
    said = {name: getattr(thing, name) for name in THINGS if name != "second"}
    said["second"] = thing.look.second_name
    things = [words.index(said[name]) for name, words in THINGS.items()]
    if style in toybox.GREY_STYLES:
        things[COLOUR] = BLANK
    if thing.pattern == "plain" or style in toybox.GREY_STYLES:
        things[list(THINGS).index("second")] = BLANK
    return things, [words.index(getattr(scene, name)) for name, words in WHOLE.items()]


def view(photos: Tensor, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Kept photos (B, S, S, 4) uint8 as the judge may meet them: whole, cut out or moved, and worn.

    Returns:
        pixels (B, 3, S, S) from 0 to 1; (B, S, S) uint8, 1 where they show the subject.
    """
    count, device = len(photos), photos.device

    def lot(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=noise, device=device)

    seen = photos.permute(0, 3, 1, 2).float() / torch.tensor([255, 255, 255, 1], device=device)[:, None, None]
    ground = torch.where(lot(1, 1, 1) < 0.33, 0.5, torch.where(lot(1, 1, 1) < 0.5, 1.0, lot(1, 1, 1)))
    cut = torch.where((lot(1, 1, 1) < 0.3) & (seen[:, 3:] == 0), ground, seen[:, :3])
    zoom, shift = 1 / (0.7 + 0.45 * lot(1, 1)), 0.48 * (lot(2, 1) - 0.5)
    matrix = torch.cat([zoom * torch.eye(2, device=device), shift], 2)
    whole = torch.eye(2, 3, device=device).expand(count, 2, 3)
    grid = F.affine_grid(torch.where(lot(1, 1) < 0.5, matrix, whole), (count, 4, *seen.shape[-2:]), align_corners=False)
    moved = F.grid_sample(torch.cat([cut, seen[:, 3:]], 1), grid, padding_mode="border", align_corners=False)
    return worn(moved[:, :3], noise), (moved[:, 3] > 0.5).byte()
