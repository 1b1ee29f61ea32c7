"""A benchmark's cells, method by case by prompt by seed: made where they are missing, scored, kept, and told of.

A cell's name is made of everything it depends on: recipe with knobs and plan, photos, base, words, seed, sampling. What
is finished is never made again, whatever happened to the run that made it.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from pipelines import benchmarks, catalogue, results
from pipelines import run as door
from pipelines.backbone import Backbone
from pipelines.cells import mark, read, taught, write
from pipelines.denoise import SAMPLER
from pipelines.device import machine
from pipelines.errors import BadInput, Diverged, Stopped, UnknownTechnique
from pipelines.events import Event, Made, Progress, Report, Started, Warned
from pipelines.scoring import Scoring
from pipelines.spec import Region, Scene, Subject
from pipelines.tasks import Published, Sample, ToyBench, Tune

BASE, TOGETHER = "base", "two subjects"
LAYOUT = "region_route"
QUICK = {"steps": 20, "word_steps": 10, "model_steps": 10, "images": 4}
"""What knobs of these names are set to where it only has to be seen that everything runs."""


class Ask(Protocol):
    """One prompt: what the untouched base gets, by which text the picture is scored, and where subjects belong."""

    plain: str
    text: str
    boxes: tuple[tuple[float, float, float, float], ...]


class Case(Protocol):
    """Subjects that are asked for together: in which part of the benchmark, under which name, in which prompts."""

    track: str
    id: str
    asks: Sequence[Ask]

    def said(self, ask: Ask) -> str:
        """A prompt as a model that has learnt the subjects gets it."""
        ...


class Grid(ABC):
    """One task, its cases and its folder of cells. A benchmark says what is asked, who scores, and what comes of it.

    Attributes:
        title: of the benchmark. titles: of methods that are no recipe. cases, seeds, methods: what is crossed.
        steps, scale: of sampling. base: whether a model is needed at all. quick: whether it is only to be seen that
            everything runs.
    """

    title: str
    titles: Mapping[str, str]
    cases: Sequence[Case]
    seeds: tuple[int, ...]
    methods: tuple[str, ...]
    steps: int
    scale: float
    base = True

    def __init__(self, task: ToyBench | Published, report: Report):
        """
        Raises:
            BadInput: for a folder that holds other things, a recipe that is not there, or knobs it has not.
        """
        self.task, self.report, self.began = task, report, time.monotonic()
        self.quick = task.quick
        results.vacant(Path(task.out))
        self.knobs: dict[str, dict[str, Any]] = {
            name: self._settled(name, knobs) for name, knobs in task.recipes if name != BASE
        }
        self.home, self.commit = Path(task.home), benchmarks.commit()
        self.cells: list[results.Cell] = []
        self.costs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.failed: list[dict[str, str]] = []
        self.commits: set[str] = set()
        self.made = self.left = self.done = self.total = 0

    @abstractmethod
    def scores(self) -> Scoring:
        """Who scores; asked once, before anything is made."""

    @abstractmethod
    def subjects(self, case: Case) -> tuple[Subject, ...]:
        """Who is asked for in a case, with their photos."""

    @abstractmethod
    def asked(self, method: str, case: Case) -> bool:
        """Whether a method has a row in a case."""

    @abstractmethod
    def given(self, case: Case, subjects: tuple[Subject, ...], ask: Ask, place: tuple[int, int], method: str,
              out: Path) -> None:  # fmt: skip
        """Write the picture of a row that no model makes; `place` counts prompts and seeds."""

    def regions(self, case: Case, ask: Ask, voices: Sequence[str]) -> tuple[Region, ...]:
        """Where each subject belongs, with its own tuned file; none for anywhere."""
        return ()

    @abstractmethod
    def result(self) -> results.Result:
        """What is written."""

    def cell(self, case: Case, number: int, seed: int) -> str:
        """A cell's name for people: part, subjects, number of the prompt, seed."""
        return f"{case.track}-{case.id}-{number}-{seed}"

    def seeds_of(self, method: str) -> tuple[int, ...]:
        """The seeds that a method is asked with."""
        return self.seeds

    def asks_of(self, case: Case, ask: Ask, method: str) -> Any:
        """What of a prompt a picture depends on, as plain JSON."""
        return self.said(case, ask, method)

    def own(self, method: str, subjects: tuple[Subject, ...]) -> list[Any]:
        """What tells a method's pictures of these subjects from all others."""
        if method in self.knobs:
            recipe = catalogue.recipe(method).with_knobs(self.knobs[method])
            return [method, asdict(recipe), repr(recipe.plan()), [taught(one) for one in subjects], self.backbone.hash]
        return [method, self.backbone.hash if method == BASE and self.backbone else ""]

    def place(self, own: list[Any], cell: str, case: Case, ask: Ask, seed: int, method: str) -> tuple[str, Path | None]:
        """The name of a cell, made of all it depends on, and where its picture lies; None where nobody made one."""
        sampling = [self.steps, self.scale, SAMPLER, LAYOUT]
        key = mark(own, self.asks_of(case, ask, method), ask.boxes, seed, sampling)
        return key, self.home / "pictures" / f"{key}.png"

    def said(self, case: Case, ask: Ask, method: str) -> str:
        """A prompt as a method gets it."""
        return case.said(ask) if method in self.knobs else ask.plain

    def named(self, method: str) -> str:
        """A method as people call it."""
        known = catalogue.recipes()
        return self.titles.get(method) or (known[method].title if method in known else method)

    def whole(self) -> dict[str, Any]:
        """Case after case, so that a budget that ends early has seen the same subjects with every method.

        Returns:
            `result` (the folder), `cells` (finished), `made` (in this run), `left` (not made), `failed` (each with
            why), `judge`, `rows` (see `results.tabled`), `seconds`.
        """
        self.report(Started(f"{self.title}, {len(self.methods)} methods", machine().label))
        self.scoring = self.scores()
        write(Path(self.task.out) / results.ABOUT, {
            "judge": self.scoring.name, "labels": self.scoring.labels, "how": self.scoring.how,
            "better": self.scoring.better,
        })  # fmt: skip
        self.backbone = Backbone.at_hand(self.task.base) if self.base else None
        asked = [(case, method) for case in self.cases for method in self.methods if self.asked(method, case)]
        self.total = sum(len(case.asks) * len(self.seeds_of(method)) for case, method in asked)
        for case, method in asked:
            try:
                self._case(case, self.subjects(case), method)
            except (BadInput, Diverged, UnknownTechnique) as error:
                self.failed.append({"track": case.track, "case": case.id, "method": method, "why": str(error)})
                self.report(Warned(f"{self.named(method)} could not learn {case.id}. {error.message}", error.advice))
        return self._reported()

    def _settled(self, name: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
        """Knobs as they are used; a recipe that is not there is refused before anything runs."""
        known = {one.name for one in catalogue.recipe(name).knobs()}
        own = {key: value for key, value in QUICK.items() if key in known} if self.task.quick else {}
        catalogue.recipe(name).with_knobs(own | knobs)
        return own | dict(knobs)

    def _case(self, case: Case, subjects: tuple[Subject, ...], method: str) -> None:
        """Every cell of a method in a case, and what the method cost there."""
        own = self.own(method, subjects)
        for number, ask in enumerate(case.asks):
            for k, seed in enumerate(self.seeds_of(method)):
                cell = self.cell(case, number, seed)
                key, picture = self.place(own, cell, case, ask, seed, method)
                facts = read(self.home / "cells" / f"{key}.json") if picture and picture.is_file() else None
                if facts is None and picture:
                    facts = self._made(case, subjects, ask, (number, k), seed, method, picture)
                if facts is None:
                    self.left += 1
                else:
                    self._keep(key, cell, case, ask, seed, method, subjects, picture, facts)
        for _, _, place in self._tuned(subjects, method) if method in self.knobs else ():
            if facts := read(place):
                self.costs.setdefault((case.track, method), []).append(facts)

    def _made(
        self, case: Case, subjects: tuple[Subject, ...], ask: Ask, place: tuple[int, int], seed: int, method: str,
        picture: Path,
    ) -> dict[str, Any] | None:  # fmt: skip
        """Make a picture that is not there; None where the budget is used up. `place` counts prompts and seeds."""
        if self._late():
            return None
        voices = self._taught(subjects, method) if method in self.knobs else []
        if voices is None:
            return None
        began = time.perf_counter()
        if method in self.knobs or method == BASE:
            self._draw(case, ask, seed, method, voices, picture)
        else:
            self.given(case, subjects, ask, place, method, picture)
        self.made += 1
        return {"seconds": round(time.perf_counter() - began, 3), "commit": self.commit}

    def _keep(
        self, key: str, cell: str, case: Case, ask: Ask, seed: int, method: str, subjects: tuple[Subject, ...],
        picture: Path, facts: dict[str, Any],
    ) -> None:  # fmt: skip
        """Score a cell where these judges have not yet, keep it, and tell of it."""
        if facts.get("judges") != self.scoring.name:
            scores = self.scoring(picture, subjects, ask.text, ask.boxes)
            facts |= {"judges": self.scoring.name, "scores": scores}
        facts |= {"cell": cell, "track": case.track, "case": case.id, "method": method, "seed": seed,
                  "said": self.said(case, ask, method), "text": ask.text, "picture": str(picture)}  # fmt: skip
        place = self.home / "cells" / f"{key}.json"
        write(place, facts)
        self.cells.append(results.Cell(case.track, case.id, method, ask.text, seed, picture, facts["scores"]))
        self.commits.add(facts["commit"])
        self.done += 1
        self.report(Made("cell", str(place), facts))
        self.report(Progress(self.done + self.left, self.total, f"{self.named(method)}, {case.id}"))
        self.report.wait()
        if self.report.stop():
            raise Stopped(f"{self.done} of {self.total} cells are finished.")

    def _late(self) -> bool:
        return 0 < self.task.budget <= time.monotonic() - self.began

    def _taught(self, subjects: tuple[Subject, ...], method: str) -> list[str] | None:
        """The tuned files of a method: one for each subject, or one for all where it teaches them together. None where
        the budget does not allow another."""
        files = []
        for group, out, place in self._tuned(subjects, method):
            if read(place) is None or not out.is_file():
                if self._late():
                    return None
                cache = str(self.home / "cache")
                knobs, base = self.knobs[method], self.task.base
                task = Tune(group, method, str(out), knobs, base, samples_every=0, cache=cache, stop="fixed")
                out.parent.mkdir(parents=True, exist_ok=True)
                told = door.run(task, _Inner(self, f"{self.named(method)} learns {_names(group)}"))
                write(place, {name: told[name] for name in ("seconds", "bytes", "steps", "memory")})
            files.append(str(out))
        return files

    def _tuned(self, subjects: tuple[Subject, ...], method: str) -> list[tuple[tuple[Subject, ...], Path, Path]]:
        """Who is taught together, in which file, and where what it cost is kept."""
        together = TOGETHER in catalogue.recipe(method).needs
        groups = [subjects] if together else [(one,) for one in subjects]
        keys = [mark(*self.own(method, group)) for group in groups]
        rooms = self.home / "tuned", self.home / "rows"
        return [(group, rooms[0] / f"{key}.safetensors", rooms[1] / f"{key}.json")
                for group, key in zip(groups, keys, strict=True)]  # fmt: skip

    def _draw(self, case: Case, ask: Ask, seed: int, method: str, voices: list[str], out: Path) -> None:
        """Make one picture of a prompt; where it has regions, the tuned files speak in these alone."""
        out.parent.mkdir(parents=True, exist_ok=True)
        regions = self.regions(case, ask, voices)
        speaking = () if regions else tuple((path, 1.0) for path in voices)
        scene = Scene(self.said(case, ask, method), regions=regions, artefacts=speaking, seed=seed, steps=self.steps,
                      scale=self.scale, how=LAYOUT)  # fmt: skip
        door.run(Sample(scene, str(out), self.task.base, previews=False), _Inner(self, self.named(method)))

    def _reported(self) -> dict[str, Any]:
        """Write the result folder; the answer of the task."""
        rows = results.write(self.result(), Path(self.task.out))
        seconds = round(time.monotonic() - self.began, 1)
        self.report(Made("report", str(Path(self.task.out) / "index.html")))
        return {
            "result": self.task.out, "cells": self.done, "made": self.made, "left": self.left, "failed": self.failed,
            "judge": self.scoring.name, "rows": rows, "seconds": seconds,
        }  # fmt: skip

    def spent(self) -> dict[tuple[str, str], dict[str, float]]:
        """By part and method, the mean `seconds` and `bytes` of a teaching."""
        return {key: {name: sum(one[name] for one in each) / len(each) for name in ("seconds", "bytes")}
                for key, each in self.costs.items()}  # fmt: skip

    def remarks(self) -> list[str]:
        """What a reader of any benchmark has to know of this run."""
        notes = ["Quick: too few pictures to quote."] if self.quick else []
        if self.left:
            notes.append(f"{self.left} of {self.total} cells are missing; methods are compared over what is there.")
        if len(self.commits) > 1:
            notes.append(f"Cells were made by several versions of the code: {', '.join(sorted(self.commits))}.")
        return notes


class _Inner:
    """What a tuning or a sampling inside the bench has to say: how far it is, and what it warns of."""

    def __init__(self, grid: Grid, what: str):
        self.grid, self.what = grid, what

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            note = f"{self.what}, {event.step} of {event.total}"
            self.grid.report(Progress(self.grid.done + self.grid.left, self.grid.total, note))
        elif isinstance(event, Warned):
            self.grid.report(event)

    def stop(self) -> bool:
        return self.grid.report.stop()

    def wait(self) -> None:
        self.grid.report.wait()

    def wishes(self) -> tuple[str, ...]:
        return ()


def _names(group: tuple[Subject, ...]) -> str:
    return " and ".join(one.id for one in group)
