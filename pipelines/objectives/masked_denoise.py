"""Denoising where the subject is: what surrounds it is not learnt with it.

Each example's squared error is averaged over the latent cells with the mask as weight, Σ m·e / Σ m, and then over the
batch, as Custom Diffusion (arXiv 2212.04488) and Mix-of-Show (arXiv 2305.18292) do. A cell's weight is the share of its
pixels that the mask covers. A photo without a mask counts whole.
"""

from torch import Tensor

from pipelines.glimpse import Glimpse


class MaskedDenoise:
    """The subject counts.

    Args:
        role: of the examples it looks at.
        weight: how much it counts.
        background: weight of cells outside the mask, 0 to 1. At 0 nothing outside is learnt, nor held in place.
    """

    needs = frozenset({"prediction", "masks"})

    def __init__(self, role: str = "subject", weight: float = 1.0, background: float = 0.0):
        self.role, self.weight, self.background = role, weight, background

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the examples of its role; zero without any."""
        rows = seen.rows(self.role)
        if not len(rows):
            return seen.clean.new_zeros(())
        mask = seen.masks[rows].clamp(min=self.background)
        error = seen.errors()[rows].mean(1, keepdim=True)
        return ((error * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3)).clamp(min=1e-6)).mean()
