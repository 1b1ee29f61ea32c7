"""A benchmark's cells, method by case by prompt by seed: made where they are missing, scored, kept, and told of.

A cell's name is made of everything it depends on: recipe with knobs and plan, photos, base, words, seed, sampling. What
is finished is never made again, whatever happened to the run that made it.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines import benchmarks, catalogue, glance, results
from pipelines import run as door
from pipelines.asking import BASE, TOGETHER, Ask, Case
from pipelines.backbone import Backbone
from pipelines.cells import mark, read, taught, write
from pipelines.cluster import Cluster
from pipelines.denoise import SAMPLER
from pipelines.device import machine
from pipelines.errors import BadInput, Diverged, Stopped, UnknownTechnique, WorkerLost
from pipelines.events import Made, Progress, Report, Started, Warned
from pipelines.inside import Inside
from pipelines.owed import Owed
from pipelines.scoring import Scoring
from pipelines.spec import Region, Scene, Subject
from pipelines.tasks import Published, Sample, ToyBench, Tune
from pipelines.traits import built
from pipelines.waiting import Waiting

LAYOUT = "region_route"
Cell = tuple[str, str, Ask, int, Path, dict[str, Any]]
"""A finished picture: its cell's names for files and people, what was asked, seed, file, what is known of it."""


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
        self.knobs = {name: self._settled(name, knobs) for name, knobs in task.recipes if name != BASE}
        self.home, self.commit = Path(task.home), benchmarks.commit()
        self.cells: list[results.Cell] = []
        self.costs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.failed: list[dict[str, str]] = []
        self.commits: set[str] = set()
        self.made = self.left = self.done = self.total = 0
        self.owed = Owed({})
        self.cluster: Cluster | None = None

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
        """What tells a method's pictures of these subjects, and what is said of them, from all others: a picture of the
        class word may be the same for two dogs, but each is held against its own photos."""
        photos, base = [taught(one) for one in subjects], self.backbone.hash if self.backbone else ""
        if method in self.knobs:
            recipe = catalogue.recipe(method).with_knobs(self.knobs[method])
            return [method, asdict(recipe), repr(recipe.plan()), photos, base]
        return [method, base if method == BASE else "", photos]

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
        self.ready()
        write(Path(self.task.out) / results.ABOUT, self.about())
        asked = [(at, method) for at, case in enumerate(self.cases) for method in self.methods
                 if self.asked(method, case)]  # fmt: skip
        self.total = sum(len(self.cases[at].asks) * len(self.seeds_of(method)) for at, method in asked)
        lacking = [self.lacking(self.cases[at], method) for at, method in asked]
        self.owed = Owed(dict(enumerate(lacking)))
        self.report(self._far())
        self.cluster = Cluster(self, asked, lacking) if self.task.ray else None
        try:
            for number, (at, method) in enumerate(asked):
                self._tried(number, self.cases[at], method)
        finally:
            if self.cluster:
                self.cluster.leave()
        return self._reported()

    def ready(self) -> None:
        """Get judges and base to hand."""
        self.scoring = self.scores()
        self.backbone = Backbone.at_hand(self.task.base) if self.base else None

    def about(self) -> dict[str, Any]:
        """What somebody who watches has to know before there is a result."""
        titles = {method: self.named(method) for method in self.methods}
        return {"judge": self.scoring.name, "labels": self.scoring.labels, "how": self.scoring.how,
                "better": self.scoring.better, "titles": titles}  # fmt: skip

    def _tried(self, number: int, case: Case, method: str) -> None:
        """A method in a case; where it fails, that is told, and the others go on."""
        try:
            if self.cluster:
                self.cluster.wait(number)
            self.fill(case, self.subjects(case), method)
        except (BadInput, Diverged, UnknownTechnique, WorkerLost) as error:
            self.failed.append({"track": case.track, "case": case.id, "method": method, "why": str(error)})
            self.owed.give_up(number)
            self.report(Warned(f"{self.named(method)} could not learn {case.id}. {error.message}", error.advice))

    def _settled(self, name: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
        """Knobs as they are used; a recipe that is not there is refused before anything runs."""
        own = glance.knobs(name) if self.task.quick else {}
        return catalogue.recipe(name).on(built(self.task.base).large).settled(own | dict(knobs))

    def fill(self, case: Case, subjects: tuple[Subject, ...], method: str) -> None:
        """Every cell of a method in a case, and what the method cost there."""
        waiting = Waiting[Cell]()
        try:
            for key, picture, cell, ask, place, seed in self._places(case, subjects, method):
                facts = self._finished(key, picture)
                if facts is None and picture:
                    facts = self._made(case, subjects, ask, place, seed, method, picture)
                    if facts:
                        write(self.home / "cells" / f"{key}.json", facts)  # whatever comes, it is not made again
                elif facts and self.cluster and key in self.cluster.fresh:
                    self.made += 1
                if facts is None:
                    self.left += 1
                    self.owed.leave(key)
                    continue
                seen = facts.get("judges") == self.scoring.name
                waiting.add((key, cell, ask, seed, picture, facts), None if seen else time.monotonic())
                if waiting.due or not waiting.unseen or self.report.stop():
                    self._keep(waiting, case, subjects, method)
                self.heed()
        finally:
            self._keep(waiting, case, subjects, method)
        self.heed()
        for _, _, place in self.tuned(subjects, method):
            if facts := read(place):
                self.costs.setdefault((case.track, method), []).append(facts)

    def lacking(self, case: Case, method: str) -> dict[str, bool]:
        """The names of a method's cells in a case that these judges have not scored, and whether each is still to be
        made. None where something is wrong with the case, which is told of when its turn comes."""
        found = {}
        with suppress(BadInput, UnknownTechnique):
            for key, picture, *_ in self._places(case, self.subjects(case), method):
                if picture and (facts := self._finished(key, picture) or {}).get("judges") != self.scoring.name:
                    found[key] = not facts
        return found

    def _places(self, case: Case, subjects: tuple[Subject, ...], method: str) -> Iterator[tuple[Any, ...]]:
        """Of each cell its name, its picture's place, its name for people, the prompt, its place among prompts and
        seeds, and the seed."""
        own = self.own(method, subjects)
        for number, ask in enumerate(case.asks):
            for k, seed in enumerate(self.seeds_of(method)):
                cell = self.cell(case, number, seed)
                yield *self.place(own, cell, case, ask, seed, method), cell, ask, (number, k), seed

    def _finished(self, key: str, picture: Path | None) -> dict[str, Any] | None:
        return read(self.home / "cells" / f"{key}.json") if picture and picture.is_file() else None

    def _made(self, case: Case, subjects: tuple[Subject, ...], ask: Ask, place: tuple[int, int], seed: int,
              method: str, picture: Path) -> dict[str, Any] | None:  # fmt: skip
        """Make a picture that is not there; None where the budget is used up. `place` counts prompts and seeds."""
        if self.late():
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

    def _keep(self, waiting: Waiting[Cell], case: Case, subjects: tuple[Subject, ...], method: str) -> None:
        """Score together what these judges have not seen of what waits, keep it where that changes anything, tell."""
        each, who, judges = waiting.take(), "+".join(one.id for one in subjects), self.scoring.name
        unseen = [one for one in each if one[-1].get("judges") != judges]
        scores = self.scoring.together([(one[4], one[2].text, one[2].boxes) for one in unseen], subjects)
        fresh = {one[0]: {"judges": judges, "scores": found} for one, found in zip(unseen, scores, strict=True)}
        for key, cell, ask, seed, picture, kept in each:
            facts = kept | fresh.get(key, {}) | {
                "cell": cell, "track": case.track, "case": case.id, "who": who, "method": method, "seed": seed,
                "said": self.said(case, ask, method), "text": ask.text, "picture": str(picture),
            }  # fmt: skip
            place = self.home / "cells" / f"{key}.json"
            if facts != kept:
                write(place, facts)
            self.owed.done(key)
            self.cells.append(results.Cell(case.track, case.id, method, ask.text, seed, picture, facts["scores"], who))
            self.commits.add(facts["commit"])
            self.done += 1
            self.report(Made("cell", str(place), facts))
            self.report(self._far(f"{self.named(method)}, {case.id}"))

    def _far(self, note: str = "") -> Progress:
        """How far the bench is; what was made or scored before this run takes no time, nor does what is left out."""
        return Progress(self.done + self.left, self.total, note, self.owed.own)

    def heed(self) -> None:
        """Wait while the run is paused.

        Raises:
            Stopped: when somebody asked for it.
        """
        self.report.wait()
        if self.report.stop():
            raise Stopped(f"{self.done} of {self.total} cells are finished.")

    def late(self) -> bool:
        """Whether the budget is used up."""
        return 0 < self.task.budget <= time.monotonic() - self.began

    def _taught(self, subjects: tuple[Subject, ...], method: str) -> list[str] | None:
        """The tuned files of a method: one for each subject, or one for all where it teaches them together. None where
        the budget does not allow another."""
        files = []
        for group, out, place in self.tuned(subjects, method):
            if read(place) is None or not out.is_file():
                if self.late():
                    return None
                self.teach(group, out, place, method)
            files.append(str(out))
        return files

    def teach(self, group: tuple[Subject, ...], out: Path, place: Path, method: str) -> None:
        """Have a method learn subjects; write its file, and what that cost."""
        knobs, cache = self.knobs[method], str(self.home / "cache")
        task = Tune(group, method, str(out), knobs, self.task.base, samples_every=0, cache=cache, stop="fixed")
        out.parent.mkdir(parents=True, exist_ok=True)
        who = " and ".join(one.id for one in group)
        told = door.run(task, Inside(self.report, f"{self.named(method)} learns {who}", self._far))
        write(place, {name: told[name] for name in ("seconds", "bytes", "steps", "memory")})

    def tuned(self, subjects: tuple[Subject, ...], method: str) -> list[tuple[tuple[Subject, ...], Path, Path]]:
        """Who is taught together, in which file, and where what it cost is kept; nobody by what is no recipe."""
        if method not in self.knobs:
            return []
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
        task = Sample(scene, str(out), self.task.base, previews=False)
        door.run(task, Inside(self.report, self.named(method), self._far))

    def _reported(self) -> dict[str, Any]:
        """Write the result folder; the answer of the task."""
        rows = results.write(self.result(), Path(self.task.out))
        self.report(Made("report", str(Path(self.task.out) / "index.html")))
        return {
            "result": self.task.out, "cells": self.done, "made": self.made, "left": self.left, "failed": self.failed,
            "judge": self.scoring.name, "rows": rows, "seconds": round(time.monotonic() - self.began, 1),
        }  # fmt: skip

    def spent(self) -> dict[tuple[str, str], dict[str, float]]:
        """By part and method, the mean `seconds` and `bytes` of a teaching."""
        return {key: {name: sum(one[name] for one in each) / len(each) for name in ("seconds", "bytes")}
                for key, each in self.costs.items()}  # fmt: skip

    def remarks(self) -> list[str]:
        """What a reader of any benchmark has to know of this run."""
        return results.remarks(self.quick, self.left, self.total, self.commits)
