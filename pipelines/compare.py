"""Sets methods side by side: each learns each subject, makes every prompt with every seed, and all of it is scored.

A wall is a folder. What a cell or a row depends on gives it its name, so that what is there is never made again,
whatever happened to the run that made it.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from pipelines import catalogue, examples, keepsake, panel, sample, sweep, voices, wall_cells, wall_report
from pipelines.album import pixels
from pipelines.backbone import Backbone
from pipelines.cells import grounds, mark, read, taught, write
from pipelines.denoise import SAMPLER
from pipelines.device import enough_memory, machine
from pipelines.errors import BadInput, Diverged, MissingWeights, Stopped, UnknownTechnique
from pipelines.events import Made, Preview, Progress, Report, Started, Warned
from pipelines.eyes import Eyes
from pipelines.inside import Inside
from pipelines.judging import Case, Judges, kinds, told, whose
from pipelines.owed import Owed
from pipelines.preview import preview
from pipelines.sample import Cast
from pipelines.spec import Scene, Subject, check_numbers
from pipelines.standards import Standards
from pipelines.tasks import Compare, Tune
from pipelines.traits import built
from pipelines.tune import tune
from pipelines.waiting import Waiting
from pipelines.wall_cells import Row, said

BASE = sweep.BASE
TURNS = "turns.json"
"""By subject and line, what its cells were last asked for with: of two at one place the newer counts."""
OFTEN = 0.5
"""Seconds between two words on cells that were there."""
OWN = ("seconds", "subject", "recipe", "prompt", "prompt_index", "seed", "said", "picture")
"""What a cell says beside its scores."""


def run(task: Compare, report: Report) -> dict[str, Any]:
    """Fill the wall.

    Returns:
        `wall` (its folder), `cells` (finished), `made` (in this run), `failed` (rows, each with why), `judge`, `rows`
        (each with `recipe`, `subject`, `cells` and the mean of every score), `seconds`.

    Raises:
        BadInput: when there is nothing to compare. A method that cannot learn a subject is told of and left out.
        BadInput, MissingWeights: when scores alone are asked for and nobody can tell them.
        Stopped: when the report asked to stop; what is finished stays.
    """
    began = time.perf_counter()
    for what, given in (("subject", task.subjects), ("method", task.recipes), ("prompt", task.prompts)):
        if not given:
            raise BadInput(f"There is no {what} to compare.", "Choose at least one.")
    for seed in task.seeds:
        check_numbers(Scene("", seed=seed, steps=task.steps, scale=task.scale))
    title = f"{len(task.recipes)} methods on {' and '.join(one.name for one in task.subjects)}"
    title += ", their scores" if task.scores_only else ""
    report(Started(title, machine().label))
    with enough_memory("Close other programs; what is made stays."):
        backbone = None if task.scores_only else Backbone.at_hand(task.base)  # scores alone need no base
        return _Wall(task, backbone, report).whole(began)


class _Wall:
    """One task and its folder; without a base, only scores are asked for."""

    def __init__(self, task: Compare, backbone: Backbone | None, report: Report):
        self.task, self.backbone, self.report = task, backbone, report
        self.folder, self.eyes = Path(task.out), None
        self.how: dict[str, str] = {}
        self.done, self.fresh, self.failed, self.spoken = 0, 0, [], 0.0
        self.owed = Owed({})
        self.turns = read(self.folder / TURNS) or {}
        self.lines = sweep.lines(task)
        self.total = len(task.subjects) * len(self.lines) * len(task.prompts) * len(task.seeds)
        for room in ("cells", "rows", "pictures", "artefacts"):
            (self.folder / room).mkdir(parents=True, exist_ok=True)

    def whole(self, began: float) -> dict[str, Any]:
        """Row after row, then the report."""
        try:
            self.eyes = Eyes.load() if self.task.judges == "starter" else Standards(self.task.judges)
        except (MissingWeights, BadInput) as error:
            if self.task.scores_only:
                raise
            self.report(Warned(f"The pictures are made, but nobody can score them. {error.message}", error.advice))
        write(self.folder / "wall.json", self._about())
        if not self.task.scores_only:
            self.owed = Owed(self._lacking())
        for subject in self.task.subjects:
            judges = self._judges(subject)
            if self.task.scores_only:
                self._anew(subject, judges)
                continue
            for number, (recipe, knobs) in enumerate(self.task.recipes):
                try:
                    row = self._learnt(self._row(subject, recipe, knobs, taught(subject)))
                except (BadInput, Diverged, UnknownTechnique) as error:
                    self.failed.append({"subject": subject.id, "recipe": recipe, "why": str(error)})
                    self.owed.give_up((subject.id, number))
                    self.report(
                        Warned(
                            f"{wall_report.title(recipe)} could not learn {subject.name}. {error.message}", error.advice
                        )
                    )
                    continue
                self._cells(row, judges)
        if self.task.scores_only:
            self.failed = (read(self.folder / "report.json") or {}).get("failed", [])
        judge = self.eyes.name if self.eyes else ""
        rows = wall_report.write(self.folder, self.task, judge, self.how, self.failed)
        seconds = round(time.perf_counter() - began, 3)
        self.report(Made("report", str(self.folder / "index.html")))
        self.report(Made("wall", str(self.folder), {"cells": self.done, "seconds": seconds, "judge": judge}))
        return {
            "wall": str(self.folder), "cells": self.done, "made": self.fresh, "failed": self.failed, "judge": judge,
            "rows": rows, "seconds": seconds,
        }  # fmt: skip

    def _about(self) -> dict[str, Any]:
        task, kept = self.task, ("id", "name", "noun", "trigger")
        before = read(self.folder / "wall.json") or {}
        base_hash = self.backbone.hash if self.backbone else before.get("base_hash", "")
        return {
            "subjects": [{name: getattr(one, name) for name in kept} for one in task.subjects],
            "recipes": [{"name": name, "knobs": self._told(name, knobs)} for name, knobs in task.recipes],
            "prompts": task.prompts, "seeds": task.seeds, "base": task.base, "base_hash": base_hash,
            "steps": task.steps, "scale": task.scale, "sampler": SAMPLER, "scales": task.scales,
            "strengths": task.strengths, "judge": self.eyes.name if self.eyes else "", "metrics": self._metrics(),
            "judges_mark": panel.mark(task.judges),
        }  # fmt: skip

    def _metrics(self) -> dict[str, dict[str, str]]:
        """What those who look at the wall have to know of each score."""
        there = kinds("metrics", self.eyes) if self.eyes else {}
        return {
            name: {"label": kind.label, "how": told(kind, self.eyes), "better": kind.better,
                   "judge": whose(kind, self.eyes)}
            for name, kind in there.items()
        }  # fmt: skip

    def _told(self, recipe: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
        """The knobs a method is used with; as they were given where it refuses them, of which its row tells."""
        try:
            return {} if recipe == BASE else self._settled(recipe, knobs)
        except (BadInput, UnknownTechnique):
            return dict(knobs)

    def _settled(self, recipe: str, knobs: Mapping[str, Any]) -> dict[str, Any]:
        traits = self.backbone.traits if self.backbone else built(self.task.base)
        return catalogue.recipe(recipe).on(traits.large).settled(knobs)

    def _judges(self, subject: Subject) -> Judges | None:
        """Ready for a subject; None where nobody is there, or its photos cannot be read: others are scored all the
        same."""
        side = self.backbone.size if self.backbone else wall_report.side(self.folder, self.task)
        if self.eyes is None or not side:
            return None
        try:
            seen = examples.gather([subject], side)
        except BadInput as error:
            self.report(Warned(f"Pictures of {subject.name} cannot be scored. {error.message}", error.advice))
            return None
        marked = all(subject.trigger in one.masks for one in seen)
        masks = torch.stack([one.masks[subject.trigger] for one in seen]) if marked else None
        judges = Judges(Case(subject, torch.stack([one.pixels for one in seen]), self.eyes, masks))
        self.how |= judges.how
        return judges

    def _lacking(self) -> dict[tuple[str, int], set[Path]]:
        """What is to be made, by subject and the place of the method. One whose knobs are refused makes nothing."""
        found = {}
        for subject in self.task.subjects:
            photos = taught(subject)
            for number, (recipe, knobs) in enumerate(self.task.recipes):
                with suppress(BadInput, UnknownTechnique):
                    row = self._row(subject, recipe, knobs, photos)
                    found[subject.id, number] = wall_cells.lacking(self.task, row)
        return found

    def _row(self, subject: Subject, recipe: str, knobs: Mapping[str, Any], photos: list[Any]) -> Row:
        """What a recipe and a subject make a row of, learnt or not; `photos` as `cells.taught` tells them."""
        mine = tuple(line for line in self.lines if line.method == recipe)
        if recipe == BASE:
            return Row(subject, BASE, "", mark(subject.id, self.backbone.hash), mine, {})
        settled = self._settled(recipe, knobs)
        own = mark(recipe, settled, photos, self.backbone.hash)
        return Row(subject, recipe, str(self.folder / "artefacts" / f"{own}.safetensors"), own, mine, settled)

    def _learnt(self, row: Row) -> Row:
        """Have its recipe learn its subject, unless it has."""
        facts = {"subject": row.subject.id, "recipe": row.recipe, "knobs": row.knobs, "artefact": row.artefact}
        if row.recipe == BASE:
            place = self.folder / "rows" / f"{mark(row.subject.id, BASE)}.json"
            write(place, facts | {"bytes": 0, "seconds": 0.0})
            return row
        place = self.folder / "rows" / f"{row.mark}.json"
        if read(place) and Path(row.artefact).is_file():
            os.utime(place)
            return row
        cache = str(self.folder / "cache")
        task = Tune((row.subject,), row.recipe, row.artefact, row.knobs, self.task.base, samples_every=0, stop="fixed",
                    cache=cache)  # fmt: skip
        what = f"{wall_report.title(row.recipe)} learns {row.subject.name}"
        learnt = tune(task, self.backbone, Inside(self.report, what, self._far))
        write(place, facts | {name: learnt[name] for name in ("seconds", "bytes", "steps")}
               | {"peak_memory": learnt["memory"]})  # fmt: skip
        return row

    def _cells(self, row: Row, judges: Judges | None) -> None:
        """Make what is missing of a row; have scored what these judges have not seen. A cell that is as it should be is
        left alone, unless cells made otherwise were the last ones asked for: then it counts again, as the newer one."""
        cast, unscored = None, _Unscored(row.subject, judges)
        for line in row.lines:
            who, turn = f"{row.subject.id} {line.name}", wall_cells.turn(self.task, row, line)
            again = self.turns.get(who) != turn
            if again:
                self._turn(who, "")
            for cell in wall_cells.cells(self.task, row, line):
                kept = read(cell.place) if cell.picture.is_file() else None
                if kept is None:
                    cast = cast or self._cast(row)
                    facts = {"seconds": self._picture(cell.scene, cast, cell.picture, unscored)} | cell.about
                    self.fresh += 1
                else:
                    facts = kept | cell.about
                if facts != kept or again:
                    self._keep(cell.place, facts)
                self.done += 1
                self.owed.done(cell.place)
                unscored.see(cell.place, cell.picture, facts)
                if unscored.due:
                    self._score(unscored)
                self._pass(f"{wall_report.title(line.name)}, {row.subject.name}", kept is None, unscored)
            self._score(unscored)
            if again:
                self._turn(who, turn)

    def _anew(self, subject: Subject, judges: Judges | None) -> None:
        """Have scored what is there of a subject, whatever it was made with; nothing else is made or changed."""
        unscored = _Unscored(subject, judges)
        for place, facts in wall_report.finished(self.folder, replace(self.task, subjects=(subject,))).values():
            picture = self.folder / facts["picture"]
            self.done += 1
            if picture.is_file():
                unscored.see(place, picture, facts)
            if unscored.due:
                self._score(unscored)
            self._pass(f"{wall_report.title(facts['recipe'])}, {subject.name}", False, unscored)
        self._score(unscored)

    def _turn(self, who: str, turn: str) -> None:
        self.turns[who] = turn
        write(self.folder / TURNS, self.turns)

    def _keep(self, place: Path, facts: Mapping[str, Any]) -> None:
        write(place, facts)
        self.report(Made("cell", str(place), facts))

    def _score(self, unscored: "_Unscored") -> None:
        for place, facts in unscored.scored():
            self._keep(place, facts)

    def _pass(self, note: str, fresh: bool, unscored: "_Unscored") -> None:
        """Say how far it is; of cells that were there, which go by in no time, only now and then."""
        now = time.monotonic()
        if fresh or now - self.spoken >= OFTEN or self.done == self.total:
            self.spoken = now
            self.report(self._far(note))
            self._heed(unscored)

    def _far(self, note: str = "") -> Progress:
        """How far the wall is; where pictures are made, these take the time."""
        return Progress(self.done, self.total, note, None if self.task.scores_only else self.owed.own)

    def _cast(self, row: Row) -> Cast:
        if not row.artefact:
            return Cast()
        header, voice = voices.load(row.artefact, self.backbone)
        return Cast({row.artefact: header}, {row.artefact: voice})

    def _picture(self, scene: Scene, cast: Cast, out: Path, unscored: "_Unscored") -> float:
        began = time.perf_counter()

        def watch(done: int, clean: torch.Tensor) -> None:
            self.report(Preview(done, scene.steps, preview(clean, self.backbone)))
            if done < scene.steps:
                self._heed(unscored)

        made = self.backbone.to_pixels(sample.make(scene, self.backbone, cast, watch))[0]
        keepsake.save(out, made, scene, self.task.base, self.backbone.hash, SAMPLER)
        return round(time.perf_counter() - began, 3)

    def _heed(self, unscored: "_Unscored") -> None:
        if unscored.due:
            self._score(unscored)
        self.report.wait()
        if self.report.stop():
            self._score(unscored)
            raise Stopped(f"{self.done} of {self.total} pictures are finished.")


class _Unscored(Waiting[tuple[Path, Path, dict[str, Any]]]):
    """Cells of a subject that its judges have not seen. Beside pictures and judges, scores follow from what these are
    `held` against: the subject's photos and how they score."""

    def __init__(self, subject: Subject, judges: Judges | None):
        super().__init__()
        self.subject, self.judges, self.held = subject, judges, grounds(subject)

    def see(self, place: Path, picture: Path, facts: dict[str, Any]) -> None:
        """Remember a cell if it is to be scored."""
        if self.judges is None or (facts.get("judge"), facts.get("held")) == (self.judges.name, self.held):
            return
        self.add((place, picture, facts), time.monotonic())

    def scored(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Each of them with its scores, and no others' ones; nobody waits any more."""
        waiting = self.take()
        if not waiting:
            return
        prompts = [said(facts["prompt"], BASE, self.subject) for *_, facts in waiting]
        scores = self.judges(pixels([picture for _, picture, _ in waiting]), prompts)
        for (place, _, facts), found in zip(waiting, scores, strict=True):
            own = {name: facts[name] for name in OWN}
            yield place, own | {"judge": self.judges.name, "held": self.held} | found
