"""The base's own objective: tell the noise, or v, that a picture was hidden under.

Mean squared error of the prediction (Stable Diffusion, arXiv 2112.10752, equation 2). On examples of the role "prior"
it is DreamBooth's prior preservation (arXiv 2208.12242, equation 2), whose λ is `weight`.
"""

from torch import Tensor

from pipelines.glimpse import Glimpse


class Denoise:
    """The whole picture counts.

    Args:
        role: of the examples it looks at.
        weight: how much it counts.
    """

    needs = frozenset({"prediction"})

    def __init__(self, role: str = "subject", weight: float = 1.0):
        self.role, self.weight = role, weight

    def __call__(self, seen: Glimpse) -> Tensor:
        """Mean over the examples of its role; zero without any."""
        rows = seen.rows(self.role)
        return seen.errors()[rows].mean() if len(rows) else seen.clean.new_zeros(())
