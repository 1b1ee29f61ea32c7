"""Benchmark runs of the studio: what was asked, how far each is, and its table, also while it is still being filled."""

import time
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.comparing import BASE
from app.composing import pace
from app.forecast import Forecaster
from app.jobs import ACTIVE, Job, Jobs, new_id
from app.library import Library
from app.store import TASK
from app.tally import Tally
from app.tuning import TOGETHER
from components.leaderboard import Board, Column, Line, Score
from components.tradeoff_plot import Plot, Point
from pipelines import catalogue
from pipelines.cells import read
from pipelines.errors import BadInput
from pipelines.tasks import ToyBench
from pipelines.toybench import plan

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REFERENCES = {"renders": "Perfect pictures", "photos": "A photo given back", BASE: "Untouched base"}
"""Rows that say whether scores can be trusted: the ceiling, what the copy check must catch, and the floor."""
FIRST = ("identity", "prompt_following", "attributes", "likeness", "place_leakage", "copy")
"""Scores that a table begins with, where it has them."""
AXES = {"likeness", "prompt_following"}
STEPS, DOTS = 25, 1000
"""Of sampling; and how many pictures of a track a plot shows at most, every so many-th of more."""
NOTHING: dict[str, Any] = {
    "rows": [], "labels": {}, "how": {}, "better": {}, "judge": "", "titles": {}, "notes": [], "failed": [],
    "compared": {}, "cells": [], "left": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """One run of a benchmark; `key` is the name of its folder, `jobs` made it, oldest first."""

    key: str
    title: str
    task: ToyBench
    jobs: tuple[str, ...]
    created: float


class Evaluations:
    """Starts runs, remembers them among the library's drafts, and tells how they stand."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs
        self._tally = "", Tally(library.store)

    def all(self) -> list[Evaluation]:
        """Every run, newest first."""
        kept = self.library.draft("evaluations", [])
        return [
            Evaluation(one["key"], one["title"], TASK.validate_python(one["task"]), tuple(one["jobs"]), one["created"])
            for one in kept
        ]

    def named(self, key: str) -> Evaluation | None:
        """The run of that key; the newest one where it is not known, None where there is none at all."""
        runs = self.all()
        return next((one for one in runs if one.key == key), next(iter(runs), None))

    def begin(self, tracks: Sequence[str], recipes: Sequence[str], quick: bool, minutes: float, base: str) -> str:
        """Put a run into the queue; returns its key. Cells that any earlier run finished are not made again.

        Raises:
            BadInput: when nothing is ticked.
        """
        if not tracks:
            raise BadInput("No track is ticked.", "Tick what is to be asked.")
        room = self.library.settings.room("evaluations").resolve()
        key = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{new_id()}"
        named = tuple((one, {}) for one in recipes)
        task = ToyBench(
            str(room / key), str(room / "cells"), named, tuple(tracks), base=base, quick=quick, budget=60 * minutes
        )
        number = 1 + len(self.all())
        methods = f"{len(recipes)} method{'s' if len(recipes) != 1 else ''}" if recipes else "the untouched base"
        title = f"ToyBench {number}: {methods}"
        job = self.jobs.submit(task, title)
        facts = {
            "key": key,
            "title": title,
            "task": TASK.dump_python(task, mode="json"),
            "jobs": [job],
            "created": time.time(),
        }
        self.library.keep_draft("evaluations", [facts, *self.library.draft("evaluations", [])])
        return key

    def again(self, key: str) -> None:
        """Make what is missing of a run."""
        kept = self.library.draft("evaluations", [])
        for one in kept:
            if one["key"] == key:
                one["jobs"].append(self.jobs.submit(TASK.validate_python(one["task"]), one["title"]))
        self.library.keep_draft("evaluations", kept)

    def job(self, run: Evaluation) -> Job | None:
        """The job at work on a run, else the last one that was."""
        return self.jobs.foremost(run.jobs)

    def look(self, value: dict[str, Any]) -> tuple[str, Board | None]:
        """See `components.leaderboard.Look`."""
        run = self.named(value["run"])
        if run is None:
            return "none", None
        job = self.job(run)
        last = self.library.store.row("SELECT max(seq) AS n FROM event WHERE job = ?", job.id)["n"] if job else 0
        state = (run.key, value["track"], job and (job.id, job.state, job.runs), last, len(self.all()))
        return f"{zlib.crc32(repr(state).encode()):08x}", self.board(run, value["track"], job)

    def board(self, run: Evaluation, track: str, job: Job | None) -> Board:
        """One track of a run as a table: a line for each method that has a picture in it."""
        tracks = [one for one in plan.TRACKS if one in (run.task.tracks or plan.TRACKS)]
        track = track if track in tracks else tracks[0]
        told = self._told(run, track)
        step, ended = self.jobs.latest(job.id, "progress") if job else None, job is None or job.state not in ACTIVE
        columns = [
            Column(
                name,
                told["labels"].get(name, name.replace("_", " ")),
                told["how"].get(name, ""),
                told["better"].get(name, "more"),
            )
            for name in _ordered([row for row in told["rows"] if row["group"] == track])
        ]
        note = step.note if step and not ended else ""
        return Board(
            run.key, run.title, track, tuple({"key": one, "words": plan.TRACKS[one]} for one in tracks),
            tuple(columns), tuple(self._line(run, row, told) for row in told["rows"] if row["group"] == track),
            tuple({"key": one.key, "title": one.title} for one in self.all()),
            state=job.state if job else "finished",
            done=step.step if step else 0, total=step.total if step else 0, note=note,
            message=job.message if job else "", advice=job.advice if job else "", judge=told["judge"],
            notes=tuple(told["notes"]), failed=tuple(told["failed"]), left=told["left"],
        )  # fmt: skip

    def plot(self, value: dict[str, Any]) -> Plot | None:
        """Likeness against prompt-following of a track's methods, beside the table; None before there is any."""
        run = self.named(value["run"])
        if run is None:
            return None
        board, points = self.board(run, value["track"], self.job(run)), []
        for line in board.lines:
            scores = {one.name: one.value for one in line.scores}
            if line.key in ("renders", "photos") or not set(scores) >= AXES:
                continue
            kind = "base" if line.key == BASE else "method"
            points.append(Point(line.key, line.letter, line.name, scores["prompt_following"], scores["likeness"], kind))
        known = {one.key for one in points}
        dots = [
            (one["method"], one["scores"]["prompt_following"], one["scores"]["likeness"])
            for one in self._told(run, board.track)["cells"]
            if one["group"] == board.track and one["method"] in known and set(one["scores"]) >= AXES
        ]
        few = dots[:: -(-len(dots) // DOTS) or 1]
        return Plot("the subjects", tuple(points), tuple(few), chosen=value["chosen"]) if points else None

    def report(self, key: str) -> Path:
        """The result folder of a run, packed as one file.

        Raises:
            BadInput: when there is none yet.
        """
        run = self.named(key)
        folder = Path(run.task.out) if run else None
        if folder is None or not (folder / "result.json").is_file():
            raise BadInput("There is no report yet.", "It is written when the run ends.")
        pack = folder.with_suffix(".zip")
        with zipfile.ZipFile(pack, "w", zipfile.ZIP_STORED) as out:
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                out.write(path, Path(folder.name) / path.relative_to(folder))
        return pack

    def cost(self, tracks: Sequence[str], recipes: Sequence[str], quick: bool, base: str) -> tuple[int, float | None]:
        """How many pictures a run asks for, and about how many seconds it takes here; None before anything was
        measured, or where it is only a quick look, which teaches shorter than any run before."""
        asked, teachings = _asked(tuple(sorted(tracks)), quick)
        alone = [name for name in recipes if TOGETHER not in catalogue.recipe(name).needs]
        count = asked * (len(recipes) + 1)
        each, forecaster = pace(self.library, base), Forecaster(self.library)
        learning = [forecaster.tune(name, {}, base).seconds for name in alone]
        if quick or each is None or not all(learning):
            return count, None
        return count, each * STEPS * count + sum(learning) * teachings

    def _told(self, run: Evaluation, track: str) -> dict[str, Any]:
        """What a run found: its result once it is written, until then what its jobs said of a track's cells."""
        path = Path(run.task.out) / "result.json"
        job = self.job(run)
        if path.is_file() and (job is None or job.state not in ACTIVE):
            told = _result(str(path), path.stat().st_mtime_ns)
            return {**told, "left": int(_figure((job.result if job else {}).get("left")) or 0)}
        if self._tally[0] != run.key:
            self._tally = run.key, Tally(self.library.store)
        rows, cells = self._tally[1].told(run.jobs, track)
        return {**NOTHING, **(read(Path(run.task.out) / "about.json") or {}), "rows": rows, "cells": cells}

    def _line(self, run: Evaluation, row: dict[str, Any], told: dict[str, Any]) -> Line:
        name, methods = row["method"], [*REFERENCES, *(one for one, _ in run.task.recipes)]
        title = REFERENCES.get(name) or told["titles"].get(name) or _title(name)
        tested = told.get("compared", {}).get(row["group"], {}).get("against", {}).get(name, {})
        scores = tuple(
            Score(k, one["value"], one["low"], one["high"], _figure(tested.get(k, {}).get("p"), None))
            for k, one in row["scores"].items()
        )
        scores += tuple(Score(k, value, value, value) for k, value in row.get("sets", {}).items())
        letter = LETTERS[methods.index(name)] if name in methods else "?"
        return Line(name, letter, title, row["cases"], row["cells"], scores, name in REFERENCES,
                    row.get("seconds"), row.get("bytes"))  # fmt: skip


def _ordered(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The scores of some rows: the first ones first, those of all pictures together last."""
    names, together = ({name for row in rows for name in row.get(part, {})} for part in ("scores", "sets"))
    return [name for name in FIRST if name in names] + sorted(names - set(FIRST)) + sorted(together)


def _title(name: str) -> str:
    return catalogue.recipe(name).title if name in catalogue.names("recipes") else name


def _figure(value: Any, default: float | None = 0.0) -> float | None:
    return float(value) if isinstance(value, int | float) else default


@lru_cache(maxsize=2)
def _result(path: str, changed: int) -> dict[str, Any]:
    """A result file as it was when it last changed."""
    return {**NOTHING, **(read(Path(path)) or {"notes": ["The result file is damaged: run it again."]})}


@lru_cache(maxsize=64)
def _asked(tracks: tuple[str, ...], quick: bool) -> tuple[int, int]:
    """Pictures of a method in some tracks, and how many subjects it learns for them."""
    cases = plan.cases(tracks, "test", quick)
    pictures = sum(len(case.asks) for case in cases) * len(plan.seeds(quick))
    return pictures, len({toy.id for case in cases for toy in case.toys})
