"""How much a picture and the subject's photos have in common (CLIP-I; mean over all photos, arXiv 2208.12242, 4.1)."""

from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class LikenessClip:
    """Cosine in the space where pictures meet sentences: what can be said of a picture counts most."""

    label = "Likeness (CLIP-I)"
    how = "Mean cosine between the picture and every photo of the subject."
    looks, better = ("pictures",), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.pictures(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        return (self.eyes.pictures(pixels) @ self.photos.T).mean(1).tolist()
