"""Everything made from subjects: artefacts, pictures and walls, each with how it was made."""

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Row
from typing import Any

from app import titles
from app.files import Files, size
from app.jobs import ACTIVE, new_id
from app.settings import Settings
from app.store import JSON, TASK, Store, pack, unpack
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.tasks import Adopt, Compare, Fuse, Sample, Task, Tune

ROOM_OF = {"artefact": "artefacts", "picture": "pictures", "wall": "walls"}
ENDING_OF = {"artefact": ".safetensors", "picture": ".png", "wall": ""}
MADE_BY = {Tune: "artefact", Fuse: "artefact", Adopt: "artefact", Sample: "picture", Compare: "wall"}


@dataclass(frozen=True)
class Thing:
    """Something that was made. `what` is artefact, picture or wall (a folder); `task` is how, and can be run again;
    `facts` are its scores, seconds and so on; `subjects` the ids of those in it; `bytes` its size on disk."""

    id: str
    what: str
    path: str
    title: str
    job: str | None
    task: Task
    facts: dict[str, Any]
    subjects: tuple[str, ...]
    bytes: int
    starred: bool
    created: float


class Shelf:
    """Rows and files of things made."""

    def __init__(self, store: Store, settings: Settings):
        self.store, self.settings, self.files = store, settings, Files(settings)

    def new_path(self, what: str) -> str:
        """A fresh name for an artefact, picture or wall to be made; names sort by time."""
        stamp = time.strftime("%Y-%m-%d-%H%M%S")
        return str(self.settings.room(ROOM_OF[what]).resolve() / f"{stamp}-{new_id()}{ENDING_OF[what]}")

    def record(self, job: str | None, task: Task, made: Made) -> dict[str, Any]:
        """Note the main file of a task, the one named by its `out`, and what a run saved of itself on the way; what
        else it writes belongs to its maker.

        Returns the facts to hand on with the event: the row's id. `made.facts["subjects"]` names the subjects (ids) of
        a picture; other tasks name their own.
        """
        what, when = MADE_BY.get(type(task)), ""
        if isinstance(task, Tune) and made.what == "artefact" and "step" in made.facts:
            task, when = replace(task, out=made.path), f", step {made.facts['step']}"
        if what is None or Path(made.path).resolve() != Path(task.out).resolve():
            return {}
        path = self.files.inside(made.path)
        own = isinstance(task, Tune | Compare)
        named = [one.id for one in task.subjects] if own else made.facts.get("subjects", [])
        row = (
            new_id(),
            what,
            self.files.relative(path),
            self._together(named) if isinstance(task, Fuse) else _title(task) + when,
            job,
            pack(TASK, task),
            pack(JSON, made.facts),
            size(path),
            time.time(),
        )
        with self.store.transaction() as db:
            thing = db.execute(
                "INSERT INTO made (id, what, path, title, job, task, facts, bytes, created) VALUES (?,?,?,?,?,?,?,?,?)"
                " ON CONFLICT (path) DO UPDATE SET job = excluded.job, facts = excluded.facts, bytes = excluded.bytes"
                " RETURNING id", row,
            ).fetchone()["id"]  # fmt: skip
            db.executemany("INSERT OR IGNORE INTO made_with VALUES (?, ?)", [(thing, one) for one in named])
            recipes = [(thing, one) for one in self._recipes(task)]
            db.executemany("INSERT OR IGNORE INTO made_by VALUES (?, ?)", recipes)
        return {"id": thing}

    def things(
        self, what: str, subject: str | None = None, limit: int = 200, before: float | None = None
    ) -> list[Thing]:
        """Artefacts, pictures or walls, newest first; of one subject if asked; those made before a time if asked."""
        where, values = ["what = ?", "deleted IS NULL"], [what]
        if subject is not None:
            where, values = [*where, "id IN (SELECT made FROM made_with WHERE subject = ?)"], [*values, subject]
        if before is not None:
            where, values = [*where, "created < ?"], [*values, before]
        sql = f"SELECT * FROM made WHERE {' AND '.join(where)} ORDER BY created DESC LIMIT ?"
        return [self._thing(row) for row in self.store.rows(sql, *values, limit)]

    def made_by(self, job: str) -> list[Thing]:
        """What a job made, newest first, without what was put away."""
        sql = "SELECT * FROM made WHERE job = ? AND deleted IS NULL ORDER BY created DESC"
        return [self._thing(row) for row in self.store.rows(sql, job)]

    def runs(self) -> dict[str, int]:
        """How many tuned files there are of each subject (id); those without any are left out."""
        sql = (
            "SELECT subject, count(*) AS n FROM made_with JOIN made ON made.id = made"
            " WHERE what = 'artefact' AND deleted IS NULL GROUP BY subject"
        )
        return {row["subject"]: row["n"] for row in self.store.rows(sql)}

    def thing(self, thing: str) -> Thing:
        """One thing made; raises BadInput when there is none of that id."""
        row = self.store.row("SELECT * FROM made WHERE id = ?", thing)
        if row is None:
            raise BadInput("This is not in the library.", "It may have been deleted.")
        return self._thing(row)

    def star(self, thing: str, on: bool) -> None:
        """Mark a favourite, or unmark it."""
        self._change(thing, "starred", on)

    def rename(self, thing: str, title: str) -> None:
        """Give a thing another title."""
        self._change(thing, "title", title.strip() or "Untitled")

    def discard(self, things: Iterable[str], back: bool = False) -> None:
        """Put things away, or take them back; they go for good thirty days later."""
        for thing in things:
            self._change(thing, "deleted", None if back else time.time())

    def empty_bin(self, older_than: float) -> int:
        """Remove for good, files and all, what was put away before this time (seconds since the epoch); how many.

        What somebody takes back meanwhile stays, and what a job is making again. A wall's votes go with it, and what a
        run left beside its tuned file.
        """
        marks = ", ".join("?" * len(ACTIVE))
        under_way = self.store.rows(f"SELECT json_extract(task, '$.out') FROM job WHERE state IN ({marks})", *ACTIVE)
        busy, count = {row[0] for row in under_way}, 0
        for row in self.store.rows("SELECT id, path FROM made WHERE deleted < ?", older_than):
            path = self.files.inside(row["path"])
            if str(path) in busy:
                continue
            with self.store.transaction() as db:
                if not db.execute("DELETE FROM made WHERE id = ? AND deleted < ?", (row["id"], older_than)).rowcount:
                    continue
                db.execute("DELETE FROM draft WHERE name = ?", (f"wall/{path.name}",))
                db.execute("DELETE FROM study WHERE wall = ?", (path.name,))
            count += 1
            for one in (path, *_beside(path)):
                _erase(one)
        return count

    def forget_run(self, task: Task) -> None:
        """Remove what a run that is off the list left behind: the checkpoint that nobody can carry on from any more,
        and, where it came to no tuned file, its sample pictures. What another job on the list writes to stays."""
        if not isinstance(task, Tune) or not Path(task.out).resolve().is_relative_to(self.files.root):
            return
        if self.store.row("SELECT 1 FROM job WHERE json_extract(task, '$.out') = ?", task.out):
            return
        unfinished, samples = _beside(Path(task.out))
        _erase(unfinished)
        if not self.store.row("SELECT 1 FROM made WHERE path = ?", self.files.relative(task.out)):
            _erase(samples)

    def _together(self, subjects: Iterable[str]) -> str:
        """What a file of several subjects is called."""
        rows = [self.store.row("SELECT name FROM subject WHERE id = ?", one) for one in subjects]
        return f"{' and '.join(row['name'] for row in rows if row) or 'Several'} in one file"

    def _recipes(self, task: Task) -> set[str]:
        """The recipes a task runs, or whose tuned files it speaks with."""
        if isinstance(task, Tune):
            return {task.recipe}
        if isinstance(task, Compare):
            return {name for name, _ in task.recipes}
        files = [path for path, _ in getattr(task, "artefacts", ())]
        if isinstance(task, Sample):
            files = [path for path, _ in task.scene.artefacts] + [
                one.artefact for one in task.scene.regions if one.artefact
            ]
        sql = "SELECT recipe FROM made_by JOIN made ON made = id WHERE path = ?"
        inside = [path for path in files if Path(path).resolve().is_relative_to(self.files.root)]
        return {row["recipe"] for path in inside for row in self.store.rows(sql, self.files.relative(path))}

    def _change(self, thing: str, column: str, value: Any) -> None:
        with self.store.transaction() as db:
            db.execute(f"UPDATE made SET {column} = ? WHERE id = ?", (value, thing))

    def _thing(self, row: Row) -> Thing:
        named = self.store.rows("SELECT subject FROM made_with WHERE made = ? ORDER BY subject", row["id"])
        return Thing(
            id=row["id"],
            what=row["what"],
            path=str(self.files.inside(row["path"])),
            title=row["title"],
            job=row["job"],
            task=unpack(TASK, row["task"]),
            facts=unpack(JSON, row["facts"]),
            subjects=tuple(one[0] for one in named),
            bytes=row["bytes"],
            starred=bool(row["starred"]),
            created=row["created"],
        )


def _beside(path: Path) -> tuple[Path, Path]:
    """What tuning leaves beside its file: the checkpoint of a run that has not ended, and a folder of pictures, of
    samples and of the photos as the loss weighed them."""
    return path.with_name(f"{path.stem}.unfinished.safetensors"), path.with_name(f"{path.stem}-samples")


def _erase(path: Path) -> None:
    """Remove a file or a folder, if it is there. What the computer does not let go of stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _title(task: Task) -> str:
    """What a thing is called until somebody renames it."""
    if isinstance(task, Tune):
        return titles.run(task)
    if isinstance(task, Adopt):
        return f"{task.name or Path(task.file).stem}, taken over"
    if isinstance(task, Compare):
        return f"{len(task.recipes)} methods on {' and '.join(one.name for one in task.subjects)}"
    return task.scene.title
