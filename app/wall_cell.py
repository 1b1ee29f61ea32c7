"""One picture of a wall taken by itself: what it was made of, handed to other pages, and made again for the library."""

import os
import shutil
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import mishaps, titles, wall_folder, wall_index
from app.jobs import Jobs
from app.library import Library
from app.wall_view import Asked, WallView, place_of, spoken
from app.walls import Wall
from pipelines import sweep
from pipelines.errors import BadInput
from pipelines.events import Made
from pipelines.spec import Scene, Subject
from pipelines.tasks import Sample, Tune


class WallCell:
    """Answers for single cells; a cell is named as on the sheet, by its row and its column."""

    def __init__(self, view: WallView, library: Library, jobs: Jobs):
        self.view, self.library, self.jobs = view, library, jobs

    def settings(self, value: dict[str, Any], key: str) -> dict[str, Any]:
        """The scene of a finished cell and the base it was made on, as Compose takes them over; `back` says whether
        its tuned file had been deleted, and is in the library again.

        Raises:
            BadInput: when the cell is not made, its tuned file is gone, or names are hidden.
            DiskFull, Unavailable: when its tuned file cannot be put into the library.
        """
        asked = self._asked(value)
        scene, back = self._scene(asked, key)
        return {"scene": asdict(scene), "base": asked.wall.task.base, "back": back}

    def remake(self, value: dict[str, Any], key: str) -> bool:
        """Line up the picture of a finished cell once more; it comes into the library, the wall keeps its own. Gives
        `back` as `settings` does.

        Raises:
            BadInput, DiskFull, Unavailable: as `settings` does.
        """
        asked = self._asked(value)
        scene, back = self._scene(asked, key)
        task = Sample(scene, self.library.new_path("picture"), asked.wall.task.base)
        self.jobs.submit(task, titles.picture(scene))
        return back

    def _asked(self, value: dict[str, Any]) -> Asked:
        asked = self.view.asked(value)
        if asked is None:
            raise BadInput("There is no wall.", "Make one first.")
        if asked.blind:
            raise BadInput(
                "Names are hidden.", "This would tell who made the picture: switch the blind vote off first."
            )
        return asked

    def _scene(self, asked: Asked, key: str) -> tuple[Scene, bool]:
        wall, task = asked.wall, asked.wall.task
        name, _, place = key.rpartition(":")
        line = next((one for one in sweep.lines(task) if one.name == name), None)
        column, index = place_of(task, place), wall_index.of(task).catch_up()
        if not line or not column or index.get((asked.subject.id, name, *column)) is None:
            raise BadInput("This picture is not made yet.", "Wait for it, or make what is missing.")
        file, back = (None, False) if line.method == sweep.BASE else self._file(wall, asked.subject, line.method)
        scene = Scene(
            spoken(column[0], name, asked.subject), artefacts=((file, line.strength),) if file else (),
            seed=column[1], steps=task.steps, scale=line.scale,
        )  # fmt: skip
        return scene, back

    def _file(self, wall: Wall, subject: Subject, method: str) -> tuple[str, bool]:
        """The tuned file of a row, as the library keeps it: other pages find it there, and it outlives its wall. And
        whether it had been deleted there."""
        cost = wall_folder.rows(wall.path).get((subject.id, method))
        gone = BadInput("The tuned file of this picture is gone.", "Make what is missing: it is taught once more.")
        if cost is None or not cost.artefact:
            raise gone
        taught = wall.path / "artefacts" / Path(cost.artefact).name  # the data folder may have moved since
        out = self.library.settings.room("artefacts").resolve() / f"{wall.key}-{taught.name}"
        if not out.is_file():
            if not taught.is_file():
                raise gone
            _lay_beside(taught, out)
        knobs = dict(wall.task.recipes)[method]
        task = Tune((subject,), method, str(out), knobs, wall.task.base, samples_every=0, stop="fixed")
        facts = {"seconds": cost.seconds, "memory": cost.memory}
        kept = self.library.record(None, task, Made("artefact", str(out), facts))["id"]
        binned = self.library.store.row("SELECT deleted FROM made WHERE id = ?", kept)["deleted"] is not None
        if binned:
            self.library.discard([kept], back=True)
        return str(out), binned


def _lay_beside(file: Path, out: Path) -> None:
    """The same file under a second name, without a copy where the disk can do that: nothing writes into tuned files.

    Raises:
        DiskFull, Unavailable: when it cannot be copied; nothing of it is left then.
    """
    with suppress(OSError):
        return os.link(file, out)
    beside = out.with_name(f".{out.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        shutil.copyfile(file, beside)
        with open(beside, "rb+") as copy:
            os.fsync(copy.fileno())
        os.replace(beside, out)
    except OSError as error:
        raise mishaps.told(error) from error
    finally:
        beside.unlink(missing_ok=True)
