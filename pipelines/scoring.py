"""Scores of a benchmark's pictures: the metrics, each asked about every subject that belongs in the picture."""

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from pipelines.album import pixels
from pipelines.cells import code
from pipelines.eyes import Eyes
from pipelines.judging import Case, Judges, Metric, kinds, told
from pipelines.spec import Subject
from pipelines.standards import Standards

Box = tuple[float, float, float, float]
Shown = Callable[[Subject], tuple[Tensor, Tensor | None]]
"""The photos of a subject as judges compare with them, (n, 3, S, S), and where all are marked, masks (n, S, S)."""
REMEMBERED = 16
"""Subjects kept at hand: cases come one after the other, and each asks about its own again and again."""


class Scoring:
    """The metrics, all or those of some names, made ready once for each subject, each box it belongs in, and each
    company.

    Attributes:
        name: which judges and metrics these are; scores of others are made anew.
        how, labels, better: by metric, how it is measured, its name, and whether "more" or "less" of it is good.
    """

    def __init__(
        self, eyes: Eyes | Standards, shown: Shown, names: Sequence[str] | None = None,
        listed: Mapping[str, Sequence[str]] | None = None,
    ):  # fmt: skip
        self.eyes, self._shown, self._listed = eyes, shown, listed or {}
        self.kinds: dict[str, type[Metric]] = kinds("metrics", eyes, names)
        self._photos: OrderedDict[str, tuple[Tensor, Tensor | None]] = OrderedDict()
        self._ready: OrderedDict[tuple, Judges] = OrderedDict()

    @cached_property
    def name(self) -> str:
        """The judges' name and a hash of the metrics' code."""
        return f"{self.eyes.name} {code('metrics')}"

    @property
    def how(self) -> dict[str, str]:
        return {name: told(kind, self.eyes) for name, kind in self.kinds.items()}

    @property
    def labels(self) -> dict[str, str]:
        return {name: kind.label for name, kind in self.kinds.items()}

    @property
    def better(self) -> dict[str, str]:
        return {name: kind.better for name, kind in self.kinds.items()}

    def __call__(
        self, picture: Path, subjects: tuple[Subject, ...], text: str, boxes: Sequence[Box] = ()
    ) -> dict[str, float]:
        """Scores of one picture: of several subjects, the mean over them; what cannot be said is left out."""
        return self.together([(picture, text, boxes)], subjects)[0]

    def together(
        self, pictures: Sequence[tuple[Path, str, Sequence[Box]]], subjects: tuple[Subject, ...]
    ) -> list[dict[str, float]]:
        """The same of each of several pictures with its text and boxes. Judges look at those of one size that have the
        same boxes at once."""
        seen, lots = [pixels([path]) for path, *_ in pictures], dict[tuple, list[int]]()
        for k, (_, _, where) in enumerate(pictures):
            lots.setdefault((tuple(where), seen[k].shape), []).append(k)
        found: dict[int, dict[str, float]] = {}
        for (where, _), mine in lots.items():
            some, words = torch.cat([seen[k] for k in mine]), [pictures[k][1] for k in mine]
            each = [self._judges(one, box, subjects)(some, words)
                    for one, box in zip(subjects, where or (None,) * len(subjects), strict=True)]  # fmt: skip
            found |= {k: self._mean(of) for k, of in zip(mine, zip(*each, strict=True), strict=True)}
        return [found[k] for k in range(len(seen))]

    def _mean(self, found: Sequence[Mapping[str, float]]) -> dict[str, float]:
        scores = {name: fmean(one[name] for one in found if name in one)
                  for name in self.kinds if any(name in one for one in found)}  # fmt: skip
        return {name: round(value, 4) for name, value in scores.items() if math.isfinite(value)}

    def photos(self, subject: Subject) -> tuple[Tensor, Tensor | None]:
        """See Shown."""
        return _kept(self._photos, subject, lambda: self._shown(subject))

    def _judges(self, subject: Subject, box: Box | None, company: tuple[Subject, ...]) -> Judges:
        def ready() -> Judges:
            photos, masks = self.photos(subject)
            beside = tuple(self.photos(one)[0] for one in company if one.id != subject.id)
            return Judges(Case(subject, photos, self.eyes, masks, box, beside, self._listed), tuple(self.kinds))

        return _kept(self._ready, (subject, box, company), ready)


def _kept(room: OrderedDict[Any, Any], key: Hashable, make: Callable[[], Any]) -> Any:
    """What is kept under a key, made when it is not there; the longest unused gives way."""
    if key not in room:
        room[key] = make()
    room.move_to_end(key)
    while len(room) > REMEMBERED:
        room.popitem(last=False)
    return room[key]
