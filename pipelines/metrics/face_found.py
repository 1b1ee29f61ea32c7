"""Whether a face is found in a picture of a person at all: what a mean of face cosines mixes with whose face it is."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class FaceFound:
    """1 where the picture shows a face, 0 where none."""

    label = "Face found"
    how = "Whether a face is found in the picture; to be read beside the face's identity. Only for people."
    looks, better = ("faces",), "more"

    def __init__(self, case: Case):
        self.eyes, self.person = case.eyes, case.subject.kind == "person"

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        if not self.person:
            return [math.nan] * len(pixels)
        return [float(len(one) > 0) for one in self.eyes.faces(pixels)]
