"""Masks as values: run-lengths for the page, PNG for the disk, and what the loss will see of them. Imports no torch."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from pipelines.errors import BadInput


def runs(mask: np.ndarray) -> list[int]:
    """An (H, W) bool mask as run lengths, row by row, beginning with the length of the first empty run (maybe 0)."""
    flat = np.ascontiguousarray(mask, dtype=bool).ravel()
    if not flat.size:
        return []
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate(([0], turns, [flat.size])))
    return ([0] if flat[0] else []) + lengths.tolist()


def from_runs(lengths: Sequence[int], width: int, height: int) -> np.ndarray:
    """The (height, width) bool mask that these run lengths spell.

    Raises:
        BadInput: when they are no run lengths of a mask of this size.
    """
    given = np.asarray(lengths if len(lengths) else [0])
    if given.ndim != 1 or given.dtype.kind not in "iu" or (given < 0).any() or given.sum() != width * height:
        raise BadInput("The mask's run lengths do not fit its size.", "Draw it again.")
    inside = np.arange(len(given)) % 2 == 1
    return np.repeat(inside, given).reshape(height, width)


def to_png(mask: np.ndarray, width: int = 0, height: int = 0) -> bytes:
    """An (H, W) bool mask, or uint8 weights, as 8-bit grey PNG bytes, scaled to width x height where given.

    Scaling is smooth before it is cut at half, so a mask drawn small has no stairs when it is large.
    """
    grey = mask.astype(np.uint8) * 255 if mask.dtype == bool else mask
    image = Image.fromarray(grey)
    if width and (width, height) != image.size:
        image = image.resize((width, height), Image.BICUBIC if width > image.width else Image.BOX)
        image = image.point(lambda v: 255 if v > 127 else 0) if mask.dtype == bool else image
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return file.getvalue()


def from_png(png: bytes | str, longest: int = 0) -> np.ndarray:
    """An (H, W) bool mask from a PNG file or its bytes (white = inside), no longer than `longest` pixels if given.

    Raises:
        BadInput: when it is no picture.
    """
    try:
        with Image.open(io.BytesIO(png) if isinstance(png, bytes) else png) as image:
            grey = image.convert("L")
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput("The mask is not a picture.", "Give a PNG, white where the subject is.") from error
    scale = longest / max(grey.size) if longest else 1
    if scale < 1:
        grey = grey.resize((max(1, round(grey.width * scale)), max(1, round(grey.height * scale))), Image.BOX)
    return np.asarray(grey) > 127


def weights(mask: np.ndarray, cells: int, background: float = 0.1) -> np.ndarray:
    """What a masked loss weighs: the mask averaged over the latent grid, no less than `background`.

    Args:
        mask: (H, W) bool.
        cells: cells of the latent grid along the longer side (16 for the starter, 64 for SD 1.5, 128 for SDXL).
        background: weight of what is outside, 0 to 1.

    Returns:
        (h, w) float32 from `background` to 1, with max(h, w) = cells.
    """
    height, width = mask.shape
    scale = cells / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    share = np.asarray(Image.fromarray(mask.astype(np.float32)).resize(size, Image.BOX), dtype=np.float32)
    return np.clip(share, background, 1.0)
