"""How surely a picture shows the person, or the very thing, of the photos (face similarity, with ArcFace's measure)."""

from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class IdentityCosine:
    """Mean cosine to every photo in the space that tells individuals of one class apart (arXiv 1801.07698)."""

    label = "Identity"
    how = "Mean cosine between the picture and every photo of the subject."
    looks, better = ("identity",), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.identity(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        return (self.eyes.identity(pixels) @ self.photos.T).mean(1).tolist()
