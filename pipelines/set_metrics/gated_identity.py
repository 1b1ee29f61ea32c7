"""Identity that copying does not earn (Stellar's identity preservation score, IPS, arXiv 2312.06116)."""

from torch import Tensor

from pipelines.gate import CLOSED, GatedWho


class GatedIdentity(GatedWho):
    """Mean over pictures of their mean identity cosine to the photos, 0 where the gate is closed. With one photo it is
    IPS as its released code has it, but for the faces: the judge sees the whole picture."""

    label = "Identity preservation (IPS)"
    how = f"Mean identity cosine to the photos, {CLOSED}"

    @staticmethod
    def among(cosines: Tensor) -> Tensor:
        return cosines.mean(1)
