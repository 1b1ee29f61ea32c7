"""Whether a picture is a mask or a photo, told by its pixels: folders called mask hold photos of masks, too."""

from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
"""Pixels along each side of the grid that is looked at."""

GREY = 16
"""Levels by which channels of a grey picture may differ after it was a JPEG."""

FLAT, COLOURS = 0.97, 4
"""The share of a drawing that is filled by so few colours, such as a map of labels."""

ENDS = 0.8
"""The share of a grey mask that is all but black or white; soft edges and photographs in grey lie between."""


def masklike(path: Path) -> bool:
    """True for black and white, also with soft edges, and for a few flat colours; for what cannot be opened, too, which
    no photo could come from."""
    try:
        with Image.open(path) as image:
            small = np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)).reshape(-1, 3)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return True
    most = Counter(map(bytes, small)).most_common(COLOURS)
    if sum(count for _, count in most) >= FLAT * len(small):
        return True
    grey = (np.ptp(small.astype(int), axis=1) <= GREY).mean() >= FLAT
    level = small.mean(axis=1)
    return bool(grey and ((level < 32) | (level > 223)).mean() >= ENDS)
