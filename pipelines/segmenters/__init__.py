"""Ways to find a thing in a photo, one file each: look at the photo once, then answer clicks and boxes."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Prompt:
    """What a person said about where the thing is, in pixels of the picture the segmenter was given.

    Points are (x, y); the box is x0, y0, x1, y1. With none of them the main thing is meant.
    """

    add: tuple[Point, ...] = ()
    remove: tuple[Point, ...] = ()
    box: Box | None = None

    def scaled(self, scale: float) -> "Prompt":
        """The same prompt on the picture made `scale` times as large."""
        add, remove = (tuple((x * scale, y * scale) for x, y in points) for points in (self.add, self.remove))
        return Prompt(add, remove, tuple(v * scale for v in self.box) if self.box else None)


@dataclass(frozen=True)
class Reading:
    """One answer: an (H, W) bool mask of the picture's size and how sure the segmenter is, 0 to 1."""

    mask: np.ndarray
    score: float


class Segmenter(Protocol):
    """Looks at a picture once, answers many prompts.

    `side` is the long side in pixels of the pictures it wants; larger photos are scaled down for it. `signature` names
    the method and its weights: encodings made under another signature are of no use to it.
    """

    side: int
    signature: str

    def encode(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """Everything worth remembering about an (H, W, 3) uint8 RGB picture; the slow half."""
        ...

    def read(self, pixels: np.ndarray, encoding: dict[str, np.ndarray], prompt: Prompt) -> list[Reading]:
        """One to three readings of a prompt, best first; the quick half."""
        ...

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """The same readings with their edges drawn more carefully, for when the pointer rests."""
        ...
