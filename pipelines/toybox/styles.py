"""Styles: what a finished picture is made with. Whole-number arithmetic on bytes, so the same on every machine."""

import numpy as np

from pipelines.toybox.texture import NOISE


def styled(pixels: np.ndarray, owner: np.ndarray, style: str, seed: int) -> np.ndarray:
    """A picture (S, S, 3) uint8 in a style; `owner` (S, S) says which thing each pixel shows, -1 for none."""
    return pixels if style == "photo" else STYLES[style](pixels, owner, seed)


def _smooth(p: np.ndarray, radius: int) -> np.ndarray:
    """A box mean over whole numbers; p is (S, S, 3) int32."""
    for axis in (0, 1):
        pad = [(0, 0)] * p.ndim
        pad[axis] = (radius + 1, radius)
        sums = np.cumsum(np.pad(p, pad, mode="edge"), axis=axis, dtype=np.int64)
        n = 2 * radius + 1
        high, low = np.take(sums, range(n, sums.shape[axis]), axis), np.take(sums, range(sums.shape[axis] - n), axis)
        p = ((high - low + n // 2) // n).astype(np.int32)
    return p


def _grey(p: np.ndarray) -> np.ndarray:
    return (p[..., 0] * 77 + p[..., 1] * 150 + p[..., 2] * 29) >> 8


def _edges(grey: np.ndarray) -> np.ndarray:
    """How strongly brightness changes at each pixel, 0 to 255 and more."""
    padded = np.pad(grey, 1, mode="edge")
    across = np.abs(padded[1:-1, 2:] - padded[1:-1, :-2])
    down = np.abs(padded[2:, 1:-1] - padded[:-2, 1:-1])
    return across + down


def _tooth(size: int, seed: int, scale: int = 2) -> np.ndarray:
    """Paper grain, (S, S) int32 from 0 to 255."""
    rows = (np.arange(size) * scale * 128 // size + seed * 37) & 255
    cols = (np.arange(size) * scale * 128 // size + seed * 61) & 255
    return (NOISE[rows][:, cols] * 255).astype(np.int32)


def cartoon(pixels, owner, seed):
    """Few flat tones and dark outlines."""
    p = _smooth(pixels.astype(np.int32), 1)
    flat = np.clip((p + 21) // 43 * 43 + 10, 0, 255)
    wide = np.clip(flat + (flat - _grey(flat)[..., None]) // 4, 0, 255)
    line = (_edges(_grey(p)) > 62) | _outline(owner)
    wide[line] = (24, 22, 30)
    return wide.astype(np.uint8)


def _outline(owner: np.ndarray) -> np.ndarray:
    line = np.zeros(owner.shape, bool)
    line[1:] |= owner[1:] != owner[:-1]
    line[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    return line


def pencil(pixels, owner, seed):
    """Grey lines and soft shading on white paper."""
    g = _grey(_smooth(pixels.astype(np.int32), 1))
    size = g.shape[0]
    paper = 238 + _tooth(size, seed) // 20
    shade = (255 - g) * 88 // 255
    tone = paper - shade - np.minimum(_edges(g) * 2, 150)
    tone[_outline(owner)] -= 70
    return np.repeat(np.clip(tone, 20, 255)[..., None], 3, -1).astype(np.uint8)


def watercolour(pixels, owner, seed):
    """Pale washes that pool at their edges."""
    p = _smooth(_smooth(pixels.astype(np.int32), 1), 1)
    grain = _tooth(p.shape[0], seed)[..., None]
    pale = 255 - (255 - p) * (165 + grain // 3) // 255
    pool = np.minimum(_edges(_grey(p)), 110)[..., None]
    return np.clip(pale - pool * (330 - pale) // 330, 0, 255).astype(np.uint8)


def pixel_art(pixels, owner, seed):
    """Square blocks in few colours."""
    size = pixels.shape[0]
    block = max(size // 32, 1)
    p = pixels[: size // block * block, : size // block * block].astype(np.int32)
    p = p.reshape(size // block, block, size // block, block, 3).sum((1, 3)) // (block * block)
    p = np.clip((p + 16) // 34 * 34 + 6, 0, 255)
    return np.repeat(np.repeat(p, block, 0), block, 1).astype(np.uint8)


def oil(pixels, owner, seed):
    """Dabs of thick, warm colour: each pixel takes the calmest of four corners (Kuwahara)."""
    p = pixels.astype(np.int32)
    r = max(p.shape[0] // 42, 1)
    mean = _smooth(p, r)
    square = _smooth(_grey(p)[..., None] ** 2, r)[..., 0] - _smooth(_grey(p)[..., None], r)[..., 0] ** 2
    best, calm = mean, None
    for dy in (-r, r):
        for dx in (-r, r):
            m, v = np.roll(mean, (dy, dx), (0, 1)), np.roll(square, (dy, dx), (0, 1))
            if calm is None:
                best, calm = m, v
            else:
                best, calm = np.where((v < calm)[..., None], m, best), np.minimum(v, calm)
    rich = best + (best - _grey(best)[..., None]) // 3
    weave = (_tooth(p.shape[0], seed, 6) - 128)[..., None] // 9
    return np.clip(rich * (262, 252, 226) // 255 + weave, 0, 255).astype(np.uint8)


def blueprint(pixels, owner, seed):
    """White lines on blue, with a faint grid."""
    g = _grey(_smooth(pixels.astype(np.int32), 1))
    size = g.shape[0]
    line = np.minimum(_edges(g) * 3, 190)
    line[_outline(owner)] = 225
    step = max(size // 8, 1)
    grid = np.zeros_like(g)
    grid[::step], grid[:, ::step] = 26, 26
    glow = np.maximum(line, grid) + g // 10
    base = np.array((22, 62, 138))
    return np.clip(base + (255 - base) * glow[..., None] // 255, 0, 255).astype(np.uint8)


STYLES = {
    "cartoon": cartoon,
    "pencil sketch": pencil,
    "watercolour": watercolour,
    "pixel art": pixel_art,
    "oil painting": oil,
    "blueprint": blueprint,
}
