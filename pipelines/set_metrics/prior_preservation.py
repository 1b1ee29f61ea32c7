"""Whether the class word still means the class: how alike its pictures and the subject are (PRES of DreamBooth)."""

from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class PriorPreservation:
    """Mean cosine of pictures made with the class noun alone, by the model that was taught, to the subject's photos
    (arXiv 2208.12242, section 4.3). Only for such pictures: of pictures of the subject it would be their likeness."""

    label = "Prior drift (PRES)"
    how = (
        "Mean cosine between pictures that the taught model makes of the class noun alone and the subject's photos; "
        "compare with the untuned base."
    )
    looks, better = ("likeness",), "less"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.likeness(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        return float((self.eyes.likeness(pixels) @ self.photos.T).mean())
