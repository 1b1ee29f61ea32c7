"""A face's identity that copying does not earn (Stellar's identity preservation score, IPS, arXiv 2312.06116)."""

from torch import Tensor

from pipelines.gate import CLOSED, GatedFaces


class GatedFace(GatedFaces):
    """Mean over pictures of their mean face cosine to the photos, 0 where no face or the gate is closed. With one photo
    it is IPS as its released code has it, by another network of faces."""

    label = "Identity preservation (IPS)"
    how = f"Cosine of the best pair of faces, mean over the photos, 0 without a face, {CLOSED}"

    @staticmethod
    def among(cosines: Tensor) -> Tensor:
        return cosines.mean(1)
