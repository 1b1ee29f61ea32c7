"""Photos as they are meant to be seen: upright, in colours of 8 bits, on white where they are transparent.

Photos of a studio came in this way already; those of a benchmark's folder, and pictures that were made elsewhere, did
not. A camera writes how it was held beside the pixels, and a plain conversion shows what lies below transparency.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

WIDE = 257
"""By what a value of 16 bits is divided for one of 8."""


def upright(path: str | Path) -> Image.Image:
    """A file in RGB; of one with several pictures, the first.

    Raises:
        OSError, SyntaxError, ValueError: when it cannot be read.
    """
    with Image.open(path) as file:
        photo = ImageOps.exif_transpose(file)
        if photo.mode.startswith("I"):
            photo = Image.fromarray((np.asarray(photo, dtype=np.float64) / WIDE).round().clip(0, 255).astype(np.uint8))
        if not photo.has_transparency_data:
            return photo.convert("RGB")
        paper = Image.new("RGBA", photo.size, "white")
        paper.alpha_composite(photo.convert("RGBA"))
        return paper.convert("RGB")
