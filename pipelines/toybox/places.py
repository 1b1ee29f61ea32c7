"""The places: ground and what stands behind it, as functions of where a ray lands."""

from collections.abc import Callable

import numpy as np

from pipelines.toybox.light import Light, sky
from pipelines.toybox.texture import noise, turns

F = np.float32
Array = np.ndarray
WALL = F(-2.3)
"""Where an indoor wall stands, in units behind the middle."""


def backdrop(place: str, lamp: Light, eye: np.ndarray, d: tuple[Array, Array, Array], seed: int, clear: bool):
    """What is behind the things.

    Args:
        place: one of scene.PLACES. lamp: its light. eye: camera position (3,). d: ray directions, three (S, S) arrays
            whose parameter is the depth along the view. seed: moves the grain. clear: whether clouds are white.

    Returns:
        rgb: three (S, S) arrays from 0 to 1, unlit on the ground; depth: (S, S); ground: (S, S) bool;
        spot: ground coordinates x and z, two (S, S) arrays.
    """
    dx, dy, dz = d
    down = np.minimum(dy, F(-1e-4))
    t = F(-eye[1]) / down
    x, z = F(eye[0]) + t * dx, F(eye[2]) + t * dz
    ground = (dy < F(-1e-4)) & (t < F(60))
    depth = np.where(ground, t, F(60))
    far = 1 / (1 + (t * F(0.10)) ** 2)
    shift = F(seed % 211)
    level = 1 / np.sqrt(dx * dx + dz * dz)
    up, around = dy * level, turns(dx, -dz)
    if place in ROOMS:
        reach = (WALL - F(eye[2])) / np.minimum(dz, F(-1e-4))
        wall = (dz < F(-1e-4)) & (reach < np.where(ground, t, F(1e5)))
        wx, wy = F(eye[0]) + reach * dx, F(eye[1]) + reach * dy
        floor_rgb = ROOMS[place][0](x, z, shift, far)
        wall_rgb = ROOMS[place][1](wx, wy, shift)
        rgb = [np.where(wall, w, f) for w, f in zip(wall_rgb, floor_rgb, strict=True)]
        return rgb, np.where(wall, reach, depth), ground & ~wall, (x, z)
    rgb = sky(lamp, np.maximum(up, 0), around, seed, clear)
    BEHIND[place](rgb, up, around, shift, lamp)
    land = LAND[place](x, z, shift, far)
    rgb = [np.where(ground, g, s) for g, s in zip(land, rgb, strict=True)]
    return rgb, depth, ground, (x, z)


def _mix(a, b, share: Array) -> list[Array]:
    return [F(p) + (F(q) - F(p)) * share for p, q in zip(a, b, strict=True)]


def _set(rgb: list[Array], where: Array, colour, strength: float = 1.0) -> None:
    for c, value in zip(rgb, colour, strict=True):
        c += (F(value) - c) * (where * F(strength))


def _hash(u: Array, v: Array) -> Array:
    """A share from 0 to 1 for each whole-numbered cell."""
    n = (u.astype(np.int64) * 374761393 + v.astype(np.int64) * 668265263) & 0x7FFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0x7FFFFFFF
    return ((n ^ (n >> 16)) & 1023).astype(F) / F(1024)


def grass(x, z, shift, far):
    n = noise(x + shift, z + shift, 22) * F(0.65) + noise(x, z - shift, 70) * F(0.35)
    return _mix((0.20, 0.46, 0.13), (0.48, 0.74, 0.26), F(0.5) + (n - F(0.5)) * (F(0.4) + far))


def flowers(x, z, shift, far):
    rgb = grass(x, z, shift, far)
    u, v = x * F(3.2) + shift, z * F(3.2)
    cu, cv = np.floor(u), np.floor(v)
    h = _hash(cu, cv)
    du, dv = u - cu - F(0.3) - F(0.4) * h, v - cv - F(0.3) - F(0.4) * _hash(cv, cu)
    near = (du * du + dv * dv < F(0.06)) & (h > F(0.32))
    petals = ((0.95, 0.95, 0.93), (0.98, 0.82, 0.20), (0.93, 0.35, 0.50), (0.70, 0.45, 0.88))
    for k, colour in enumerate(petals):
        _set(rgb, near & (np.floor(h * 32).astype(np.int32) % 4 == k), colour)
    return rgb


def sand(x, z, shift, far):
    n = noise(x + shift, z + shift, 26)
    return _mix((0.84, 0.72, 0.48), (0.97, 0.88, 0.66), F(0.5) + (n - F(0.5)) * (F(0.4) + far))


def beach(x, z, shift, far):
    rgb = sand(x, z, shift, far)
    shore = F(-2.0) + noise(x * F(0.6) + shift, x, 20) * F(0.8)
    _set(rgb, z < shore, (0.10, 0.48, 0.68))
    _set(rgb, (z < shore) & (noise(x + shift, z * F(2), 30) > F(0.60)), (0.30, 0.66, 0.80))
    _set(rgb, np.abs(z - shore) < F(0.14), (0.96, 0.97, 0.95))
    return rgb


def snow(x, z, shift, far):
    n = noise(x + shift, z + shift, 20)
    return _mix((0.80, 0.85, 0.93), (0.98, 0.99, 1.0), F(0.5) + (n - F(0.5)) * (F(0.5) + far))


def desert(x, z, shift, far):
    n = noise(x + shift, z * F(1.4) + shift, 16)
    wave = z * F(2.6) + n * F(2.2)
    ridge = np.abs(wave - np.floor(wave) - F(0.5)) * 2
    return _mix((0.80, 0.46, 0.22), (0.95, 0.66, 0.36), F(0.5) + (ridge - F(0.5)) * far)


def forest(x, z, shift, far):
    n = noise(x + shift, z + shift, 30)
    rgb = _mix((0.25, 0.27, 0.12), (0.44, 0.46, 0.20), F(0.5) + (n - F(0.5)) * (F(0.4) + far))
    leaf = noise(x * F(1.3), z * F(1.3) - shift, 62) > F(0.63)
    _set(rgb, leaf & (far > F(0.35)), (0.60, 0.36, 0.12), 0.8)
    return rgb


def street(x, z, shift, far):
    n = noise(x + shift, z + shift, 60)
    rgb = _mix((0.30, 0.31, 0.33), (0.40, 0.41, 0.43), F(0.5) + (n - F(0.5)) * far)
    dash = x * F(0.9) + shift * F(0.37)
    _set(rgb, (np.abs(z + F(1.0)) < F(0.10)) & (dash - np.floor(dash) < F(0.55)), (0.95, 0.94, 0.88))
    _set(rgb, z < F(-2.4), (0.66, 0.65, 0.63))
    _set(rgb, np.abs(z + F(2.4)) < F(0.12), (0.82, 0.81, 0.79))
    return rgb


def moon(x, z, shift, far):
    n = noise(x + shift, z + shift, 24)
    rgb = _mix((0.46, 0.46, 0.48), (0.72, 0.72, 0.72), F(0.5) + (n - F(0.5)) * (F(0.4) + far))
    u, v = x * F(0.75) + shift, z * F(0.75)
    cu, cv = np.floor(u), np.floor(v)
    h = _hash(cu, cv)
    du, dv = u - cu - F(0.5), v - cv - F(0.5)
    r = (du * du + dv * dv) / (F(0.03) + F(0.12) * h)
    _set(rgb, (r < 1) & (h > F(0.3)), (0.38, 0.38, 0.41), 0.75)
    _set(rgb, (r >= 1) & (r < F(1.5)) & (h > F(0.3)), (0.84, 0.84, 0.83), 0.7)
    return rgb


def seabed(x, z, shift, far):
    n = noise(x + shift, z + shift, 26)
    rgb = _mix((0.44, 0.56, 0.56), (0.72, 0.80, 0.70), F(0.5) + (n - F(0.5)) * (F(0.4) + far))
    net = np.abs(noise(x * F(1.2) - shift, z * F(1.2), 30) - F(0.5)) < F(0.035)
    _set(rgb, net & (far > F(0.3)), (0.92, 0.97, 0.90), 0.6)
    fade = np.clip((F(0.45) - far) * F(2.6), 0, 1)
    for c, deep in zip(rgb, (0.20, 0.50, 0.62), strict=True):
        c += (F(deep) - c) * fade
    return rgb


LAND: dict[str, Callable] = {
    "grass": grass, "beach": beach, "snow": snow, "desert": desert, "forest": forest, "street": street, "moon": moon,
    "seabed": seabed, "flower field": flowers,
}  # fmt: skip


def _lit(colour, lamp: Light) -> tuple[float, ...]:
    return tuple(c * (s + 0.6 * k) for c, s, k in zip(colour, lamp.sky, lamp.sun, strict=True))


def _ridge(around, shift, scale: float, row: float) -> Array:
    return noise(around * F(scale) + shift, np.full_like(around, F(row)), 40)


def hills(rgb, up, around, shift, lamp, colour=(0.30, 0.54, 0.30), high=0.10):
    top = F(high) * (F(0.3) + _ridge(around, shift, 6, 0.5))
    _set(rgb, up < top, _lit(colour, lamp))


def trees(rgb, up, around, shift, lamp):
    far = F(0.30) + F(0.18) * _ridge(around, shift, 20, 2.5)
    _set(rgb, up < far, _lit((0.30, 0.48, 0.26), lamp))
    cell = around * F(34) + shift
    at = cell - np.floor(cell) - F(0.5)
    h = _hash(np.floor(cell), np.zeros_like(cell))
    cone = F(0.26) + F(0.34) * h - np.abs(at) * F(0.62)
    _set(rgb, up < cone, _lit((0.16, 0.36, 0.17), lamp))
    _set(rgb, (np.abs(at) < F(0.09)) & (up < F(0.07)), _lit((0.26, 0.17, 0.10), lamp))


def city(rgb, up, around, shift, lamp):
    for scale, tall, colour in ((26, 0.62, (0.62, 0.66, 0.74)), (19, 0.36, (0.55, 0.42, 0.38))):
        cell = around * F(scale) + shift
        k = np.floor(cell)
        h = _hash(k, np.full_like(k, F(scale)))
        tone = F(0.75) + F(0.5) * _hash(k, np.full_like(k, F(scale + 1)))
        block = (up < F(tall) * (F(0.35) + F(0.65) * h)) & (cell - k > F(0.06))
        base = _lit(colour, lamp)
        for c, value in zip(rgb, base, strict=True):
            np.copyto(c, np.clip(F(value) * tone, 0, 1), where=block)
        across, rise = (cell - k) * F(4), up * F(17)
        pane = block & (across - np.floor(across) > F(0.45)) & (rise - np.floor(rise) > F(0.5))
        _set(rgb, pane, (1.0, 0.88, 0.50) if lamp.stars else (0.78, 0.86, 0.92), 0.8)


def dunes(rgb, up, around, shift, lamp):
    hills(rgb, up, around, shift, lamp, (0.86, 0.55, 0.30), 0.16)


def drifts(rgb, up, around, shift, lamp):
    hills(rgb, up, around, shift, lamp, (0.84, 0.90, 0.97), 0.20)


def sea(rgb, up, around, shift, lamp):
    _set(rgb, up < F(0.012), _lit((0.10, 0.46, 0.66), lamp))


def craters(rgb, up, around, shift, lamp):
    hills(rgb, up, around, shift, lamp, (0.55, 0.55, 0.57), 0.09)
    a, b = (around - F(0.045)) * F(6.28), up - F(0.36)
    _set(rgb, a * a + b * b < F(0.012), (0.24, 0.46, 0.85))
    _set(rgb, (a * a + b * b < F(0.012)) & (noise(around * F(60), up * F(9), 24) > F(0.55)), (0.38, 0.66, 0.36))


def kelp(rgb, up, around, shift, lamp):
    sway = noise(around * F(2) + shift, up * F(2), 40)
    cell = around * F(22) + shift + sway * F(0.9)
    k = np.floor(cell)
    h = _hash(k, np.ones_like(k))
    strand = (np.abs(cell - k - F(0.5)) < F(0.13)) & (up < F(0.75) * h)
    _set(rgb, strand, (0.06, 0.40, 0.36), 0.75)


BEHIND: dict[str, Callable] = {
    "grass": hills, "beach": sea, "snow": drifts, "desert": dunes, "forest": trees, "street": city, "moon": craters,
    "seabed": kelp, "flower field": hills,
}  # fmt: skip


def planks(x, z, shift, far):
    board = z * F(2.2) + shift
    k = np.floor(board)
    tone = F(0.80) + F(0.30) * _hash(k, np.floor(x * F(0.6) + k * F(0.37)))
    grain = noise(x * F(0.5) + shift, z * F(4), 40)
    rgb = [F(c) * tone * (F(0.88) + F(0.24) * (F(0.5) + (grain - F(0.5)) * far)) for c in (0.70, 0.44, 0.24)]
    _set(rgb, (board - k < F(0.09)) & (far > F(0.25)), (0.30, 0.17, 0.09), 0.8)
    return rgb


def cream(x, y, shift):
    rgb = _mix((0.93, 0.87, 0.74), (0.97, 0.92, 0.81), noise(x + shift, y, 12))
    _set(rgb, y < F(0.22), (0.97, 0.96, 0.93))
    _set(rgb, np.abs(y - F(0.22)) < F(0.018), (0.70, 0.64, 0.52))
    return rgb


def tiles(x, z, shift, far):
    on = ((np.floor(x * F(1.5) + shift) + np.floor(z * F(1.5))).astype(np.int32) & 1).astype(F)
    return _mix((0.93, 0.93, 0.91), (0.42, 0.56, 0.60), on)


def tiled(x, y, shift):
    rgb = [np.full_like(x, F(c)) for c in (0.80, 0.90, 0.86)]
    u, v = x * F(1.9) + shift, y * F(1.9)
    _set(rgb, (u - np.floor(u) < F(0.07)) | (v - np.floor(v) < F(0.07)), (0.96, 0.98, 0.97))
    _set(rgb, np.abs(y - F(1.15)) < F(0.08), (0.30, 0.52, 0.56))
    return rgb


def paper(x, z, shift, far):
    return [F(0.78) + far * F(0.08) for _ in range(3)]


def paper_wall(x, y, shift):
    glow = 1 / (1 + F(0.05) * (x * x + y * y))
    return [F(0.62) + F(0.24) * glow for _ in range(3)]


ROOMS: dict[str, tuple[Callable, Callable]] = {
    "wooden floor": (planks, cream),
    "kitchen": (tiles, tiled),
    "studio": (paper, paper_wall),
}
