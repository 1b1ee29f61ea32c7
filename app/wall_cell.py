"""One picture of a wall taken by itself: what it was made of, handed to other pages, and made again for the library."""

import os
import shutil
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import composing, wall_folder
from app.jobs import Jobs
from app.library import Library
from app.wall_view import Asked, WallView, columns_of, spoken
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
        """The scene of a finished cell, as Compose takes it over.

        Raises:
            BadInput: when the cell is not made, its tuned file is gone, or names are hidden.
        """
        return asdict(self._scene(self._asked(value), key))

    def remake(self, value: dict[str, Any], key: str) -> None:
        """Line up the picture of a finished cell once more; it comes into the library, the wall keeps its own.

        Raises:
            BadInput: as `settings` does.
        """
        asked = self._asked(value)
        scene = self._scene(asked, key)
        task = Sample(scene, self.library.new_path("picture"), asked.wall.task.base)
        self.jobs.submit(task, composing.title(scene))

    def _asked(self, value: dict[str, Any]) -> Asked:
        asked = self.view.asked(value)
        if asked is None:
            raise BadInput("There is no wall.", "Make one first.")
        if asked.blind:
            raise BadInput(
                "Names are hidden.", "This would tell who made the picture: switch the blind vote off first."
            )
        return asked

    def _scene(self, asked: Asked, key: str) -> Scene:
        wall, task = asked.wall, asked.wall.task
        name, _, place = key.rpartition(":")
        line = next((one for one in sweep.lines(task) if one.name == name), None)
        column = next((one for one in columns_of(task.prompts, task.seeds) if one.key == place), None)
        made = wall_folder.cells(wall.path)
        if not line or not column or (asked.subject.id, name, column.prompt, column.seed) not in made:
            raise BadInput("This picture is not made yet.", "Wait for it, or make what is missing.")
        file = None if line.method == sweep.BASE else self._file(wall, asked.subject, line.method)
        return Scene(
            spoken(column.prompt, name, asked.subject), artefacts=((file, line.strength),) if file else (),
            seed=column.seed, steps=task.steps, scale=line.scale,
        )  # fmt: skip

    def _file(self, wall: Wall, subject: Subject, method: str) -> str:
        """The tuned file of a row, as the library keeps it: other pages find it there, and it outlives its wall."""
        cost = wall_folder.rows(wall.path).get((subject.id, method))
        taught = Path(cost.artefact) if cost and cost.artefact else None
        if taught is None or not taught.is_file():
            raise BadInput("The tuned file of this picture is gone.", "Make what is missing: it is taught once more.")
        out = self.library.settings.room("artefacts").resolve() / f"{wall.key}-{taught.name}"
        if not out.is_file():
            _lay_beside(taught, out)
        knobs = dict(wall.task.recipes)[method]
        task = Tune((subject,), method, str(out), knobs, wall.task.base, samples_every=0, stop="fixed")
        facts = {"seconds": cost.seconds, "memory": cost.memory}
        kept = self.library.record(None, task, Made("artefact", str(out), facts))["id"]
        self.library.discard([kept], back=True)
        return str(out)


def _lay_beside(file: Path, out: Path) -> None:
    """The same file under a second name, without a copy where the disk can do that: nothing writes into tuned files."""
    with suppress(OSError):
        return os.link(file, out)
    beside = out.with_name(f".{out.name}.part")
    shutil.copyfile(file, beside)
    os.replace(beside, out)
