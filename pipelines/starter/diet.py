"""Pictures that are not toys: dead leaves and textures, whose statistics are those of photographs.

Dead leaves: overlapping shapes with sizes from a power law hide one another, as objects in the world do (Lee, Mumford
and Huang, "Occlusion models for natural images", IJCV 2001). Networks trained on toys alone fall over on real photos; a
share of these keeps them upright.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

Array = np.ndarray
SIDE = 128


def grain(rng: np.random.Generator, size: int, slope: float = 1.0) -> Array:
    """Coloured noise whose amplitude falls as frequency to the power -slope; (S, S) float32, mean 0, deviation 1."""
    white = np.fft.rfft2(rng.standard_normal((size, size)))
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    plane = np.fft.irfft2(white / np.maximum(np.hypot(fy, fx), 1 / size) ** slope, s=(size, size))
    plane -= plane.mean()
    return (plane / max(plane.std(), 1e-6)).astype(np.float32)


def texture(rng: np.random.Generator, size: int) -> Array:
    """A surface: two colours mixed by noise, with a gradient of light. (S, S, 3) float32 from 0 to 1."""
    a, b = rng.random(3), rng.random(3)
    share = np.clip(0.5 + 0.32 * grain(rng, size, rng.uniform(0.7, 1.8)), 0, 1)[..., None]
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    tilt = rng.uniform(-0.25, 0.25) * ramp[:, None] + rng.uniform(-0.25, 0.25) * ramp[None]
    return np.clip((a + (b - a) * share) * (1 + tilt[..., None]), 0, 1).astype(np.float32)


def stock(path: Path, count: int = 4096, workers: int = 1, say=print) -> np.ndarray:
    """So many of them, three dead leaves to one texture, drawn once to a file: (count, 128, 128, 3) uint8."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as hands:
            drawn = np.concatenate(list(hands.map(_some, range(0, count, 64))))
        rough = path.with_suffix(".part")
        rough.write_bytes(drawn[:count].tobytes())
        rough.rename(path)
        say(f"{count} dead leaves and textures drawn")
    return np.memmap(path, np.uint8, "r").reshape(-1, SIDE, SIDE, 3)


def _some(first: int) -> np.ndarray:
    drawn = []
    for k in range(first, first + 64):
        rng = np.random.default_rng((k, 31))
        leaves = dead_leaves(rng, SIDE, int(rng.integers(12, 50)))[0] if rng.random() < 0.75 else None
        drawn.append((texture(rng, SIDE) * 255).astype(np.uint8) if leaves is None else leaves)
    return np.stack(drawn)


def dead_leaves(rng: np.random.Generator, size: int, leaves: int = 60) -> tuple[Array, Array]:
    """A dead-leaves picture and what each pixel shows.

    Returns:
        pixels (S, S, 3) uint8; owner (S, S) int32, 0 for the ground and k for leaf k, the newest in front.
    """
    sheets = [texture(rng, size) for _ in range(4)]
    picture, owner = sheets[0].copy(), np.zeros((size, size), np.int32)
    for k in range(1, leaves + 1):
        radius = size * 0.04 / max(1 - rng.random() * 0.93, 0.07) ** 0.9
        centre = rng.random(2) * size
        shape = np.zeros((size, size), np.uint8)
        cv2.fillPoly(shape, [_outline(rng, centre, radius)], 255, cv2.LINE_AA)
        cover = (shape.astype(np.float32) / 255)[..., None]
        colour = rng.random(3).astype(np.float32)
        skin = colour * 0.65 + sheets[rng.integers(4)] * 0.5 - 0.08
        light = 1 + rng.uniform(-0.3, 0.3) * ((np.arange(size) - centre[1]) / max(radius, 1)).clip(-1, 1)[:, None, None]
        picture += (np.clip(skin * light, 0, 1) - picture) * cover
        owner[shape > 127] = k
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.1))
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8), owner


def _outline(rng: np.random.Generator, centre: Array, radius: float) -> Array:
    """A leaf: an ellipse, a polygon or a lobed blob, turned at random."""
    corners = int(rng.choice((3, 4, 5, 24, 24, 24)))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, np.pi)
    reach = np.ones(corners)
    if corners == 24 and rng.random() < 0.5:
        for wave in (2, 3, 5):
            reach += rng.uniform(-0.25, 0.25) * np.cos(wave * angle + rng.uniform(0, 6))
    wide = rng.uniform(0.35, 1.0)
    points = np.stack([np.cos(angle) * reach, np.sin(angle) * reach * wide], 1) * radius
    turn = rng.uniform(0, np.pi)
    c, s = np.cos(turn), np.sin(turn)
    return (points @ np.array([[c, s], [-s, c]]) + centre).astype(np.int32)
