"""The colours of the toybox, by name, as sRGB triples from 0 to 1."""

import numpy as np

COLOURS = {
    "red": (0.85, 0.13, 0.13),
    "orange": (0.96, 0.52, 0.08),
    "yellow": (0.98, 0.85, 0.16),
    "green": (0.16, 0.60, 0.20),
    "blue": (0.14, 0.32, 0.84),
    "purple": (0.50, 0.18, 0.68),
    "pink": (0.97, 0.52, 0.70),
    "brown": (0.46, 0.27, 0.13),
    "black": (0.12, 0.12, 0.14),
    "white": (0.95, 0.95, 0.93),
}
NAMES = tuple(COLOURS)

# Colours that pass for one another at a few pixels; a pattern never sets one on the other.
CLOSE = (
    {"red", "orange"},
    {"orange", "brown"},
    {"blue", "purple"},
    {"black", "brown"},
    {"pink", "purple"},
    {"red", "pink"},
)

INK = (0.07, 0.07, 0.09)
SNOW = (0.97, 0.97, 0.96)
STEEL = (0.66, 0.69, 0.73)
GOLD = (0.95, 0.76, 0.20)
GLASS = (0.62, 0.82, 0.93)
WOOD = (0.60, 0.40, 0.22)
SKINS = ((0.98, 0.83, 0.71), (0.91, 0.70, 0.54), (0.76, 0.53, 0.36), (0.53, 0.34, 0.22), (0.36, 0.23, 0.16))
HAIRS = {
    "black": (0.10, 0.08, 0.08),
    "brown": (0.38, 0.22, 0.11),
    "blonde": (0.93, 0.78, 0.38),
    "red": (0.72, 0.29, 0.10),
    "grey": (0.72, 0.72, 0.73),
}


def shade(colour: tuple[float, float, float], amount: float) -> tuple[float, float, float]:
    """Mix a colour towards white (amount > 0) or black (amount < 0); `amount` runs from -1 to 1."""
    goal = 1.0 if amount > 0 else 0.0
    return tuple(c + (goal - c) * abs(amount) for c in colour)


def jitter(colour: tuple[float, float, float], warm: float, light: float) -> tuple[float, float, float]:
    """A neighbour of a named colour that still goes by its name; `warm` and `light` from 0 to 1, 0.5 for no change."""
    r, g, b = colour
    w = (warm - 0.5) * 0.10
    moved = (r + w, g + w * 0.3, b - w)
    return tuple(float(np.clip(c, 0.03, 0.98)) for c in shade(moved, (light - 0.5) * 0.30))


def contrasting(name: str, share: float, keep_from: tuple[str, ...] = ()) -> str:
    """The colour at `share` (0 to 1) along those that stand out against `name` and `keep_from`."""
    taken = {name, *keep_from}
    fits = [n for n in NAMES if n not in taken and not any({n, t} == pair for pair in CLOSE for t in taken)]
    fits = fits or [n for n in NAMES if n not in taken]
    return fits[min(int(share * len(fits)), len(fits) - 1)]
