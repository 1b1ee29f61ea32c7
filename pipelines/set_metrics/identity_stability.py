"""Identity that holds against every photo, not only the one most like it (Stellar's SIS, arXiv 2312.06116)."""

from torch import Tensor

from pipelines.gate import CLOSED, GatedWho


class IdentityStability(GatedWho):
    """Mean over pictures of the smallest identity cosine to any photo, 0 where the gate is closed."""

    label = "Identity stability (SIS)"
    how = f"Smallest identity cosine to any photo, mean over pictures, {CLOSED}"

    @staticmethod
    def among(cosines: Tensor) -> Tensor:
        return cosines.amin(1)
