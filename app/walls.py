"""The walls of the studio, also those still being made: what each compares, its jobs, the marks and votes on it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from app.library import Library
from app.store import TASK
from pipelines.errors import BadInput
from pipelines.tasks import Compare

Mark = Literal["star", "hide", "pin"]


@dataclass(frozen=True)
class Vote:
    """Somebody compared two cells without knowing whose they were; `choice` is left, right or same."""

    subject: str
    left: str
    right: str
    choice: str


@dataclass(frozen=True)
class Wall:
    """One comparison. `key` is the name of its folder; `jobs` made it, oldest first; `marks` are keys by kind."""

    key: str
    title: str
    task: Compare
    jobs: tuple[str, ...] = ()
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    created: float = 0.0

    @property
    def path(self) -> Path:
        """The folder that holds its cells."""
        return Path(self.task.out)


class Walls:
    """Keeps walls among the library's drafts, so that one is there from the moment it was asked for."""

    def __init__(self, library: Library):
        self.library = library

    def all(self) -> list[Wall]:
        """Every wall that is neither in the bin nor gone with it, newest first."""
        sql = "SELECT path FROM made WHERE what = 'wall' AND deleted IS NOT NULL"
        gone = {Path(row["path"]).name for row in self.library.store.rows(sql)}
        kept = {row["name"] for row in self.library.store.rows("SELECT name FROM draft WHERE name LIKE 'wall/%'")}
        keys = self.library.draft("walls", [])
        return [self.get(key) for key in keys if key not in gone and f"wall/{key}" in kept]

    def get(self, key: str) -> Wall:
        """One wall; raises BadInput when there is none of that key."""
        return _unpacked(key, self.library.draft(f"wall/{key}"))

    def fresh(self, task: Compare) -> Wall:
        """The next wall, not kept yet."""
        number = 1 + len(self.library.draft("walls", []))
        return Wall(Path(task.out).name, f"Wall {number}", task, created=time.time())

    def add(self, task: Compare, job: str) -> Wall:
        """Remember a new wall, or that an old one was given another task."""
        key = Path(task.out).name
        if key in self.library.draft("walls", []):
            return self._change(key, lambda wall: replace(wall, task=task, jobs=(*wall.jobs, job)))
        wall = replace(self.fresh(task), jobs=(job,))
        self.library.keep_draft(f"wall/{key}", _packed(wall))
        self.library.change_draft("walls", lambda keys: [key, *keys], [])
        return wall

    def mark(self, key: str, what: Mark, thing: str, on: bool) -> None:
        """Put a mark on a cell or a row, or take it away."""

        def marked(wall: Wall) -> Wall:
            others = tuple(one for one in wall.marks.get(what, ()) if one != thing)
            return replace(wall, marks={**wall.marks, what: (*others, thing) if on else others})

        self._change(key, marked)

    def vote(self, key: str, vote: Vote) -> Wall:
        """Count a vote."""
        return self._change(key, lambda wall: replace(wall, votes=(*wall.votes, vote)))

    def named(self, hand: dict[str, Any]) -> Wall | None:
        """The wall another page means: by its key, the id the library gave it, or the job that makes it."""
        wanted = hand.get("wall")
        if not isinstance(wanted, str):
            return None
        walls = self.all()
        row = self.library.store.row("SELECT path FROM made WHERE id = ?", wanted)
        name = Path(row["path"]).name if row else wanted
        return next((one for one in walls if one.key == name or wanted in one.jobs), None)

    def _change(self, key: str, change: Callable[[Wall], Wall]) -> Wall:
        """Keep what `change` makes of a wall; two people may vote on it at once."""
        kept = self.library.change_draft(f"wall/{key}", lambda kept: _packed(change(_unpacked(key, kept))))
        return _unpacked(key, kept)


def _packed(wall: Wall) -> dict[str, Any]:
    votes = [asdict(one) for one in wall.votes]
    marks = {what: list(keys) for what, keys in wall.marks.items()}
    rest = {"title": wall.title, "jobs": list(wall.jobs), "created": wall.created}
    return {**rest, "task": TASK.dump_python(wall.task, mode="json"), "marks": marks, "votes": votes}


def _unpacked(key: str, kept: dict[str, Any] | None) -> Wall:
    if kept is None:
        raise BadInput("This wall is not in the library.", "Choose another one.")
    votes = tuple(Vote(**one) for one in kept["votes"])
    marks = {what: tuple(keys) for what, keys in kept["marks"].items()}
    return Wall(key, kept["title"], TASK.validate_python(kept["task"]), tuple(kept["jobs"]), marks, votes,
                kept["created"])  # fmt: skip
