"""Whether pictures are each of one clear class, and all classes appear: the Inception score."""

import math
from collections.abc import Sequence

import numpy as np
from torch import Tensor

from pipelines.judging import Case


class InceptionScore:
    """exp of the mean over pictures of KL(p(y | x) ‖ p(y)) (arXiv 1606.03498), over all of them at once."""

    label = "Inception score"
    how = (
        "Exponential of the mean divergence of each picture's class shares from those of all, in one split; from 1 to "
        "the number of classes, and says little about a single subject."
    )
    looks, better = ("classes",), "more"

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        return score(self.eyes.classes(pixels).double().numpy()) if len(pixels) > 1 else math.nan


def score(p: np.ndarray) -> float:
    """The score of class shares (N, K), each row summing to 1: from 1 to K."""
    ratio = np.log(np.where(p > 0, p, 1)) - np.log(np.where(p > 0, p.mean(0), 1))
    return float(np.exp((p * ratio).sum(1).mean()))
