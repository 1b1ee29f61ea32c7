"""Benchmark runs of the studio: what was asked, how far each is, and its table, also while it is still being filled."""

import threading
import time
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app import evaluating, titles
from app.comparing import BASE, UNTUNED
from app.evaluating import TITLES, Order
from app.jobs import ACTIVE, Job, Jobs, new_id
from app.library import Library
from app.store import TASK
from app.tally import Tally
from components.leaderboard import Board, Line, Printed
from components.score_table import Column, Score
from components.tradeoff_plot import Plot, Point
from pipelines import suites
from pipelines.artefact import replacing
from pipelines.cells import read
from pipelines.errors import BadInput
from pipelines.published import rows
from pipelines.tasks import Published, ToyBench
from pipelines.toybench import plan

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
REFERENCES = {"renders": "Perfect pictures", "photos": "A photo given back", BASE: UNTUNED}
"""Rows that say whether scores can be trusted: the ceiling, what the copy check must catch, and the floor."""
FIRST = ("identity", "prompt_following", "attributes", "likeness", "place_leakage", "copy")
"""Scores that a table begins with, where it has them."""
AXES = {"likeness", "prompt_following"}
REMEMBERED = 4
"""Runs whose cells are kept in mind while somebody looks at them."""
DOTS = 1000
"""How many pictures of a track a plot shows at most, every so many-th of more."""
NOTHING: dict[str, Any] = {
    "rows": [], "labels": {}, "how": {}, "better": {}, "judge": "", "titles": {}, "notes": [], "failed": [],
    "compared": {}, "cells": [], "left": 0, "groups": {}, "published": [],
}  # fmt: skip


@dataclass(frozen=True)
class Evaluation:
    """One run of a benchmark; `key` is the name of its folder, `jobs` made it, oldest first."""

    key: str
    title: str
    task: ToyBench | Published
    jobs: tuple[str, ...]
    created: float


class Evaluations:
    """Starts runs, remembers them among the library's drafts, and tells how they stand."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs
        self._lock = threading.Lock()
        self._tallies: OrderedDict[str, Tally] = OrderedDict()

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

    def begin(self, order: Order, base: str) -> str:
        """Put a run into the queue; returns its key.

        Raises:
            BadInput: see `evaluating.task`.
        """
        key = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{new_id()}"
        task = evaluating.task(order, self.library.settings, key, base)
        count, number = len(order.recipes), 1 + len(self.all())
        methods = f"{count} method{'s' if count != 1 else ''}" if count else "the untuned base"
        title = f"{TITLES[order.bench]} {number}: {methods}"
        job = self.jobs.submit(task, title)
        facts = {
            "key": key,
            "title": title,
            "task": TASK.dump_python(task, mode="json"),
            "jobs": [job],
            "created": time.time(),
        }
        self.library.change_draft("evaluations", lambda kept: [facts, *kept], [])
        return key

    def again(self, key: str) -> None:
        """Make what is missing of a run."""
        run = next((one for one in self.all() if one.key == key), None)
        if run is None:
            return
        job = self.jobs.submit(run.task, run.title)

        def added(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [{**one, "jobs": [*one["jobs"], job]} if one["key"] == key else one for one in kept]

        self.library.change_draft("evaluations", added, [])

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
        tracks = self._tracks(run)
        track = track if track in tracks else next(iter(tracks))
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
            run.key, run.title, track, tuple({"key": one, "words": words} for one, words in tracks.items()),
            tuple(columns), tuple(self._line(run, row, told) for row in told["rows"] if row["group"] == track),
            tuple({"key": one.key, "title": one.title} for one in self.all()),
            state=job.state if job else "finished",
            done=step.step if step else 0, total=step.total if step else 0, note=note,
            message=job.message if job else "", advice=job.advice if job else "", judge=told["judge"],
            notes=tuple(told["notes"]), failed=tuple(told["failed"]), left=told["left"],
            published=_tables(told),
        )  # fmt: skip

    def plot(self, value: dict[str, Any]) -> Plot | None:
        """Likeness against prompt-following of a track's methods, beside the table; None before there is any."""
        run = self.named(value["run"])
        if run is None:
            return None
        board, points = self.board(run, value["track"], self.job(run)), []
        for line in board.lines:
            scores = {one.name: one.value for one in line.scores}
            if line.reference and line.key != BASE or not set(scores) >= AXES:
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
        with replacing(pack) as whole, zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as out:
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                out.write(path, Path(folder.name) / path.relative_to(folder))
        return pack

    def _tracks(self, run: Evaluation) -> dict[str, str]:
        """The parts of a run's benchmark, each with what it is; at least one."""
        if isinstance(run.task, ToyBench):
            return {one: words for one, words in plan.TRACKS.items() if one in (run.task.tracks or plan.TRACKS)}
        return self._told(run, "")["groups"] or {"test": suites.SUITES[run.task.suite]}

    def _told(self, run: Evaluation, track: str) -> dict[str, Any]:
        """What a run found: its result once it is written, until then what its jobs said of a track's cells."""
        path = Path(run.task.out) / "result.json"
        job = self.job(run)
        if path.is_file() and (job is None or job.state not in ACTIVE):
            told = _result(str(path), path.stat().st_mtime_ns)
            return {**told, "left": int(_figure((job.result if job else {}).get("left")) or 0)}
        rows, cells = self._tally(run.key).told(run.jobs, track)
        return {**NOTHING, **(read(Path(run.task.out) / "about.json") or {}), "rows": rows, "cells": cells}

    def _tally(self, key: str) -> Tally:
        """What was heard of a run so far; each of several browsers may look at another one."""
        with self._lock:
            if key not in self._tallies:
                self._tallies[key] = Tally(self.library.store)
            self._tallies.move_to_end(key)
            while len(self._tallies) > REMEMBERED:
                self._tallies.popitem(last=False)
            return self._tallies[key]

    def _line(self, run: Evaluation, row: dict[str, Any], told: dict[str, Any]) -> Line:
        name, known = row["method"], _references(run)
        methods = [*known, *(one for one, _ in run.task.recipes)]
        title = known.get(name) or told["titles"].get(name) or titles.recipe(name)
        among = told.get("compared", {}).get(row["group"], {})
        tested, ranks = among.get("against", {}).get(name, {}), among.get("ranks", {})
        scores = tuple(
            Score(k, one["value"], one["low"], one["high"], _figure(tested.get(k, {}).get("p"), None),
                  _figure(ranks.get(k, {}).get(name), None))
            for k, one in row["scores"].items()
        )  # fmt: skip
        scores += tuple(Score(k, value, value, value) for k, value in row.get("sets", {}).items())
        letter = LETTERS[methods.index(name)] if name in methods else "?"
        return Line(name, letter, title, row["cases"], row["cells"], scores, name in known,
                    row.get("seconds"), row.get("bytes"))  # fmt: skip


def _references(run: Evaluation) -> dict[str, str]:
    """The rows of a run that only say whether its scores can be trusted."""
    return REFERENCES if isinstance(run.task, ToyBench) else rows.TITLES


def _tables(told: dict[str, Any]) -> tuple[Printed, ...]:
    """What others printed, a table for each of theirs: its scores by the names that people know."""
    found = {}
    for row in told["published"]:
        found.setdefault(row["table"], []).append(row)
    tables = []
    for title, each in found.items():
        names = tuple(dict.fromkeys(name for row in each for name in row["scores"]))
        lines = tuple(
            (row["method"], row.get("base", ""), tuple(row["scores"].get(name) for name in names),
             f"{row['source']}{'' if row['first_hand'] else ' (read in a later paper)'}")
            for row in each
        )  # fmt: skip
        tables.append(Printed(title, tuple(told["labels"].get(name, name) for name in names), lines))
    return tuple(tables)


def _ordered(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The scores of some rows: the first ones first, those of all pictures together last."""
    names, together = ({name for row in rows for name in row.get(part, {})} for part in ("scores", "sets"))
    return [name for name in FIRST if name in names] + sorted(names - set(FIRST)) + sorted(together)


def _figure(value: Any, default: float | None = 0.0) -> float | None:
    return float(value) if isinstance(value, int | float) else default


@lru_cache(maxsize=2)
def _result(path: str, changed: int) -> dict[str, Any]:
    """A result file as it was when it last changed."""
    return {**NOTHING, **(read(Path(path)) or {"notes": ["The result file is damaged: run it again."]})}
