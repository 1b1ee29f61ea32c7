"""Photos as published protocols compare with them: the middle square, whole, as large as it is."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines.errors import BadInput
from pipelines.spec import Subject
from pipelines.upright import upright

LARGEST = 1024
"""Pixels that no side exceeds: judges make it 224 or 256 in the end."""
HOW = (
    f"Photos are compared with whole: the middle square, at the size of the largest of the subject's photos, at most "
    f"{LARGEST} pixels, Lanczos; the judges resize it further."
)


def whole(subject: Subject) -> tuple[Tensor, None]:
    """See `scoring.Shown`: photos (n, 3, S, S) of one size; nobody marked anything in them."""
    squares = [opened(photo.image) for photo in subject.photos]
    side = min(LARGEST, max(one.width for one in squares))
    return torch.stack([_pixels(one if one.width == side else sized(one, side)) for one in squares]), None


def opened(path: str) -> Image.Image:
    """The middle square of a photo, upright; of a file with several pictures, the first.

    Raises:
        BadInput: when it cannot be read.
    """
    try:
        photo = upright(path)
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"The photo {path} cannot be read.", "Copy it again from where it came.") from error
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return photo.crop((left, top, left + side, top + side))


def sized(square: Image.Image, side: int) -> Image.Image:
    """A square at another size."""
    return square.resize((side, side), Image.Resampling.LANCZOS)


def _pixels(square: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 255
