"""A wall as the page shows it: rows, columns and cells with their states, the plot beside them, and who is on trial."""

import hashlib
import itertools
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app import titles, wall_folder, wall_index, wall_scores
from app.comparing import BASE, UNTUNED
from app.feed import data_url
from app.jobs import ACTIVE, Job, Jobs
from app.library import Library
from app.search import PLAIN_SIZE
from app.wall_folder import CellKey
from app.wall_index import WallIndex
from app.walls import Wall, Walls
from components.score_table import Column, Score
from components.tradeoff_plot import FALL, Plot, Point, copying, front
from components.wall import Cell, Prompt, Row, Sheet, Table, Window
from pipelines import statistics, sweep
from pipelines.errors import StudioError
from pipelines.results import CORNER
from pipelines.spec import Subject
from pipelines.tasks import Compare

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATES = {"finished": "", "cancelled": "stopped", "lost": "stopped"}
SHEETS = 6  # that are kept put together
AXES = ("likeness", "prompt_following")
MOMENT = 0.15  # seconds that a look takes at most to read what a folder holds
DOTS = 1000  # pictures in the plot at most, every so many-th of more
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
        each of several browsers looks at another wall; what a large wall holds is read a moment at a time."""
        asked = self.asked(value)
        if asked is None:
            return "none", None
        job, wall = self.job(asked.wall), asked.wall
        index = self.index(wall)
        last = self.library.store.row("SELECT max(seq) AS n FROM event WHERE job = ?", job.id)["n"] if job else 0
        at_work = job and (job.id, job.state, job.runs)
        written = [_changed(wall.path / one) for one in ("rows", "wall.json", "report.json")]
        read = index.version, index.reading
        state = (wall, asked.subject.id, asked.blind, at_work, last, read, written, len(self.walls.all()))
        rev = f"{zlib.crc32(repr(state).encode()):08x}"
        place = wall.key, asked.subject.id, asked.blind
        known = self._last.get(place)
        if known is None or known[0] != rev:
            known = rev, self.sheet(asked, job)
            self._last = dict([*((at, one) for at, one in self._last.items() if at != place), (place, known)][-SHEETS:])
        return known

    def index(self, wall: Wall) -> WallIndex:
        """What a wall's folder holds, as far as it was read."""
        return wall_index.of(wall.task).catch_up(MOMENT)

    def job(self, wall: Wall) -> Job | None:
        """The job at work on a wall, else the last one that was."""
        return self.jobs.foremost(wall.jobs)

    def sheet(self, asked: Asked, job: Job | None) -> Sheet:
        """The wall of one subject, without its cells."""
        wall, task, index = asked.wall, asked.wall.task, self.index(asked.wall)
        state = STATES.get(job.state, job.state) if job else ""
        progress = self.jobs.latest(job.id, "progress") if job and job.state in ("running", "paused") else None
        rows = self._rows(asked)
        walls = tuple({"key": one.key, "title": f"{one.title} · {names_of(one)}"} for one in self.walls.all())
        if asked.blind:
            rows = _shuffled(rows, f"{wall.key}{len(wall.votes)}")
        fault = ("", "")
        if job is not None and job.state in ("failed", "lost"):
            fault = job.message, job.advice
        prompts = tuple(map(Prompt, labels_of(task.prompts), task.prompts))
        return Sheet(
            wall.key, wall.title, asked.subject.name,
            tuple({"key": one.id, "name": one.name} for one in task.subjects), self._faces(asked.subject),
            tuple(rows), prompts, task.seeds, tuple(Column(*astuple(one)) for one in metrics_of(wall)),
            int(index.made.sum()), index.made.size, state, *fault, asked.blind, walls,
            progress.note if progress else "", task.steps, task.scale, index.reading, self._aged(index, job),
        )  # fmt: skip

    def _aged(self, index: WallIndex, job: Job | None) -> bool:
        idle = job is None or job.state not in ACTIVE
        return idle and not index.reading and bool(index.made.all()) and index.aged() > 0

    def plot(self, value: dict[str, Any]) -> Plot | None:
        """Likeness against prompt-following of the rows that are shown; None in a blind vote."""
        asked = self.asked(value)
        if asked is None or asked.blind:
            return None
        rows = [row for row in self._rows(asked) if not row.hidden]
        task, chosen = asked.wall.task, value["chosen"].partition(":")[0]
        swept = "scale" if task.scales else "strength" if task.strengths else ""
        points = _points(rows)
        covered = statistics.hypervolume([(one.x, one.y) for one in points], CORNER) if points else None
        return Plot(asked.subject.name, points, self._dots(asked, rows), chosen=chosen,
                    swept=sweep.SWEEPS.get(swept, ""), hypervolume=covered)  # fmt: skip

    def _dots(self, asked: Asked, rows: Sequence[Row]) -> tuple[tuple[str, float, float], ...]:
        """Scored pictures of some rows, every so many-th of very many."""
        index = self.index(asked.wall)
        y, x = (index.scores(name)[index.axes[0].index(asked.subject.id)] for name in AXES)
        line = [index.axes[1].index(row.key) for row in rows]
        at = np.argwhere(np.isfinite(x + y)[line])  # (N, 3): which of the rows, prompt, seed
        few = at[:: -(-len(at) // DOTS) or 1].tolist()
        return tuple((rows[r].key, float(x[line[r], p, k]), float(y[line[r], p, k])) for r, p, k in few)

    def _rows(self, asked: Asked) -> list[Row]:
        wall, subject, index = asked.wall, asked.subject, self.index(asked.wall)
        costs, bare, who = wall_folder.rows(wall.path), [], index.axes[0].index(subject.id)
        means = {one.key: wall_scores.mean(index.scores(one.key)[who], (1, 2)) for one in metrics_of(wall)}
        letters = {method: LETTERS[k % 26] for k, (method, _) in enumerate(wall.task.recipes)}
        for k, name in enumerate(index.axes[1]):
            cost = costs.get((subject.id, sweep.method_of(name)))
            seconds, size = (cost.seconds, cost.bytes) if cost and not _is_base(name) else (None, None)
            scores = {what: float(each[k]) for what, each in means.items() if np.isfinite(each[k])}
            bare.append(
                Row(name, letters[sweep.method_of(name)], title_of(sweep.method_of(name)), sweep.at(name), scores,
                    seconds, size)
            )  # fmt: skip
        points = _points(bare)
        copies = copying(points)
        methods = [one for one in points if one.kind == "method"]
        best = {points[i].key for i in front((p.x, p.y) for p in points)} if len(methods) > 2 else set()
        marks = asked.wall.marks
        return [
            Row(
                row.key, *(("?", "", "") if asked.blind else (row.letter, row.name, row.detail)),
                *(({}, None, None) if asked.blind else (row.scores, row.seconds, row.bytes)),
                "" if asked.blind else _verdict(row.key, copies, best),
                row.key in marks.get("hide", ()), row.key in marks.get("pin", ()),
            )
            for row in bare
        ]  # fmt: skip

    def cells(self, value: dict[str, Any], window: Window) -> tuple[Cell, ...]:
        """See `components.contact_sheet.Cells`."""
        asked = self.asked(value)
        if asked is None:
            return ()
        job, task, index = self.job(asked.wall), asked.wall.task, self.index(asked.wall)
        missing = index.missing() if job and job.state in ("running", "paused") else None
        failed, names = wall_folder.failed(asked.wall.path), names_in(asked.wall)
        places = list(itertools.product(task.prompts, task.seeds))
        keys = dict.fromkeys(itertools.product((one for one in window.rows if one in names),
                                               range(window.first, min(window.last, len(places)))))  # fmt: skip
        if (column := place_of(task, window.column)) is not None:
            keys |= dict.fromkeys((name, places.index(column)) for name in names)
        return tuple(self._cell(asked, index, name, places[at], missing, failed, job) for name, at in keys)

    def scores(self, value: dict[str, Any], against: str) -> Table | None:
        """See `components.contact_sheet.Scores`."""
        asked = self.asked(value)
        if asked is None or asked.blind:
            return None
        wall, index, names = asked.wall, self.index(asked.wall), names_in(asked.wall)
        metrics = metrics_of(wall)
        against = against if against in names else next(filter(_is_base, names), names[0])
        told = wall_scores.scores(index, metrics, against)
        lines = {name: tuple(Score(key, *astuple(one)) for key, one in found.items())
                 for name, found in told.rows.items()}  # fmt: skip
        judge = ", ".join(dict.fromkeys(one.judge for one in metrics if one.judge))
        return Table(against, told.unit, told.units, lines, judge)

    def _cell(
        self, asked: Asked, index: WallIndex, row: str, place: tuple[str, int], missing: CellKey | None,
        failed: Mapping, job: Job | None,
    ) -> Cell:  # fmt: skip
        wall, subject, (prompt, seed) = asked.wall, asked.subject, place
        key = (subject.id, row, prompt, seed)
        column = f"{wall.task.prompts.index(prompt)}-{seed}"
        name, one = f"{row}:{column}", index.get(key)
        if one is not None:
            base = index.get((subject.id, sweep.untuned(row), prompt, seed))
            scores, flag = ({}, "") if asked.blind else (one.scores, _flag(one, base))
            starred = name in wall.marks.get("star", ())
            words = spoken(prompt, row, subject)
            return Cell(name, row, column, "done", *self._images(one), scores, flag, starred, words=words)
        if key == missing and job is not None and (preview := self._frame(job)):
            frame = data_url(preview.image)
            return Cell(name, row, column, "running", frame, frame, step=preview.step, total=preview.total)
        why = failed.get((subject.id, sweep.method_of(row)))
        if why and (job is None or job.state not in ACTIVE):
            return Cell(name, row, column, "failed", error=why)
        return Cell(name, row, column, "running" if key == missing and job.state == "running" else "waiting")

    def _frame(self, job: Job) -> Any:
        """The newest frame of the picture in the making; one from before the last finished cell is no longer it."""
        kinds = "('preview', 'made', 'started')"
        sql = f"SELECT kind FROM event WHERE job = ? AND kind IN {kinds} ORDER BY seq DESC LIMIT 1"
        row = self.library.store.row(sql, job.id)
        return self.jobs.latest(job.id, "preview") if row and row["kind"] == "preview" else None

    def _images(self, one: wall_folder.Made) -> tuple[str, str]:
        """Where the browser finds a picture, large and small."""
        files = self.library.files
        try:
            image = files.url(one.picture)
            plain = one.picture.stat().st_size <= PLAIN_SIZE
            return image, image if plain else files.promised(one.picture)
        except (OSError, StudioError):
            return "", ""

    def _faces(self, subject: Subject) -> tuple[str, ...]:
        seen = (self.library.files.seen(photo.image, 56) for photo in subject.photos[:FACES])
        return tuple(one for one in seen if one)


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


def columns_of(task: Compare) -> list[tuple[str, str, int]]:
    """Prompts by seeds, as the sheet names them: (key, prompt, seed)."""
    return [(f"{p}-{seed}", prompt, seed) for p, prompt in enumerate(task.prompts) for seed in task.seeds]


def place_of(task: Compare, column: str) -> tuple[str, int] | None:
    """The prompt and seed of a column by its key; None where there is no such column."""
    number, _, seed = column.partition("-")
    if not (number.isdecimal() and seed.isdecimal()) or int(number) >= len(task.prompts):
        return None
    return (task.prompts[int(number)], int(seed)) if int(seed) in task.seeds else None


def metrics_of(wall: Wall) -> list[wall_folder.Metric]:
    """The scores that some picture of a wall has, likeness and prompt-following in any case."""
    index = wall_index.of(wall.task)
    return [one for one in wall_folder.told(wall.path).metrics
            if one.key in AXES or np.isfinite(index.scores(one.key)).any()]  # fmt: skip


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
    method = sweep.method_of(recipe)
    return ", ".join(filter(None, (UNTUNED if method == BASE else titles.recipe(method), sweep.at(recipe))))


def names_of(wall: Wall) -> str:
    """Who is on a wall."""
    return " and ".join(one.name for one in wall.task.subjects)


def _points(rows: Sequence[Row]) -> tuple[Point, ...]:
    known = [row for row in rows if row.scores.keys() >= set(AXES)]
    return tuple(
        Point(
            row.key, row.letter, title_of(row.key), row.scores["prompt_following"], row.scores["likeness"],
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


def _shuffled(rows: Sequence[Row], salt: str) -> list[Row]:
    return sorted(rows, key=lambda row: hashlib.sha256(f"{salt}{row.key}".encode()).digest())
