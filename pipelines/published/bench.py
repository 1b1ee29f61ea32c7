"""A published benchmark's cells and rows, beside what others reached.

Beside the recipes stand three rows that say whether the scores can be trusted: a photo of the subject given back, which
the copy check must catch, a photo of another subject, which must be like nobody, and the untuned base.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import catalogue, glance, results, suites
from pipelines.asking import BASE, Ask
from pipelines.cells import mark, taught
from pipelines.denoise import SAMPLER
from pipelines.events import Report, Warned
from pipelines.eyes import Eyes
from pipelines.grid import Grid
from pipelines.judging import kinds, told, whose
from pipelines.published import measures, photos
from pipelines.published.ceiling import ceiling
from pipelines.published.noted import NotedFaces
from pipelines.published.parts import Part, parts, seeds, tables
from pipelines.published.rows import SCALE, SHUFFLED, STEPS, TITLES, asked, fits, other, seeds_of
from pipelines.published.sets import DRIFT, Sets
from pipelines.scoring import Scoring
from pipelines.spec import Subject
from pipelines.standards import Standards
from pipelines.suites import Suite
from pipelines.tasks import Published
from pipelines.toybench.sanity import PHOTOS, doubts
from pipelines.toybench.shots import keep

ORDER = (
    ("likeness", PHOTOS, SHUFFLED, "a subject's own photos are no more like it than those of another"),
    ("likeness", PHOTOS, BASE, "photos given back are no more like the subject than the untuned base's pictures"),
    ("copy", PHOTOS, BASE, "photos given back are no nearer to the photos than the untuned base's pictures"),
    ("prompt_following", BASE, SHUFFLED, "the untuned base follows prompts no better than photos of other things"),
)


def run(task: Published, report: Report) -> dict[str, Any]:
    """Fill, score and report; returns what `Grid.whole` does, and `notes` (what a reader has to know, gaps included),
    `labels` (by score, its name and its judge) and `sets` (by row, the scores of all its pictures together).

    Raises:
        BadInput: for a benchmark, folder or recipes that cannot be used, or when nothing of it can be asked.
        MissingWeights: when the judges are not there. Stopped: when the report asked to stop; what is finished stays.
    """
    return _Bench(task, report).whole()


class _Bench(Grid):
    """One task and the benchmark in its folder."""

    titles = TITLES

    def __init__(self, task: Published, report: Report):
        super().__init__(task, report)
        self.suite: Suite = suites.load(task.suite, task.folder)
        self.title, self.cases = self.suite.title, parts(self.suite, self.quick)
        self.seeds = seeds(self.suite)[: 1 if self.quick else None]
        self.steps = glance.STEPS if self.quick else self.suite.protocol.steps or STEPS
        self.scale = self.suite.protocol.scale or SCALE
        self.methods = (PHOTOS, SHUFFLED, BASE, *self.knobs)
        for gap in self.suite.gaps:
            report(Warned(gap.what, gap.advice))

    def scores(self) -> Scoring:
        eyes = Eyes.load() if self.task.judges == "starter" else Standards(self.task.judges)
        return Scoring(eyes, photos.whole, measures.single(self.suite), self._listed())

    def _listed(self) -> dict[str, tuple[str, ...]]:
        """What should be seen in the pictures of a prompt, by the text that is scored."""
        asked = ((self.suite.scored(case, one), one.detectables) for case in self.suite.cases for one in case.prompts)
        return {text: things for text, things in asked if things}

    def subjects(self, case: Part) -> tuple[Subject, ...]:
        return case.who

    def asked(self, method: str, case: Part) -> bool:
        return asked(self.suite, method, case)

    def seeds_of(self, method: str) -> tuple[int, ...]:
        return seeds_of(method, self.seeds)

    def asks_of(self, case: Part, ask: Ask, method: str) -> Any:
        """Of a photo, which prompt it stands for decides which photo it is."""
        if method not in (PHOTOS, SHUFFLED):
            return self.said(case, ask, method)
        who = other(self.suite, case) if method == SHUFFLED else None
        return [ask.text, list(case.asks).index(ask), self.backbone.size, who and taught(who)]

    def given(self, case: Part, subjects: tuple[Subject, ...], ask: Ask, place: tuple[int, int], method: str,
              out: Path) -> None:  # fmt: skip
        """A photo of the subject, or of another one, a different one with every prompt."""
        who = subjects[0] if method == PHOTOS else other(self.suite, case)
        shot = who.photos[place[0] % len(who.photos)]
        keep(photos.sized(photos.opened(shot.image), self.backbone.size), out)

    def about(self) -> dict[str, Any]:
        """The tables and what others printed, too: both are known before anything is made."""
        known = super().about()
        return known | {"groups": tables(self.suite, self.cases), "published": self._published(),
                        "labels": measures.TOLD | known["labels"]}  # fmt: skip

    def whole(self) -> dict[str, Any]:
        found = super().whole()
        return found | {"notes": self.notes, "labels": self.labels,
                        "sets": [[*key, dict(value)] for key, value in self.together.items()]}  # fmt: skip

    def result(self) -> results.Result:
        suite, scoring = self.suite, self.scoring
        names = measures.together(suite)
        self.together = Sets(scoring, names, self.home, NotedFaces(scoring, suite, self.home))(
            self.cells, self.cases, BASE
        )
        more = kinds("set_metrics", scoring.eyes, (*names, "prior_preservation", *DRIFT))
        every = {**scoring.kinds, **more}
        rows = results.tabled([results.record(cell) for cell in self.cells])
        there = {name for row in rows for name in row["scores"]} | {n for one in self.together.values() for n in one}
        self.notes = [*self.remarks(), *self._missing(), *measures.lacking(suite, scoring.eyes, there),
                      *doubts(rows, ORDER)]  # fmt: skip
        shown = {one.id: one for case in self.cases for one in case.who}
        self.notes += filter(None, [ceiling(scoring, tuple(shown.values()), self.home)])
        self.labels = {name: f"{kind.label} · {whose(kind, scoring.eyes)}" for name, kind in every.items()}
        says = (
            f"{suite.title} (arXiv {suite.paper}), run here on what of it is in the folder, beside what others printed."
        )
        return results.Result(
            suite.title, suite.name, says, self._protocol(), scoring.name, measures.TOLD | self.labels,
            {name: told(kind, scoring.eyes) for name, kind in every.items() if name in there},
            {name: kind.better for name, kind in every.items()}, tuple(self.cells),
            {method: self.named(method) for method in self.methods}, tables(suite, self.cases), self.spent(),
            tuple(self.failed), tuple(self.notes), against=BASE, aside=(PHOTOS, SHUFFLED), sets=self.together,
            published=self._published(),
        )  # fmt: skip

    def _published(self) -> tuple[dict[str, Any], ...]:
        return tuple(row.told for row in self.suite.published)

    def _missing(self) -> list[str]:
        """What of the benchmark is not here, and what of the recipes cannot be asked."""
        suite, said = self.suite, []
        if not suite.complete:
            counts = ", ".join(f"{suite.here[what]} of {count} {what}" for what, count in suite.whole.items())
            said.append(f"Not the whole benchmark: {counts}. Nothing here may stand for it.")
        said += [f"{gap.what} {gap.advice}".strip() for gap in suite.gaps]
        for name in self.knobs:
            if not any(fits(name, case) for case in self.cases):
                needs = " and ".join(one for one in catalogue.recipe(name).needs if one != "photos")
                said.append(f"{self.named(name)} needs {needs}: nothing here was asked of it.")
        if self.task.judges == "starter":
            said.append("The judges are the starter's, which know toys: on photos their numbers mean little. "
                        "Get CLIP and DINO on Models: these are asked instead.")  # fmt: skip
        return said

    def _protocol(self) -> dict[str, Any]:
        suite, protocol = self.suite, self.suite.protocol
        asked = [[case.track, case.id, [taught(one) for one in case.who], [asdict(ask) for ask in case.asks]]
                 for case in self.cases]  # fmt: skip
        return {
            "suite": suite.name, "asked": mark(asked), "pictures of a prompt": len(self.seeds),
            "seeds": list(self.seeds), "steps": self.steps, "scale": self.scale, "sampler": SAMPLER,
            "references": protocol.references, "photos": photos.HOW, "quick": self.quick,
            "base": Path(self.task.base).name, "base_hash": self.backbone.hash, "knobs": self.knobs,
            "here": suite.here, "whole": dict(suite.whole),
            "as published": protocol.told,
        }  # fmt: skip
