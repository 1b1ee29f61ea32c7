"""How far a set of pictures is from another one, by what a judge sees in each."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from torch import Tensor

from pipelines.judging import Case


class Against(ABC):
    """A distance of two sets of pictures, of `least` or more each, between the vectors of the one judge in `looks`, in
    double precision."""

    looks: tuple[str]
    better: Literal["more", "less"] = "less"
    least = 2

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        if against is None or min(len(pixels), len(against)) < self.least:
            return math.nan
        see = getattr(self.eyes, self.looks[0])
        return self.apart(*(see(one).double().numpy() for one in (pixels, against)))

    @abstractmethod
    def apart(self, x: np.ndarray, y: np.ndarray) -> float:
        """The distance of vectors (N, D) and (M, D)."""
