"""Pictures as the judges of the literature take them: resized by PIL, which smooths before it makes smaller.

Resizing decides numbers: tensors resized without antialiasing score clearly otherwise.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and deviation of colours, from 0 to 1."""


def fitted(pixels: Tensor, short: int, crop: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Pixels (B, 3, H, W) from 0 to 1 as 8-bit pictures, bicubic so that the shorter side is `short`, the middle
    `crop` x `crop` cut out, normalised: (B, 3, crop, crop)."""
    return (torch.stack([_middle(one, short, crop) for one in pixels]) - _column(mean)) / _column(std)


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
