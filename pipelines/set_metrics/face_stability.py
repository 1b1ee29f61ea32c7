"""A face's identity that holds against every photo of the person (Stellar's SIS, arXiv 2312.06116)."""

from torch import Tensor

from pipelines.gate import CLOSED, GatedFaces


class FaceStability(GatedFaces):
    """Mean over pictures of the smallest face cosine to any photo, 0 where no face or the gate is closed."""

    label = "Identity stability (SIS)"
    how = f"Smallest cosine of the best pair of faces over the photos, 0 without a face, {CLOSED}"

    @staticmethod
    def among(cosines: Tensor) -> Tensor:
        return cosines.amin(1)
