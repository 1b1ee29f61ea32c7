"""Pictures as the judges of the literature take them: resized by PIL, which smooths before it makes smaller.

Resizing decides numbers: tensors resized without antialiasing score clearly otherwise.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and deviation of colours, from 0 to 1."""
CUT = "Cut to the mask, white outside, filled up to a square; then"
"""What `within` does, in the words of a recipe."""


def fitted(
    pixels: Tensor | Sequence[Tensor], short: int, crop: int, mean: Sequence[float], std: Sequence[float]
) -> Tensor:
    """Pixels (B, 3, H, W) from 0 to 1 as 8-bit pictures, bicubic so that the shorter side is `short`, the middle
    `crop` x `crop` cut out, normalised: (B, 3, crop, crop). They may be of several sizes, in a list."""
    return normal(torch.stack([_middle(one, short, crop) for one in pixels]), mean, std)


def normal(pixels: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Pixels (B, 3, H, W) with the mean of colours taken off, in deviations."""
    return (pixels - _column(mean)) / _column(std)


def within(pixels: Tensor, masks: Tensor) -> list[Tensor]:
    """What masks (B, h, w), 0 to 1, of any size, show of pixels (B, 3, H, W): all else white, cut to the mask, filled
    up to a square on both sides, never stretched, (3, s, s) each. Where a mask shows nothing, one white pixel."""
    masks = masks if masks.shape[-2:] == pixels.shape[-2:] else _resized(masks, pixels.shape[-2:])
    return [_square(one, mask) for one, mask in zip(pixels.cpu(), masks.cpu(), strict=True)]


def _square(one: Tensor, mask: Tensor) -> Tensor:
    down, across = torch.nonzero(mask >= 0.5, as_tuple=True)
    if not len(down):
        return torch.ones(3, 1, 1)
    rows, columns = slice(down.min(), down.max() + 1), slice(across.min(), across.max() + 1)
    part = (one * mask + (1 - mask))[:, rows, columns]
    high, wide = part.shape[-2:]
    side = max(high, wide)
    square = torch.ones(3, side, side)
    top, left = (side - high) // 2, (side - wide) // 2
    square[:, top : top + high, left : left + wide] = part
    return square


def _resized(masks: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(masks[:, None], size=size, mode="bilinear", antialias=True)[:, 0]


def squashed(pixels: Tensor, side: int) -> Tensor:
    """Pixels (B, 3, H, W) from 0 to 1 as (B, 3, side, side) from 0 to 255: each channel bicubic in floats, neither
    cut off nor rounded (arXiv 2104.11222)."""
    whole = (pixels.cpu() * 255).round().float().numpy()
    planes = [[np.asarray(Image.fromarray(c).resize((side, side), Image.BICUBIC)) for c in one] for one in whole]
    return torch.from_numpy(np.array(planes, dtype=np.float32))


def _middle(one: Tensor, short: int, crop: int) -> Tensor:
    bytes_ = (one.cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    image, (high, wide) = Image.fromarray(bytes_), one.shape[-2:]
    least = min(high, wide)
    if least != short:
        image = image.resize((wide * short // least, high * short // least), Image.BICUBIC)
    left, top = round((image.width - crop) / 2), round((image.height - crop) / 2)
    seen = np.asarray(image.crop((left, top, left + crop, top + crop)), dtype=np.float32)
    return torch.from_numpy(seen / 255).permute(2, 0, 1)


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values)[:, None, None]
