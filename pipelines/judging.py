"""What a metric is, and what it may look at: the pictures made of one subject, its photos, and the judges."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from pipelines import catalogue
from pipelines.eyes import Eyes
from pipelines.spec import Subject


@dataclass(frozen=True)
class Case:
    """Whose pictures are scored, and by whom.

    Fields:
        subject: who. photos: (n, 3, S, S), 0 to 1, cut around it. eyes: the judges; their name belongs to every number.
    """

    subject: Subject
    photos: Tensor
    eyes: Eyes


class Metric(Protocol):
    """A score from 0 to 1 for each picture of a case; more is better.

    Attributes:
        label: what a person calls it. how: how it is measured, in one sentence that stands beside the number.
    """

    label: str
    how: str

    def __init__(self, case: Case): ...

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> Sequence[float]:
        """Scores of pixels (B, 3, H, W) made from B prompts, in which the class noun stands for the trigger; not a
        number where it has nothing to say."""
        ...


class Judges:
    """Every metric, ready for one case."""

    def __init__(self, case: Case):
        self.name = case.eyes.name
        self.metrics: Mapping[str, Metric] = {
            name: catalogue.load("metrics", name)(case) for name in catalogue.names("metrics")
        }

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[dict[str, float]]:
        """For each of B pictures its scores by metric; one that has nothing to say is left out."""
        scores = {name: metric(pixels, prompts) for name, metric in self.metrics.items()}
        told = [{name: round(float(values[k]), 4) for name, values in scores.items()} for k in range(len(pixels))]
        return [{name: value for name, value in one.items() if not math.isnan(value)} for one in told]
