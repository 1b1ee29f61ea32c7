"""Prompt-following that copying does not earn (Stellar's gate on the text score, arXiv 2312.06116)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.gate import passes
from pipelines.judging import Case


class GatedText:
    """Mean cosine of pictures and prompts, 0 where the gate is closed: the gate of Stellar's released code. The softer
    formula that its paper speaks of was not at hand."""

    label = "Prompt-following, gated (Stellar)"
    how = (
        "Mean cosine between picture and prompt, 0 "
        "for a picture whose prompt does not fit it better than the photos by two deviations."
    )
    looks, better = ("pictures", "sentences"), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.pictures(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        if len(pixels) < 2:
            return math.nan
        said = self.eyes.sentences(prompts)
        made, given = (self.eyes.pictures(pixels) * said).sum(1), (said @ self.photos.T).mean(1)
        return float((made.clamp(min=0) * passes(made, given)).mean())
