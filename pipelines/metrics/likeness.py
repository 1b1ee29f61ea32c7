"""How much a picture looks like the subject's photos (DINO-I's place; mean over all photos, arXiv 2208.12242, 4.1)."""

from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class Likeness:
    """Cosine in the space of the self-supervised judge, which never read a word."""

    label = "Likeness (DINO-I)"
    how = "Mean cosine between the picture and every photo of the subject."
    looks, better = ("likeness",), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.likeness(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        return (self.eyes.likeness(pixels) @ self.photos.T).mean(1).tolist()
