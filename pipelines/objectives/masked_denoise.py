"""Denoising where the subject is: what surrounds it is not learnt with it.

Each example's squared error is averaged over the latent cells with the mask as weight, Σ m·e / Σ m, and then over the
batch, as Custom Diffusion (arXiv 2212.04488) and Mix-of-Show (arXiv 2305.18292) do. A cell's weight is the share of its
pixels that the mask covers. A photo without a mask counts whole. Break-A-Scene (arXiv 2305.16311) divides by all cells
instead, Σ m·e / Σ 1, so that small subjects weigh little beside large ones.
"""

import torch
from torch import Tensor

from pipelines.glimpse import Glimpse


class MaskedDenoise:
    """The subject counts.

    Args:
        role: of the examples it looks at.
        weight: how much it counts.
        background: weight of cells outside the mask, 0 to 1. At 0 nothing outside is learnt, nor held in place.
        over: what the sum is divided by, the "mask" or the whole "picture".
    """

    needs = frozenset({"prediction", "masks"})

    def __init__(self, role: str = "subject", weight: float = 1.0, background: float = 0.0, over: str = "mask"):
        self.role, self.weight, self.background, self.over = role, weight, background, over

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the examples of its role; zero without any."""
        rows = seen.rows(self.role)
        if not len(rows):
            return seen.clean.new_zeros(())
        mask = seen.masks[rows].clamp(min=self.background)
        error = seen.errors()[rows].mean(1, keepdim=True)
        counted = mask if self.over == "mask" else torch.ones_like(mask)
        return ((error * mask).sum((1, 2, 3)) / counted.sum((1, 2, 3)).clamp(min=1e-6)).mean()
