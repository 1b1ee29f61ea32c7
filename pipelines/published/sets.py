"""Scores of many pictures together: gated ones, over a whole row as Stellar's released code has it; diversity and what
became of the class, of each subject, mean over subjects."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from pipelines.album import Album, pixels
from pipelines.cells import code, content, mark, read, write
from pipelines.gate import Gated
from pipelines.judging import Case, SetJudges, kinds
from pipelines.published.noted import NotedFaces
from pipelines.published.parts import CLASS, Part
from pipelines.results import Cell
from pipelines.scoring import Scoring
from pipelines.spec import Subject

AT_MOST, LEAST = 100, 16
"""Pictures of a subject that are looked at together, those of a prompt always; and pictures below which distributions
say nothing."""
STABLE, TEXT, NOTED = ("identity_stability", "face_stability"), "gated_text", "face_attributes"
NOBODY = Subject("", "", "", "")
DRIFT = ("kid", "cmmd", "fid")
"""Of pictures of the class nouns, held against what the untuned base makes of them."""


class Sets:
    """What is known of many pictures, kept where cells are: each set is looked at once by the same judges."""

    def __init__(self, scoring: Scoring, names: Sequence[str], home: Path, noted: NotedFaces | None = None):
        self.scoring, self.names, self.home, self.noted = scoring, tuple(names), home, noted

    def __call__(self, cells: Sequence[Cell], parts: Sequence[Part], base: str) -> dict[tuple[str, str], dict]:
        """By table and method, the scores; `base` is the method that drift is held against."""
        known = {(part.track, part.id): part for part in parts if len(part.who) == 1}
        found = {}
        for track, method in dict.fromkeys((one.group, one.method) for one in cells):
            each, marks, mine = [], {}, [one for one in cells if (one.group, one.method) == (track, method)]
            for case in dict.fromkeys(one.case for one in mine):
                if (track, case) in known:
                    lots = _lots([one for one in mine if one.case == case])
                    each.append(_joined([(self._of(known[track, case], own), own) for own in lots]))
                    for own in lots:
                        for name, lines in self._marks(known[track, case], own).items():
                            marks.setdefault(name, []).extend(lines)
            scores = {name: round(fmean(one[name] for one in each if name in one), 4)
                      for name in dict.fromkeys(name for one in each for name in one)}  # fmt: skip
            known_as = kinds("set_metrics", self.scoring.eyes, tuple(marks))
            gated = {name: known_as[name].pooled(torch.tensor(lines)) for name, lines in marks.items()}
            scores |= {name: round(value, 4) for name, value in gated.items() if math.isfinite(value)}
            if track == CLASS and method != base:
                scores |= self._drift(mine, [one for one in cells if (one.group, one.method) == (CLASS, base)])
            found[track, method] = scores
        return found

    def _of(self, part: Part, cells: Sequence[Cell]) -> dict[str, float]:
        """Of one subject, by itself."""
        names = ("prior_preservation",) if part.track == CLASS else self._names(False)

        def ask() -> dict[str, float]:
            return self._judges(part.who[0], names)(
                pixels([one.picture for one in cells]), [one.prompt for one in cells]
            )

        return self._once(ask, names, part.who[0], cells)

    def _marks(self, part: Part, cells: Sequence[Cell]) -> dict[str, list[list[float]]]:
        """Of one subject, what each gated score notes of each picture, see `gate.pooled`. Stability is asked of all its
        photos; the gate is that of the photos shown, for every score."""
        names = () if part.track == CLASS else self._names(True)
        stable = tuple(name for name in names if name in STABLE)
        found = self._noted(part.who[0], cells, tuple(name for name in names if name not in STABLE))
        if TEXT in found:
            for name, lines in self._noted(part.known[0], cells, stable).items():
                found[name] = [[worth, *gate] for (worth, *_), (_, *gate) in zip(lines, found[TEXT], strict=True)]
        return found

    def _names(self, gated: bool) -> tuple[str, ...]:
        there = kinds("set_metrics", self.scoring.eyes, self.names)
        return tuple(name for name, kind in there.items() if issubclass(kind, Gated) == gated)

    def _noted(self, subject: Subject, cells: Sequence[Cell], names: tuple[str, ...]) -> dict[str, list[list[float]]]:
        def ask() -> dict[str, list[list[float]]]:
            judges, seen = self._judges(subject, names), pixels([one.picture for one in cells])
            prompts = [one.prompt for one in cells]
            return {name: metric.marks(seen, prompts).tolist() for name, metric in judges.metrics.items()}

        by = (self.noted.name,) if self.noted and NOTED in names else ()
        return self._once(ask, ("marks", *names, *by), subject, cells) if names else {}

    def _judges(self, subject: Subject, names: Sequence[str]) -> SetJudges:
        noted = self.noted.of(subject) if self.noted and NOTED in names else None
        return SetJudges(Case(subject, self.scoring.photos(subject)[0], self.scoring.eyes, noted=noted), names)

    def _drift(self, cells: Sequence[Cell], against: Sequence[Cell]) -> dict[str, float]:
        """Of the class pictures that both made."""
        there = {(one.case, one.prompt, one.seed): one for one in against}
        mine = [one for one in cells if (one.case, one.prompt, one.seed) in there]
        if len(mine) < LEAST:
            return {}
        theirs = [there[one.case, one.prompt, one.seed] for one in mine]

        def ask() -> dict[str, float]:
            judges = SetJudges(Case(NOBODY, torch.empty(0, 3, 1, 1), self.scoring.eyes), DRIFT)
            first, seen = (Album([one.picture for one in each]) for each in (theirs, mine))
            return judges(seen, [one.prompt for one in mine], first)

        return self._once(ask, DRIFT, NOBODY, [*mine, *theirs])

    def _once(
        self, ask: Callable[[], dict[str, Any]], names: Sequence[str], subject: Subject, cells: Sequence[Cell]
    ) -> dict[str, Any]:  # fmt: skip
        """What was found before about the same pictures and photos: a picture's name follows from all it depends on."""
        judges, photos = (self.scoring.eyes.name, code("set_metrics")), [content(one.image) for one in subject.photos]
        key = mark(judges, list(names), photos, [[one.picture.name, one.prompt] for one in cells])
        place = self.home / "sets" / f"{key}.json"
        facts = read(place)
        if facts is None:
            write(place, facts := ask())
        return facts


def _lots(cells: Sequence[Cell]) -> list[list[Cell]]:
    """All cells of a subject in lots that fit into memory, whole prompts in each."""
    alike: dict[str, list[Cell]] = {}
    for one in cells:
        alike.setdefault(one.prompt, []).append(one)
    lots: list[list[Cell]] = [[]]
    for own in alike.values():
        if lots[-1] and len(lots[-1]) + len(own) > AT_MOST:
            lots.append([])
        lots[-1] += own
    return lots


def _joined(found: Sequence[tuple[dict[str, float], Sequence[Cell]]]) -> dict[str, float]:
    """Scores of lots as those of all together: means over prompts, of which each lot has its own."""
    told: dict[str, list[tuple[float, int]]] = {}
    for scores, cells in found:
        for name, value in scores.items():
            told.setdefault(name, []).append((value, len({one.prompt for one in cells})))
    return {name: sum(value * n for value, n in each) / sum(n for _, n in each) for name, each in told.items()}
