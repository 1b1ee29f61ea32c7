"""What a score is, and what it may look at: the pictures made of one subject, its photos, and the judges.

Some scores belong to one picture (`Metric`, in metrics/), some only to many together (`SetMetric`, in set_metrics/).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from torch import Tensor

from pipelines import catalogue
from pipelines.eyes import Eyes
from pipelines.once import Once
from pipelines.readers import Noted
from pipelines.spec import Subject
from pipelines.standards import Standards

THERE = 0.1
"""How surely a class must be read in its two clearest cells to count as there: 95 % of the classes that validation
pictures of two things show reach it, and 2 % of the others."""
FOUND = 0.5
"""How surely the clearest place of a picture must show the subject's class for the subject to count as found."""


@dataclass(frozen=True)
class Case:
    """Whose pictures are scored, and by whom.

    Fields:
        subject: who. photos: (n, 3, S, S), 0 to 1, cut around it. eyes: the judges; their name belongs to every number.
        masks: (n, S, S), 0 to 1, where the photos show the subject; None where nobody marked it.
        box: (x, y, width, height) as shares of the picture, where the subject belongs in it; None for anywhere.
        beside: the photos, as above, of the other subjects that belong in the same pictures.
        listed: things that should be seen, by prompt, where a benchmark lists them. noted: what it notes of the
            person's face, with readers of that.
    """

    subject: Subject
    photos: Tensor
    eyes: Eyes | Standards
    masks: Tensor | None = None
    box: tuple[float, float, float, float] | None = None
    beside: tuple[Tensor, ...] = ()
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    noted: Noted | None = None


class Metric(Protocol):
    """A score for each picture of a case: a share from 0 to 1, or a cosine as it is, from -1 to 1. Of one that is cut
    off at 0 the mean would flatter whoever is least alike.

    Attributes:
        label: what a person calls it. how: how it is measured, in one sentence that stands beside the number.
        looks: the judges it asks, by the names of their methods; what these do to a picture belongs beside it, too.
        better: whether a good method has more of it, or less.
    """

    label: str
    how: str
    looks: tuple[str, ...]
    better: Literal["more", "less"]

    def __init__(self, case: Case): ...

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> Sequence[float]:
        """Scores of pixels (B, 3, H, W) made from B prompts, in which the class noun stands for the trigger; not a
        number where it has nothing to say."""
        ...


class SetMetric(Protocol):
    """One number for many pictures of a case; attributes as those of `Metric`. It may be of any size."""

    label: str
    how: str
    looks: tuple[str, ...]
    better: Literal["more", "less"]

    def __init__(self, case: Case): ...

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        """The score of pixels (N, 3, H, W) made from N prompts; not a number where it has nothing to say.

        Args:
            against: (M, 3, H, W), the pictures that distributions are held against: real ones, or those that the
                untuned base makes of the same prompts and seeds.
        """
        ...


def kinds(family: str, eyes: Eyes | Standards, names: Sequence[str] | None = None) -> dict[str, type]:
    """The scores of a family whose judges are there: all, or those of some names in their order."""
    found = {name: catalogue.load(family, name) for name in (catalogue.names(family) if names is None else names)}
    return {name: kind for name, kind in found.items() if set(kind.looks) <= set(eyes.recipes)}


class _Ready:
    """Scores of a family, all or those of some names, ready for one case; one that asks a judge which is not there is
    left out.

    Attributes:
        name: whose numbers these are. how: by score, how it is measured, the judges' own recipes included.
    """

    family: str

    def __init__(self, case: Case, names: Sequence[str] | None = None):
        case = replace(case, eyes=Once(case.eyes))
        self.name = case.eyes.name
        self.metrics = {name: kind(case) for name, kind in kinds(self.family, case.eyes, names).items()}
        self.how = {name: told(metric, case.eyes) for name, metric in self.metrics.items()}


class Judges(_Ready):
    """Every score of single pictures."""

    family = "metrics"
    metrics: Mapping[str, Metric]

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[dict[str, float]]:
        """For each of B pictures its scores by metric; one that has nothing to say is left out."""
        scores = {name: metric(pixels, prompts) for name, metric in self.metrics.items()}
        found = [{name: round(float(values[k]), 4) for name, values in scores.items()} for k in range(len(pixels))]
        return [{name: value for name, value in one.items() if not math.isnan(value)} for one in found]


class SetJudges(_Ready):
    """Every score of many pictures together."""

    family = "set_metrics"
    metrics: Mapping[str, SetMetric]

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> dict[str, float]:
        """Scores of N pictures by metric; one that has nothing to say is left out."""
        scores = {name: round(float(metric(pixels, prompts, against)), 4) for name, metric in self.metrics.items()}
        return {name: value for name, value in scores.items() if not math.isnan(value)}


def told(metric: Metric | SetMetric | type, eyes: Eyes | Standards) -> str:
    """How a number came about: the metric's sentence, and a sentence on every judge that it asks."""
    return " ".join([metric.how, *(eyes.recipes[name] for name in metric.looks)])


def whose(metric: Metric | SetMetric | type, eyes: Eyes | Standards) -> str:
    """The judges that a number comes from, by name."""
    return ", ".join(dict.fromkeys(eyes.who[name] for name in metric.looks))
