"""Identity that copying does not earn (Stellar's identity preservation score, IPS, arXiv 2312.06116)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.gate import passes
from pipelines.judging import Case


class GatedIdentity:
    """Mean over pictures of their mean identity cosine to the photos, 0 where the gate is closed. With one photo it is
    IPS as its released code has it, but for the faces: the judge sees the whole picture."""

    label = "Identity preservation (IPS)"
    how = (
        "Mean identity cosine to the photos, 0 "
        "for a picture whose prompt does not fit it better than the photos by two deviations."
    )
    looks, better = ("pictures", "sentences", "identity"), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.pictures(case.photos)
        self.known = case.eyes.identity(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        if len(pixels) < 2:
            return math.nan
        said = self.eyes.sentences(prompts)
        made, given = (self.eyes.pictures(pixels) * said).sum(1), (said @ self.photos.T).mean(1)
        alike = (self.eyes.identity(pixels) @ self.known.T).mean(1).clamp(min=0)
        return float((alike * passes(made, given)).mean())
