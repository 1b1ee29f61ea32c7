"""Fills ToyBench's cells, method by subject by prompt by seed, scores them, and writes what came of it.

Beside the recipes stand three rows that say whether the scores can be trusted: perfect pictures (`renders`), which
nothing should beat, photos given back as they are (`photos`), which the copy check must catch, and the untouched base.
A cell's name is made of everything it depends on: recipe with knobs and plan, photos, base, words, seed, sampling.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines import benchmarks, catalogue, results
from pipelines import run as door
from pipelines.backbone import Backbone
from pipelines.cells import content, mark, read, taught, write
from pipelines.denoise import SAMPLER
from pipelines.device import machine
from pipelines.errors import BadInput, Diverged, Stopped, UnknownTechnique
from pipelines.events import Event, Made, Progress, Report, Started, Warned
from pipelines.judging import told
from pipelines.spec import Region, Scene, Subject
from pipelines.tasks import Sample, ToyBench, Tune
from pipelines.toybench import manifest, plan, sets, shots
from pipelines.toybench.sanity import BASE, PHOTOS, RENDERS, doubts
from pipelines.toybench.scoring import Scoring

TITLES = {RENDERS: "Perfect pictures", PHOTOS: "A photo given back", BASE: "Untouched base"}
STEPS, QUICK_STEPS, SCALE, LAYOUT = 25, 6, 5.0, "region_route"
QUICK = {"steps": 20, "word_steps": 10, "model_steps": 10, "images": 4}
"""What knobs of these names are set to where it only has to be seen that everything runs."""


def run(task: ToyBench, report: Report) -> dict[str, Any]:
    """Fill, score and report.

    Returns:
        `result` (the folder), `cells` (finished), `made` (in this run), `left` (not made, for the budget was used up or
        pictures are missing), `failed` (each with why), `judge`, `rows` (see `results.tabled`), `seconds`.

    Raises:
        BadInput: for tracks, recipes or a manifest that cannot be used. MissingWeights: when the judges are not there.
        Stopped: when the report asked to stop; what is finished stays.
    """
    return _Bench(task, report).whole()


def fits(recipe: str, track: str) -> bool:
    """Whether a recipe can be asked in a track, by what it says it needs."""
    needs = set(catalogue.recipe(recipe).needs)
    if "style" in needs:
        return track == "style"
    if "two subjects" in needs:
        return track in ("multi", "layout")
    return track == "people" if "person" in needs else track != "style" or "masks" not in needs


class _Bench:
    """One task, its plan and its folder of cells."""

    def __init__(self, task: ToyBench, report: Report):
        self.task, self.report, self.began = task, report, time.monotonic()
        results.vacant(Path(task.out))
        self.filled = manifest.read(task.pictures) if task.pictures else None
        if self.filled and self.filled.method in TITLES:
            what = f"“{self.filled.method}” is the name of a row of ToyBench's own."
            raise BadInput(what, f"Give the method another name in {manifest.FILE}.")
        self.split = self.filled.split if self.filled else task.split
        self.quick = self.filled.quick if self.filled else task.quick
        self.cases = self.filled.cases if self.filled else plan.cases(task.tracks or tuple(plan.TRACKS), task.split,
                                                                     task.quick)  # fmt: skip
        recipes = {name: self._knobs(name, knobs) for name, knobs in task.recipes if name != BASE}
        self.knobs: dict[str, dict[str, Any]] = recipes
        self.methods = (RENDERS, PHOTOS, *([self.filled.method] if self.filled else [BASE, *recipes]))
        self.home, self.commit = Path(task.home), benchmarks.commit()
        self.cells: list[results.Cell] = []
        self.costs: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.failed: list[dict[str, str]] = []
        self.commits: set[str] = set()
        self.made = self.left = self.done = 0

    def _knobs(self, name: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
        """Knobs as they are used; a recipe that is not there is refused before anything runs."""
        known = {one.name for one in catalogue.recipe(name).knobs()}
        own = {key: value for key, value in QUICK.items() if key in known} if self.task.quick else {}
        catalogue.recipe(name).with_knobs(own | knobs)
        return own | dict(knobs)

    def whole(self) -> dict[str, Any]:
        """Case after case, so that a budget that ends early has seen the same subjects with every method."""
        self.report(Started(f"ToyBench, {len(self.methods)} methods", machine().label))
        self.scoring = Scoring()
        write(Path(self.task.out) / results.ABOUT, {
            "judge": self.scoring.name, "labels": self.scoring.labels, "how": self.scoring.how,
            "better": self.scoring.better,
        })  # fmt: skip
        self.backbone = None if self.filled else Backbone.at_hand(self.task.base)
        seeds, asked = plan.seeds(self.quick), [(c, m) for c in self.cases for m in self.methods if self._asked(m, c)]
        self.total = sum(len(case.asks) * len(seeds) for case, _ in asked)
        for case, method in asked:
            subjects = tuple(
                shots.photographed(toy, self.home / "photos" / f"{self.split}-{plan.VERSION}") for toy in case.toys
            )
            try:
                self._case(case, subjects, method)
            except (BadInput, Diverged, UnknownTechnique) as error:
                self.failed.append({"track": case.track, "case": case.id, "method": method, "why": str(error)})
                self.report(Warned(f"{title(method)} could not learn {case.id}. {error.message}", error.advice))
        return self._reported()

    def _asked(self, method: str, case: plan.Case) -> bool:
        """Whether a method has a row in a case; a photo given back shows one subject only."""
        if method == PHOTOS:
            return len(case.toys) == 1
        return method not in self.knobs or fits(method, case.track)

    def _case(self, case: plan.Case, subjects: tuple[Subject, ...], method: str) -> None:
        """Every cell of a method in a case, and what the method cost there."""
        own = self._own(method, subjects)
        for number, ask in enumerate(case.asks):
            for k, seed in enumerate(plan.seeds(self.quick)):
                cell = manifest.name(case, number, seed)
                key, picture = self._place(own, cell, case, ask, seed, method)
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

    def _place(
        self, own: list[Any], cell: str, case: plan.Case, ask: plan.Ask, seed: int, method: str
    ) -> tuple[str, Path | None]:
        """The name of a cell, made of all it depends on, and where its picture lies; None where nobody made one."""
        if self._elsewhere(method):
            picture = self.filled.pictures.get(cell)
            return mark(content(picture), cell), picture
        asked = asdict(ask) if method == RENDERS else self._said(case, ask, method)
        sampling = [self._steps(), SCALE, SAMPLER, LAYOUT]
        key = mark(own, asked, ask.boxes, seed, sampling)
        return key, self.home / "pictures" / f"{key}.png"

    def _elsewhere(self, method: str) -> bool:
        return bool(self.filled) and method == self.filled.method

    def _made(
        self, case: plan.Case, subjects: tuple[Subject, ...], ask: plan.Ask, place: tuple[int, int], seed: int,
        method: str, picture: Path,
    ) -> dict[str, Any] | None:  # fmt: skip
        """Make a picture that is not there; None where the budget is used up. `place` counts prompts and seeds."""
        if self._late():
            return None
        voices = self._taught(subjects, method) if method in self.knobs else []
        if voices is None:
            return None
        began, (number, k) = time.perf_counter(), place
        if method == RENDERS:
            shots.keep(shots.perfect(ask, k), picture)
        elif method == PHOTOS:
            self._photo(subjects[0], number * len(plan.seeds(self.quick)) + k, picture)
        elif not self._elsewhere(method):
            self._draw(case, ask, seed, method, voices, picture)
        self.made += 1
        return {"seconds": round(time.perf_counter() - began, 3), "commit": self.commit}

    def _keep(
        self, key: str, cell: str, case: plan.Case, ask: plan.Ask, seed: int, method: str,
        subjects: tuple[Subject, ...], picture: Path, facts: dict[str, Any],
    ) -> None:  # fmt: skip
        """Score a cell where these judges have not yet, keep it, and tell of it."""
        if facts.get("judges") != self.scoring.name:
            facts |= {"judges": self.scoring.name, "scores": self.scoring(picture, subjects, ask)}
        facts |= {"cell": cell, "track": case.track, "case": case.id, "method": method, "seed": seed,
                  "said": self._said(case, ask, method), "text": ask.text, "picture": str(picture)}  # fmt: skip
        place = self.home / "cells" / f"{key}.json"
        write(place, facts)
        self.cells.append(results.Cell(case.track, case.id, method, ask.text, seed, picture, facts["scores"]))
        self.commits.add(facts["commit"])
        self.done += 1
        self.report(Made("cell", str(place), facts))
        self.report(Progress(self.done + self.left, self.total, f"{title(method)}, {case.id}"))
        self.report.wait()
        if self.report.stop():
            raise Stopped(f"{self.done} of {self.total} cells are finished.")

    def _late(self) -> bool:
        return 0 < self.task.budget <= time.monotonic() - self.began

    def _steps(self) -> int:
        return QUICK_STEPS if self.quick else STEPS

    def _said(self, case: plan.Case, ask: plan.Ask, method: str) -> str:
        return case.said(ask) if method in self.knobs else ask.plain

    def _own(self, method: str, subjects: tuple[Subject, ...]) -> list[Any]:
        """What tells a method's pictures of these subjects from all others."""
        if method in self.knobs:
            recipe = catalogue.recipe(method).with_knobs(self.knobs[method])
            return [method, asdict(recipe), repr(recipe.plan()), [taught(one) for one in subjects], self.backbone.hash]
        if method == PHOTOS:
            return [method, [taught(one) for one in subjects]]
        return [method, self.backbone.hash if method == BASE and self.backbone else ""]

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
                told = door.run(task, _Inner(self, f"{title(method)} learns {' and '.join(one.id for one in group)}"))
                write(place, {name: told[name] for name in ("seconds", "bytes", "steps", "memory")})
            files.append(str(out))
        return files

    def _tuned(self, subjects: tuple[Subject, ...], method: str) -> list[tuple[tuple[Subject, ...], Path, Path]]:
        """Who is taught together, in which file, and where what it cost is kept."""
        together = "two subjects" in catalogue.recipe(method).needs
        groups = [subjects] if together else [(one,) for one in subjects]
        keys = [mark(*self._own(method, group)) for group in groups]
        rooms = self.home / "tuned", self.home / "rows"
        return [(group, rooms[0] / f"{key}.safetensors", rooms[1] / f"{key}.json")
                for group, key in zip(groups, keys, strict=True)]  # fmt: skip

    def _draw(
        self, case: plan.Case, ask: plan.Ask, seed: int, method: str, voices: list[str], out: Path
    ) -> None:  # fmt: skip
        """Make one picture of a prompt; a layout through regions, each with its subject's own file."""
        out.parent.mkdir(parents=True, exist_ok=True)
        regions: tuple[Region, ...] = ()
        speaking = tuple((path, 1.0) for path in voices)
        if ask.boxes:
            each = voices * len(ask.boxes) if len(voices) == 1 else voices or [None] * len(ask.boxes)
            names = [f"a {toy.named() if voices else toy.noun}" for toy in case.toys]
            regions = tuple(Region(box, words, artefact=path)
                            for box, words, path in zip(ask.boxes, names, each, strict=False))  # fmt: skip
            speaking = ()
        scene = Scene(self._said(case, ask, method), regions=regions, artefacts=speaking, seed=seed,
                      steps=self._steps(), scale=SCALE, how=LAYOUT)  # fmt: skip
        door.run(Sample(scene, str(out), self.task.base, previews=False), _Inner(self, title(method)))

    def _photo(self, subject: Subject, number: int, out: Path) -> None:
        with Image.open(subject.photos[number % len(subject.photos)].image) as photo:
            shots.keep(photo.convert("RGB").resize((shots.SIDE, shots.SIDE), Image.Resampling.LANCZOS), out)

    def _reported(self) -> dict[str, Any]:
        """Write the result folder; the answer of the task."""
        result = self._result()
        rows = results.write(result, Path(self.task.out))
        seconds = round(time.monotonic() - self.began, 1)
        self.report(Made("report", str(Path(self.task.out) / "index.html")))
        return {
            "result": self.task.out, "cells": self.done, "made": self.made, "left": self.left, "failed": self.failed,
            "judge": self.scoring.name, "rows": rows, "seconds": seconds,
        }  # fmt: skip

    def _result(self) -> results.Result:
        notes = ["Quick: too few pictures to quote."] if self.quick else []
        if self.split == "reserved":
            notes.append("Reserved subjects: for a final evaluation; nothing may have been chosen by looking at them.")
        if self.left:
            notes.append(f"{self.left} of {self.total} cells are missing; methods are compared over what is there.")
        if self.filled and self.filled.broken:
            notes.append(
                f"Not square, smaller than {shots.SIDE} pixels, or unreadable: {', '.join(self.filled.broken)}."
            )
        if len(self.commits) > 1:
            notes.append(f"Cells were made by several versions of the code: {', '.join(sorted(self.commits))}.")
        notes += doubts(results.tabled([results.record(cell) for cell in self.cells]))
        protocol = {
            "toybench": plan.VERSION, "plan": plan.protocol(self.cases, self.quick), "split": self.split,
            "tracks": list(dict.fromkeys(case.track for case in self.cases)), "seeds": list(plan.seeds(self.quick)),
            "quick": self.quick, "photos": plan.PHOTOS, "side": shots.SIDE,
        }  # fmt: skip
        if self.filled:
            protocol |= {"pictures": "made elsewhere"} | self.filled.about
        else:
            protocol |= {
                "steps": self._steps(), "scale": SCALE, "sampler": SAMPLER, "layout": LAYOUT,
                "base": Path(self.task.base).name, "base_hash": self.backbone.hash, "knobs": self.knobs,
            }  # fmt: skip
        costs = {key: {name: sum(one[name] for one in each) / len(each) for name in ("seconds", "bytes")}
                 for key, each in self.costs.items()}  # fmt: skip
        together = sets.pooled(self.cells, self.scoring.eyes)
        more = sets.about(together, self.scoring.eyes)
        says = "ToyBench: photos and perfect pictures are drawn, so what every picture should show is known."
        return results.Result(
            "ToyBench", "toybench", says, protocol, self.scoring.name,
            self.scoring.labels | {name: kind.label for name, kind in more.items()},
            self.scoring.how | {name: told(kind, self.scoring.eyes) for name, kind in more.items()},
            self.scoring.better | {name: kind.better for name, kind in more.items()},
            tuple(self.cells), {method: title(method) for method in self.methods}, plan.TRACKS, costs,
            tuple(self.failed), tuple(notes), against="" if self.filled else BASE,
            aside=(RENDERS, PHOTOS), sets=together,
        )  # fmt: skip


class _Inner:
    """What a tuning or a sampling inside the bench has to say: how far it is, and what it warns of."""

    def __init__(self, bench: _Bench, what: str):
        self.bench, self.what = bench, what

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            note = f"{self.what}, {event.step} of {event.total}"
            self.bench.report(Progress(self.bench.done + self.bench.left, self.bench.total, note))
        elif isinstance(event, Warned):
            self.bench.report(event)

    def stop(self) -> bool:
        return self.bench.report.stop()

    def wait(self) -> None:
        self.bench.report.wait()


def title(method: str) -> str:
    """A method as people call it."""
    known = catalogue.recipes()
    return TITLES.get(method) or (known[method].title if method in known else method)
