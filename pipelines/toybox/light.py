"""Sun, sky and weather: how a time of day colours a picture, and what falls from above."""

from dataclasses import dataclass

import numpy as np

from pipelines.toybox.texture import noise

F = np.float32
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """`sun` and `sky` light surfaces; `high` and `low` are the sky's own colours above and at the horizon."""

    sun: Colour
    sky: Colour
    high: Colour
    low: Colour
    stars: bool = False


LIGHTS = {
    "day": Light((0.66, 0.63, 0.57), (0.48, 0.50, 0.54), (0.34, 0.62, 0.92), (0.78, 0.89, 0.97)),
    "sunset": Light((0.82, 0.56, 0.36), (0.48, 0.41, 0.44), (0.42, 0.32, 0.56), (0.99, 0.60, 0.32)),
    "night": Light((0.33, 0.35, 0.44), (0.30, 0.31, 0.40), (0.03, 0.05, 0.15), (0.10, 0.14, 0.30), True),
}
INDOORS = Light((0.56, 0.53, 0.47), (0.55, 0.54, 0.53), (0.9, 0.9, 0.9), (0.9, 0.9, 0.9))
MOON = Light((0.82, 0.82, 0.80), (0.26, 0.26, 0.30), (0.01, 0.01, 0.03), (0.02, 0.02, 0.05), True)
WATER = Light((0.34, 0.50, 0.55), (0.36, 0.52, 0.62), (0.05, 0.26, 0.48), (0.16, 0.50, 0.66))
FOG = (0.80, 0.82, 0.84)


def light(place: str, time: str, weather: str) -> Light:
    """The light of a place at a time in a weather."""
    if place in ("wooden floor", "kitchen", "studio"):
        return INDOORS
    if place == "moon":
        return MOON
    if place == "seabed":
        return WATER
    clear = LIGHTS[time]
    if weather == "clear":
        return clear
    # Under clouds the sun is weak and the sky lights from everywhere.
    grey = 0.62 if weather == "rain" else 0.85
    dim = {"day": 1.0, "sunset": 0.85, "night": 0.42}[time]
    sun = tuple(c * 0.35 for c in clear.sun)
    sky = tuple(c * 1.25 for c in clear.sky)
    cloud = tuple(0.35 * h + 0.65 * grey * dim for h in clear.low)
    return Light(sun, sky, tuple(c * 0.85 for c in cloud), cloud)


def sky(lamp: Light, up: np.ndarray, around: np.ndarray, seed: int, clouds: bool) -> list[np.ndarray]:
    """The colours of the sky; `up` is the slope of the ray (0 at the horizon), `around` its angle in turns."""
    share = np.clip(up * F(1.6), 0, 1)
    share = share * (2 - share)
    rgb = [F(lo) + (F(hi) - F(lo)) * share for hi, lo in zip(lamp.high, lamp.low, strict=True)]
    if lamp.stars:
        u, v = (around * F(240)).astype(np.int32), (up * F(42)).astype(np.int32)
        star = ((u * 73856093) ^ (v * 19349663) ^ (seed % 9973 * 83492)) % 61 == 0
        for c in rgb:
            np.putmask(c, star & (up > F(0.04)), F(0.85))
    elif clouds:
        puff = noise(around * F(7) + F(seed % 97), up * F(3.2), 26.0)
        cover = np.clip((puff - F(0.56)) * F(4), 0, 1) * np.clip(up * F(5), 0, 1) * F(0.75)
        for k, c in enumerate(rgb):
            c += (F(0.30 * lamp.low[k] + 0.70) - c) * cover
    return rgb


def falling(rgb: list[np.ndarray], weather: str, seed: int) -> None:
    """Rain streaks or snowflakes over a whole picture, in place."""
    rng = np.random.Generator(np.random.PCG64(seed + 5))
    s = rgb[0].shape[0]
    count = 70 if weather == "rain" else 90
    xs, ys, size = (rng.random(count) for _ in range(3))
    unit = s / 128
    if weather == "rain":
        length, thick = int(9 * unit), max(int(unit), 1)
        for x, y in zip((xs * s).astype(int), (ys * s).astype(int), strict=True):
            for step in range(length):
                col, row = x - step // 4, y + step
                for c in rgb:
                    c[row : row + 1, max(col, 0) : col + thick] += (
                        F(0.86) - c[row : row + 1, max(col, 0) : col + thick]
                    ) * F(0.42)
        return
    for x, y, big in zip((xs * s).astype(int), (ys * s).astype(int), size, strict=True):
        r = max(int((1 + 2.4 * big) * unit), 1)
        for c in rgb:
            c[y : y + r, x : x + r] += (F(0.98) - c[y : y + r, x : x + r]) * F(0.85)
