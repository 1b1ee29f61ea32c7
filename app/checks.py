"""Look over photos before anything is learnt from them: too small, blurred, or nearly the same as another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

SMALLEST = 256
"""Short side in pixels below which details are missing even for the smallest base."""

BLURRED = 0.048
"""Sharpness below which nothing in the photo has a crisp edge."""

SAME = 0.2
"""Share of differing fingerprint bits below which two photos are the same view."""

CELLS, KEPT = 32, 12
WAVES = np.cos(np.pi / CELLS * (np.arange(CELLS) + 0.5) * np.arange(KEPT)[:, None]).astype(np.float32)
"""The first twelve rows of the cosine transform (DCT-II) of 32 cells."""


@dataclass(frozen=True)
class Measured:
    """What a photo's pixels say about it.

    Args:
        width, height: pixels.
        sharpness: 0 (fog) to about 0.5 (every edge crisp), of the sharpest part of the photo.
        fingerprint: 36 hex digits that change little when a photo is scaled, compressed or brightened.
    """

    width: int
    height: int
    sharpness: float
    fingerprint: str


@dataclass(frozen=True)
class Finding:
    """One thing the person should know, as a sentence, why it matters, and the button that fixes it.

    Args:
        kind: what was found.
        photos: positions of the photos concerned, counted from 0; the fix acts on the last, or shows the first.
        said: what happened, one sentence.
        why: why it matters and what to do, one sentence.
        fix: the words on the button; empty where nothing can be done here.
    """

    kind: Literal["small", "blurred", "same", "turned"]
    photos: tuple[int, ...]
    said: str
    why: str
    fix: str = ""


def measure(photo: Image.Image) -> Measured:
    """Size, sharpness and fingerprint of an upright photo of any size; about 10 ms once it is decoded."""
    grey = photo.convert("L") if photo.mode != "L" else photo
    return Measured(*photo.size, sharpness(grey), fingerprint(grey))


def sharpness(grey: Image.Image) -> float:
    """How crisp the crispest eighth of the photo is, so that a soft background does not count against it.

    In each tile of an 8 by 8 grid, the spread of the Laplacian over the spread of brightness; then the 7/8 quantile.
    """
    small = grey.copy()
    small.thumbnail((512, 512), Image.BILINEAR, reducing_gap=2)
    y = np.asarray(small, dtype=np.float32)
    if min(y.shape) < 16:
        return 0.0
    laplacian = 4 * y[1:-1, 1:-1] - y[:-2, 1:-1] - y[2:, 1:-1] - y[1:-1, :-2] - y[1:-1, 2:]
    inner = y[1:-1, 1:-1]
    tiles = [
        float(detail.std() / (4 * contrast.std() + 20))
        for rows, lights in zip(np.array_split(laplacian, 8), np.array_split(inner, 8), strict=True)
        for detail, contrast in zip(np.array_split(rows, 8, axis=1), np.array_split(lights, 8, axis=1), strict=True)
    ]
    return round(float(np.quantile(tiles, 7 / 8)), 4)


def fingerprint(grey: Image.Image) -> str:
    """A perceptual hash: which of the 12 by 12 coarsest cosine waves of the photo are stronger than the median one."""
    cells = np.asarray(grey.resize((CELLS, CELLS), Image.BOX, reducing_gap=3), dtype=np.float32)
    waves = (WAVES @ cells @ WAVES.T).ravel()
    waves[0] = 0.0
    return np.packbits(waves > np.median(waves)).tobytes().hex()


def distance(one: str, other: str) -> float:
    """Share of bits that differ between two fingerprints, 0 to 1; unrelated photos lie near 0.5."""
    return (int(one, 16) ^ int(other, 16)).bit_count() / KEPT**2


def look(photos: Sequence[Measured], turned: Sequence[int] = ()) -> tuple[Finding, ...]:
    """Everything worth saying about the photos of one subject, gravest first."""
    found = []
    for later in range(len(photos)):
        for earlier in range(later):
            if distance(photos[earlier].fingerprint, photos[later].fingerprint) < SAME:
                found.append(_same(earlier, later))
                break
    for place, photo in enumerate(photos):
        if min(photo.width, photo.height) < SMALLEST:
            said = f"Photo {place + 1} is small: {photo.width} × {photo.height} pixels."
            why = f"Details will be missing. A larger copy, {2 * SMALLEST} pixels or more, teaches more."
            found.append(Finding("small", (place,), said, why, "Remove it"))
        if photo.sharpness < BLURRED:
            why = "What is learnt from it will be soft too. Sharp beats many."
            found.append(Finding("blurred", (place,), f"Photo {place + 1} is blurred.", why, "Remove it"))
    if turned:
        found.append(_turned(len(turned), tuple(turned)))
    return tuple(found)


def _same(earlier: int, later: int) -> Finding:
    said = f"Photos {earlier + 1} and {later + 1} are nearly the same."
    return Finding("same", (earlier, later), said, "Another angle teaches more than a copy.", f"Remove {later + 1}")


def _turned(count: int, places: tuple[int, ...]) -> Finding:
    said = "One photo was lying on its side." if count == 1 else f"{count} photos were lying on their side."
    why = f"{'It was' if count == 1 else 'They were'} set upright, as the camera meant."
    return Finding("turned", places, said, why, "Show it" if count == 1 else "Show them")
