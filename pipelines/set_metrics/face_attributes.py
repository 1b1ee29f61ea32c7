"""Whether what is noted of a person's face stays (Stellar's attribute preservation, APS, arXiv 2312.06116)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.gate import Gated, passes
from pipelines.judging import Case
from pipelines.readers import preserved


class FaceAttributes(Gated):
    """Of a run, see `readers.preserved`, over all its people; of one person, for whom that says nothing, the share of
    what is noted that is read in the pictures."""

    label = "Attribute preservation (APS)"
    how = (
        "Eight attributes of faces, each read by a logistic regression that learnt from the photos of the benchmark's "
        "people and what is noted of them; area under the ROC curve, mean over the attributes that differ between "
        "people. A picture without a face is wrong in all; one whose prompt does not fit it better than the photos by "
        "two deviations over the whole row counts as its opposite. Only where a benchmark notes attributes."
    )
    looks = ("pictures", "sentences", "faces")

    def __init__(self, case: Case):
        super().__init__(case)
        self.noted = case.noted

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        marks = self.marks(pixels, prompts)
        if len(marks) < 2:
            return math.nan
        told, truth = _answers(marks)
        return float((told == truth).float().mean())

    def marks(self, pixels: Tensor, prompts: Sequence[str]) -> Tensor:
        """(N, 2 K + 2): what is read in each picture, 0 without a face; what is noted; the gate's two cosines. Empty
        where nothing is noted."""
        if self.noted is None:
            return torch.zeros(0, 2)
        told = self.noted.read(self.eyes.faces(pixels))
        truth = torch.tensor(self.noted.truth, dtype=torch.float32).expand_as(told)
        return torch.cat([told, truth, super().marks(pixels, prompts)[:, 1:]], 1)

    @staticmethod
    def pooled(marks: Tensor) -> float:
        return preserved(*_answers(marks)) if len(marks) > 1 else math.nan


def _answers(marks: Tensor) -> tuple[Tensor, Tensor]:
    """What is told in the end and what is true, (N, K) each."""
    told, truth = marks[:, :-2].chunk(2, 1)
    told = torch.where(passes(*marks[:, -2:].T)[:, None], told, -told)
    return torch.where(told == 0, -truth, told), truth
