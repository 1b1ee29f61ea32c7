"""Identity: the same subject, or another of its class? People's faces go through it like every toy.

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

    Attributes:
        rows: (classes, count, VIEWS, DRAWN, DRAWN, 4) uint8: pixels, and whether they show the subject. things, whole:
            (classes, count, VIEWS, names) int8, see `facts`.
    """

    def __init__(self, path: Path, count: int = 128, nouns: tuple[str, ...] = toybox.NOUNS, say=print):
        self.count, self.nouns, self.path = count, nouns, Path(path)
        shape = (len(nouns), count, VIEWS, DRAWN, DRAWN, 4)
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            rough = self.path.with_suffix(".part")
            rows = np.memmap(rough, np.uint8, "w+", shape=shape)
            for n, noun in enumerate(nouns):
                for k in range(count):
                    rows[n, k] = [_picture(scene) for scene in scenes(noun, k)]
                say(f"shoots of {n + 1} classes in {len(nouns)}")
            rows.flush()
            rough.rename(self.path)
        self.rows = np.memmap(self.path, np.uint8, "r", shape=shape)
        told = [[[facts(s) for s in scenes(noun, k)] for k in range(count)] for noun in nouns]
        self.things, self.whole = (
            np.array([[[one[part] for one in shoot] for shoot in kind] for kind in told], np.int8) for part in (0, 1)
        )


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


def view(photo: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A kept photo (S, S, 4) as the judge may meet it: whole, cut out or moved, and worn.

    Returns:
        pixels (S, S, 3) uint8; (S, S) uint8, 1 where they show the subject.
    """
    if rng.random() < 0.3:
        ground = np.uint8(rng.choice((127, 255, rng.integers(256))))
        photo = np.dstack([np.where(photo[..., 3:], photo[..., :3], ground), photo[..., 3]])
    if rng.random() < 0.5:
        side = photo.shape[0]
        zoom, shift = rng.uniform(0.7, 1.15), rng.uniform(-0.12, 0.12, 2) * side
        matrix = np.float32([[zoom, 0, side * (1 - zoom) / 2 + shift[0]], [0, zoom, side * (1 - zoom) / 2 + shift[1]]])
        photo = cv2.warpAffine(photo, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return worn(np.ascontiguousarray(photo[..., :3]), rng), photo[..., 3]
