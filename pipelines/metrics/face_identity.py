"""How surely a picture shows the person of the photos, by the face alone (face similarity, arXiv 1801.07698)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.faces import alike
from pipelines.judging import Case


class FaceIdentity:
    """Cosine of the best pair of faces of the picture and a photo, mean over photos; 0 where the picture shows none."""

    label = "Face identity (ArcFace)"
    how = (
        "Cosine between faces, the best pair of the picture's and a photo's, mean over the photos that show a face; 0 "
        "for a picture without one. Only for people."
    )
    looks, better = ("faces",), "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, []
        if case.subject.kind == "person":
            self.photos = [one for one in case.eyes.faces(case.photos) if len(one)]

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if not self.photos:
            return [math.nan] * len(pixels)
        return alike(self.eyes.faces(pixels), self.photos).mean(1).tolist()
