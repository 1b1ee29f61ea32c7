"""Patterns and marks on surfaces, and the noise they and the places are made of."""

import numpy as np

from pipelines.toybox.assembly import Mark, Solid
from pipelines.toybox.identity import Paint

Array = np.ndarray
F = np.float32


def _noise_tile(size: int, cells: int, seed: int) -> Array:
    """A seamless tile of smooth noise, (size, size) from 0 to 1: random values on a grid, joined by smoothstep."""
    rng = np.random.Generator(np.random.PCG64(seed))
    grid = rng.random((cells, cells))
    place = np.arange(size) * (cells / size)
    low = place.astype(int)
    share = place - low
    share = share * share * (3 - 2 * share)
    high = (low + 1) % cells
    rows = grid[low] * (1 - share)[:, None] + grid[high] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, high] * share


def _layered(seed: int) -> Array:
    tile = sum(_noise_tile(256, cells, seed + cells) * weight for cells, weight in ((8, 0.5), (16, 0.3), (32, 0.2)))
    low, high = tile.min(), tile.max()
    return ((tile - low) / (high - low)).astype(F)


NOISE = _layered(7)
"""Seamless noise, (256, 256) float32 from 0 to 1, with soft features of 8 to 32 pixels."""
FLAT = NOISE.ravel()


def noise(u: Array, v: Array, scale: float) -> Array:
    """Noise at surface coordinates: one tile spans 256 / scale units."""
    rows, cols = (v * F(scale)).astype(np.int32) & 255, (u * F(scale)).astype(np.int32) & 255
    return np.take(FLAT, (rows << 8) | cols)


def turns(x: Array, z: Array) -> Array:
    """The angle of (x, z) about the y axis as a share of a full turn, -0.5 to 0.5; 0 faces +z. Within 0.001."""
    ax, az = np.abs(x), np.abs(z)
    r = np.minimum(ax, az) / np.maximum(np.maximum(ax, az), F(1e-9))
    eighth = r * (F(0.125) + F(0.04345) * (1 - r))
    quarter = np.where(ax > az, F(0.25) - eighth, eighth)
    half = np.where(z < 0, F(0.5) - quarter, quarter)
    return np.where(x < 0, -half, half)


def surface(solid: Solid, p: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    """Two coordinates along the surface in thing units: around (or across) and up."""
    sx, sy, sz = (F(s) for s in solid.size)
    x, y, z = p
    if solid.kind == "box":
        side = np.abs(x) > F(0.999)
        lid = np.abs(y) > F(0.999)
        return np.where(side, z * sz, x * sx), np.where(lid, z * sz, y * sy)
    # A whole number of cells goes round: the girth is rounded to what the pattern can fill.
    girth = F(6.2832 * (solid.size[0] + solid.size[2]) / 2)
    cells = max(round(float(girth) * solid.paint.scale / 2) * 2, 4)
    around = turns(x, z) * F(cells / solid.paint.scale)
    return around, y * sy


def _cell(t: Array) -> Array:
    return np.floor(t).astype(np.int32)


def coloured(solid: Solid, p: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """The paint and marks of a solid at local points: three arrays from 0 to 1."""
    paint = solid.paint
    first, second = paint.colour, paint.second
    if paint.pattern == "plain":
        rgb = [np.full_like(p[0], F(c)) for c in first]
    else:
        u, v = surface(solid, p)
        share = pattern(paint, u, v)
        rgb = [F(a) + (F(b) - F(a)) * share for a, b in zip(first, second, strict=True)]
    for mark in solid.marks:
        where = marked(mark, p)
        for k in range(3):
            np.putmask(rgb[k], where, F(mark.colour[k]))
    return tuple(rgb)


def pattern(paint: Paint, u: Array, v: Array) -> Array:
    """How much of the second colour shows, 0 or 1, at surface coordinates."""
    a, b = u * F(paint.scale), v * F(paint.scale) + F(paint.phase)
    kind = paint.pattern
    if kind == "striped":
        on = _cell(b * F(1.5)) & 1
    elif kind == "swirled":
        on = _cell((a + b) * F(0.95)) & 1
    elif kind == "checkered":
        on = (_cell(a) + _cell(b)) & 1
    elif kind == "dotted":
        row = _cell(b)
        across, up = a + F(0.5) * (row & 1), b
        du, dv = across - np.floor(across) - F(0.5), up - np.floor(up) - F(0.5)
        on = du * du + dv * dv < F(0.115)
    elif kind == "zigzag":
        saw = a * F(0.66)
        on = _cell(b * F(1.15) + np.abs(saw - np.floor(saw) - F(0.5)) * F(1.7)) & 1
    elif kind == "marbled":
        on = noise(u + F(paint.phase * 9), v + F(paint.phase * 5), paint.scale * 26) > F(0.53)
    elif kind == "gridded":
        fu, fv = a - np.floor(a), b - np.floor(b)
        on = (fu < F(0.30)) | (fv < F(0.30))
    else:  # two-tone
        on = v < F(0.12 * (paint.phase - 0.5))
    return on.astype(F)


SIDES = {
    "front": (0, 1, 2, 1.0),
    "back": (0, 1, 2, -1.0),
    "left": (2, 1, 0, 1.0),
    "right": (2, 1, 0, -1.0),
    "top": (0, 2, 1, 1.0),
}


def marked(mark: Mark, p: tuple[Array, Array, Array]) -> Array:
    """Where a mark covers the surface."""
    if mark.shape == "band":
        return np.abs(p[1] - F(mark.at[1])) < F(mark.size[1])
    across, up, facing, sign = SIDES[mark.side]
    a, b = p[across] - F(mark.at[0]), p[up] - F(mark.at[1])
    seen = p[facing] * F(sign) > F(0.0)
    w, h = F(mark.size[0]), F(mark.size[1])
    if mark.shape == "rect":
        return seen & (np.abs(a) < w) & (np.abs(b) < h)
    if mark.shape == "arc":
        return seen & (np.abs(a) < w) & (np.abs(b - F(mark.bend) * a * a) < h)
    square = (a / w) * (a / w) + (b / h) * (b / h)
    if mark.shape == "ring":
        return seen & (square < 1) & (square > F(0.52))
    return seen & (square < 1)
