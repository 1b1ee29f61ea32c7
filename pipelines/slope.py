"""A loss's way back to what learns: gradients, clipped, and not lost in a half-precision network on the way."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

CLIP = 1.0
BOOST, LOWER = 2.0**16, 16.0
"""What the loss on a half-precision network is multiplied by, and what that is divided by where it is too much."""


def boost(dtype: torch.dtype) -> float:
    """Of the loss on a network of this kind of numbers, at first: float16 rounds off what gradients are small."""
    return BOOST if dtype == torch.float16 else 1.0


def back(loss: Tensor, taught: Sequence[nn.Parameter], boost: float) -> float:
    """Leave the gradients of a loss with what is taught, their norm clipped to `CLIP`; the loss goes back `boost` times
    as large, and they are brought down again. Returns its value, no number where a gradient is none."""
    value = float(loss.detach())
    for one in taught:
        one.grad = None
    if np.isfinite(value):
        (loss * boost if boost > 1 else loss).backward()
        for one in taught if boost > 1 else ():
            if one.grad is not None:
                one.grad /= boost
        value += 0 * float(torch.nn.utils.clip_grad_norm_(taught, CLIP))
    return value
