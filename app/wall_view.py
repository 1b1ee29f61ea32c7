"""A wall as the page shows it: rows, columns and cells with their states, the plot beside them, and who is on trial."""

import hashlib
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from app import wall_folder
from app.comparing import BASE
from app.feed import data_url
from app.jobs import ACTIVE, Job, Jobs
from app.library import Library
from app.search import PLAIN_SIZE
from app.wall_folder import CellKey
from app.walls import Wall, Walls
from components.contact_sheet import Cell, Column, Row, Sheet
from components.tradeoff_plot import FALL, Plot, Point, copying, front
from pipelines import catalogue, sweep
from pipelines.errors import StudioError
from pipelines.spec import Subject

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATES = {"finished": "", "cancelled": "stopped", "lost": "stopped"}
SHEETS = 6  # that are kept put together
FACES = 4  # photos of the subject beside the wall's name


@dataclass(frozen=True)
class Asked:
    """Which wall, which of its subjects, and whether names are hidden, as the page's value says it."""

    wall: Wall
    subject: Subject
    blind: bool


class WallView:
    """Puts walls together from their task, their folder and the job at work on them."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs, self.walls = library, jobs, Walls(library)
        self._last: dict[tuple[str, str, bool], tuple[str, Sheet]] = {}
        self._addresses: dict[Path, tuple[str, str]] = {}

    def asked(self, value: dict[str, Any]) -> Asked | None:
        """What the page looks at; the newest wall where it names none, None where there is none at all."""
        walls = self.walls.all()
        wall = next((one for one in walls if one.key == value["wall"]), next(iter(walls), None))
        if wall is None:
            return None
        subjects = wall.task.subjects
        subject = next((one for one in subjects if one.id == value["subject"]), subjects[0])
        return Asked(wall, subject, value["blind"])

    def look(self, value: dict[str, Any]) -> tuple[str, Sheet | None]:
        """See `components.contact_sheet.Look`. Pages ask ten times a second: nothing is put together twice, also where
        each of several browsers looks at another wall."""
        asked = self.asked(value)
        if asked is None:
            return "none", None
        job, wall = self.job(asked.wall), asked.wall
        last = self.library.store.row("SELECT max(seq) AS n FROM event WHERE job = ?", job.id)["n"] if job else 0
        at_work = job and (job.id, job.state, job.runs)
        written = [_changed(one) for one in (wall.path, wall.path / "cells", wall.path / "rows")]
        state = (wall, asked.subject.id, asked.blind, at_work, last, written, len(self.walls.all()))
        rev = f"{zlib.crc32(repr(state).encode()):08x}"
        place = wall.key, asked.subject.id, asked.blind
        known = self._last.get(place)
        if known is None or known[0] != rev:
            known = rev, self.sheet(asked, job)
            self._last = dict([*((at, one) for at, one in self._last.items() if at != place), (place, known)][-SHEETS:])
        return known

    def job(self, wall: Wall) -> Job | None:
        """The job at work on a wall, else the last one that was."""
        return self.jobs.foremost(wall.jobs)

    def sheet(self, asked: Asked, job: Job | None) -> Sheet:
        """The whole wall of one subject."""
        wall, task = asked.wall, asked.wall.task
        made, columns = wall_folder.cells(wall.path), columns_of(task.prompts, task.seeds)
        done = sum(key in made for one in task.subjects for key in keys_of(wall, one))
        total = len(task.subjects) * len(sweep.lines(task)) * len(columns)
        state = STATES.get(job.state, job.state) if job else ""
        running = next((key for one in task.subjects for key in keys_of(wall, one) if key not in made), None)
        progress = self.jobs.latest(job.id, "progress") if job and job.state in ("running", "paused") else None
        cells = self._cells(asked, made, columns, running if state in ("running", "paused") else None, job)
        rows = self._rows(asked, made)
        walls = tuple({"key": one.key, "title": f"{one.title} · {names_of(one)}"} for one in self.walls.all())
        if asked.blind:
            rows = _shuffled(rows, f"{wall.key}{len(wall.votes)}")
        fault = ("", "")
        if job is not None and job.state in ("failed", "lost"):
            fault = job.message, job.advice
        return Sheet(
            wall.key, wall.title, asked.subject.name,
            tuple({"key": one.id, "name": one.name} for one in task.subjects), self._faces(asked.subject),
            tuple(rows), columns, cells, done, total, state, *fault, asked.blind, walls,
            progress.note if progress else "", task.steps, task.scale,
        )  # fmt: skip

    def plot(self, value: dict[str, Any]) -> Plot | None:
        """Likeness against prompt-following of the rows that are shown; None in a blind vote."""
        asked = self.asked(value)
        if asked is None or asked.blind:
            return None
        made = wall_folder.cells(asked.wall.path)
        rows = [row for row in self._rows(asked, made) if not row.hidden]
        on = {row.key for row in rows}
        mine = [(key[1], made[key]) for key in keys_of(asked.wall, asked.subject) if key in made and key[1] in on]
        dots = [(row, one.prompt_following, one.likeness) for row, one in mine if one.scored]
        task, chosen = asked.wall.task, value["chosen"].partition(":")[0]
        swept = "scale" if task.scales else "strength" if task.strengths else ""
        return Plot(asked.subject.name, _points(rows), tuple(dots), chosen=chosen, swept=sweep.SWEEPS.get(swept, ""))

    def _rows(self, asked: Asked, made: dict[CellKey, wall_folder.Made]) -> list[Row]:
        wall, subject = asked.wall, asked.subject
        costs, bare, finished = wall_folder.rows(wall.path), [], {}
        for key in keys_of(wall, subject):
            if key in made:
                finished.setdefault(key[1], []).append(made[key])
        for name in names_in(wall):
            mine = finished.get(name, [])
            means = _mean(one.likeness for one in mine), _mean(one.prompt_following for one in mine)
            cost = costs.get((subject.id, sweep.method_of(name)))
            seconds, size = (cost.seconds, cost.bytes) if cost and not _is_base(name) else (None, None)
            bare.append(
                Row(name, letter_of(wall, name), title_of(sweep.method_of(name)), sweep.at(name), *means, seconds, size)
            )
        points = _points(bare)
        copies = copying(points)
        methods = [one for one in points if one.kind == "method"]
        best = {points[i].key for i in front((p.x, p.y) for p in points)} if len(methods) > 2 else set()
        marks = asked.wall.marks
        return [
            Row(
                row.key, *(("?", "", "") if asked.blind else (row.letter, row.name, row.detail)),
                *((None, None, None, None) if asked.blind
                  else (row.likeness, row.prompt_following, row.seconds, row.bytes)),
                "" if asked.blind else _verdict(row.key, copies, best),
                row.key in marks.get("hide", ()), row.key in marks.get("pin", ()),
            )
            for row in bare
        ]  # fmt: skip

    def _cells(
        self, asked: Asked, made: dict[CellKey, wall_folder.Made], columns: Sequence[Column], running: CellKey | None,
        job: Job | None,
    ) -> tuple[Cell, ...]:  # fmt: skip
        found, stars = [], asked.wall.marks.get("star", ())
        failed = wall_folder.failed(asked.wall.path)
        for place, key in enumerate(keys_of(asked.wall, asked.subject)):
            _, recipe, prompt, seed = key
            column = columns[place % len(columns)]
            name, one, words = f"{recipe}:{column.key}", made.get(key), spoken(prompt, recipe, asked.subject)
            if one is not None:
                scores = (None, None) if asked.blind else (one.likeness, one.prompt_following)
                flag = (
                    "" if asked.blind else _flag(one, made.get((asked.subject.id, sweep.untuned(recipe), prompt, seed)))
                )
                image, small = self._images(one)
                found.append(
                    Cell(name, recipe, column.key, "done", image, small, *scores, flag, name in stars, words=words)
                )
            elif key == running and job is not None and (preview := self._frame(job)):
                step = (preview.step, preview.total)
                frame = data_url(preview.image)
                found.append(Cell(name, recipe, column.key, "running", frame, frame, step=step[0], total=step[1]))
            elif (why := failed.get((asked.subject.id, sweep.method_of(recipe)))) and (
                job is None or job.state not in ACTIVE
            ):
                found.append(Cell(name, recipe, column.key, "failed", error=why))
            else:
                state = "running" if key == running and job is not None and job.state == "running" else "waiting"
                found.append(Cell(name, recipe, column.key, state))
        return tuple(found)

    def _frame(self, job: Job) -> Any:
        """The newest frame of the picture in the making; one from before the last finished cell is no longer it."""
        kinds = "('preview', 'made', 'started')"
        sql = f"SELECT kind FROM event WHERE job = ? AND kind IN {kinds} ORDER BY seq DESC LIMIT 1"
        row = self.library.store.row(sql, job.id)
        return self.jobs.latest(job.id, "preview") if row and row["kind"] == "preview" else None

    def _images(self, one: wall_folder.Made) -> tuple[str, str]:
        """Where the browser finds a picture, large and small; a finished one stays where it is."""
        files = self.library.files
        try:
            if one.picture not in self._addresses:
                plain = one.picture.stat().st_size <= PLAIN_SIZE
                image = files.url(one.picture)
                self._addresses[one.picture] = image, image if plain else files.url(files.thumb(one.picture, 320))
            return self._addresses[one.picture]
        except (OSError, StudioError):
            return "", ""

    def _faces(self, subject: Subject) -> tuple[str, ...]:
        seen = (self.library.files.seen(photo.image, 56) for photo in subject.photos[:FACES])
        return tuple(one for one in seen if one)


def keys_of(wall: Wall, subject: Subject) -> list[CellKey]:
    """Every cell of a subject in the order in which they are made."""
    return [(subject.id, *one) for one in itertools.product(names_in(wall), wall.task.prompts, wall.task.seeds)]


def names_in(wall: Wall) -> list[str]:
    """The rows of a wall by name, in their order."""
    return [line.name for line in sweep.lines(wall.task)]


def letter_of(wall: Wall, name: str) -> str:
    """The letter of a row's method; empty for a row that is not on the wall."""
    methods = [method for method, _ in wall.task.recipes]
    return LETTERS[methods.index(sweep.method_of(name)) % 26] if name in names_in(wall) else ""


def spoken(prompt: str, recipe: str, subject: Subject) -> str:
    """A prompt as the model got it: the untuned base knows no trigger word."""
    return prompt.replace("{}", subject.noun if _is_base(recipe) else f"{subject.trigger} {subject.noun}")


def columns_of(prompts: Sequence[str], seeds: Sequence[int]) -> tuple[Column, ...]:
    """Prompts by seeds; the label is what tells a prompt from the others."""
    labels = labels_of(prompts)
    return tuple(
        Column(f"{p}-{seed}", labels[p], prompt, seed, len(seeds)) for p, prompt in enumerate(prompts) for seed in seeds
    )


def labels_of(prompts: Sequence[str]) -> list[str]:
    """Prompts without the words that all begin and end with; a lone one without its words up to the subject."""
    if len(prompts) == 1:
        return [prompts[0].partition("{}")[2].strip() or prompts[0]]
    words = [prompt.split() for prompt in prompts]
    least = min(map(len, words))
    head = next((i for i in range(least) if len({tuple(one[: i + 1]) for one in words}) > 1), least)
    rest = [one[head:] for one in words]
    least = min(map(len, rest))
    tail = next((i for i in range(least) if len({tuple(one[len(one) - i - 1 :]) for one in rest}) > 1), least)
    return [" ".join(one[: len(one) - tail]) or "as it is" for one in rest]


def _changed(folder: Path) -> int:
    """When something came to a folder or went; 0 where it is not there."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def title_of(recipe: str) -> str:
    """A row as people call it: its method, and where it stands in a sweep."""
    known, method = catalogue.recipes(), sweep.method_of(recipe)
    name = known[method].title if method in known else method.replace("_", " ")
    return ", ".join(filter(None, ("Untuned" if method == BASE else name, sweep.at(recipe))))


def names_of(wall: Wall) -> str:
    """Who is on a wall."""
    return " and ".join(one.name for one in wall.task.subjects)


def _points(rows: Sequence[Row]) -> tuple[Point, ...]:
    known = [row for row in rows if row.likeness is not None and row.prompt_following is not None]
    return tuple(
        Point(
            row.key, row.letter, title_of(row.key), row.prompt_following, row.likeness,
            "base" if _is_base(row.key) else "method", sweep.method_of(row.key), sweep.at(row.key).rpartition(" ")[2],
        )
        for row in known
    )  # fmt: skip


def _verdict(key: str, copies: set[str], best: set[str]) -> str:
    if _is_base(key):
        return "base"
    return "copies" if key in copies else "front" if key in best else ""


def _flag(one: wall_folder.Made, base: wall_folder.Made | None) -> str:
    """Why a cell's figures are amber: it looks right because it repeats a photo."""
    if base is None or None in (one.prompt_following, base.prompt_following, one.likeness, base.likeness):
        return ""
    copied = one.likeness > base.likeness and one.prompt_following < FALL * base.prompt_following
    return "Follows its prompt much less than the untuned base does." if copied else ""


def _is_base(name: str) -> bool:
    return sweep.method_of(name) == BASE


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _shuffled(rows: Sequence[Row], salt: str) -> list[Row]:
    return sorted(rows, key=lambda row: hashlib.sha256(f"{salt}{row.key}".encode()).digest())
