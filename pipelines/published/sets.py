"""Scores of all pictures of a subject together, mean over subjects: gated ones, diversity, what became of the class."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from pipelines.cells import content, mark, read, write
from pipelines.judging import Case, SetJudges
from pipelines.published.parts import CLASS, Part
from pipelines.results import Cell
from pipelines.scoring import Scoring, code, pixels
from pipelines.spec import Subject

AT_MOST, LEAST = 400, 16
"""Pictures of a subject that are looked at together, and pictures below which distributions say nothing."""
STABLE = "identity_stability"
DRIFT = ("kid", "cmmd", "fid")
"""Of pictures of the class nouns, held against what the untouched base makes of them."""


class Sets:
    """What is known of many pictures, kept where cells are: each set is looked at once by the same judges."""

    def __init__(self, scoring: Scoring, names: Sequence[str], home: Path):
        self.scoring, self.names, self.home = scoring, tuple(names), home

    def __call__(self, cells: Sequence[Cell], parts: Sequence[Part], base: str) -> dict[tuple[str, str], dict]:
        """By table and method, the scores; `base` is the method that drift is held against."""
        known = {(part.track, part.id): part for part in parts if len(part.who) == 1}
        found = {}
        for track, method in dict.fromkeys((one.group, one.method) for one in cells):
            each, mine = [], [one for one in cells if (one.group, one.method) == (track, method)]
            for case in dict.fromkeys(one.case for one in mine):
                if (track, case) in known:
                    own = [one for one in mine if one.case == case][:AT_MOST]
                    each.append(self._of(known[track, case], own))
            scores = {name: round(fmean(one[name] for one in each if name in one), 4)
                      for name in dict.fromkeys(name for one in each for name in one)}  # fmt: skip
            if track == CLASS and method != base:
                scores |= self._drift(mine, [one for one in cells if (one.group, one.method) == (CLASS, base)])
            found[track, method] = scores
        return found

    def _of(self, part: Part, cells: Sequence[Cell]) -> dict[str, float]:
        """Of one subject. Stability is asked of all its photos, the gate beside it too; the others of those shown."""
        if part.track == CLASS:
            return self._asked(part.who[0], cells, ("prior_preservation",))
        plain = self._asked(part.who[0], cells, tuple(name for name in self.names if name != STABLE))
        stable = self._asked(part.known[0], cells, (STABLE,)) if STABLE in self.names else {}
        return plain | stable

    def _asked(self, subject: Subject, cells: Sequence[Cell], names: tuple[str, ...]) -> dict[str, float]:
        def ask() -> dict[str, float]:
            judges = SetJudges(Case(subject, self.scoring.photos(subject)[0], self.scoring.eyes), names)
            return judges(pixels([one.picture for one in cells]), [one.prompt for one in cells])

        return self._once(ask, names, [content(photo.image) for photo in subject.photos], cells)

    def _drift(self, cells: Sequence[Cell], against: Sequence[Cell]) -> dict[str, float]:
        """Of the class pictures that both made."""
        there = {(one.case, one.prompt, one.seed): one for one in against}
        mine = [one for one in cells if (one.case, one.prompt, one.seed) in there]
        if len(mine) < LEAST:
            return {}
        theirs = [there[one.case, one.prompt, one.seed] for one in mine]

        def ask() -> dict[str, float]:
            nobody = Subject("", "", "", "")
            first = pixels([one.picture for one in theirs])
            judges = SetJudges(Case(nobody, first[:0], self.scoring.eyes), DRIFT)
            return judges(pixels([one.picture for one in mine]), [one.prompt for one in mine], first)

        return self._once(ask, DRIFT, [], [*mine, *theirs])

    def _once(
        self, ask: Callable[[], dict[str, float]], names: Sequence[str], photos: Sequence[str], cells: Sequence[Cell]
    ) -> dict[str, float]:
        """What was found before about the same pictures and photos: a picture's name follows from all it depends on."""
        judges = self.scoring.eyes.name, code("set_metrics")
        key = mark(judges, list(names), list(photos), [[one.picture.name, one.prompt] for one in cells])
        place = self.home / "sets" / f"{key}.json"
        facts = read(place)
        if facts is None:
            write(place, facts := ask())
        return facts
