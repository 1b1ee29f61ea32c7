"""What programs may ask: the main job in nine named endpoints, for `gradio_client` and, with `--mcp`, for assistants.

Long work comes back at once as a job, which `job` follows. Files go up as `gradio_client.handle_file` sends them, or as
data URLs; finished files come down the same way. Everything else the page does stays private.
"""

import asyncio
import base64
import binascii
import functools
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from pydantic import ValidationError

from app import comparing, composing, titles, tuning, wall_folder, wall_index
from app.bases import Bases
from app.files import write
from app.jobs import ENDED, Job, new_id
from app.subjects import Subjects
from app.walls import Walls
from pipelines import catalogue
from pipelines.errors import BadInput, StudioError
from pipelines.spec import check_numbers
from pipelines.tasks import Compare, Sample, Task
from pipelines.traits import built

if TYPE_CHECKING:
    from app.studio import House

OF_REGION = {"box", "prompt", "artefact"}
NAMES = ("subjects", "recipes", "add_subject", "set_mask", "tune", "sample", "compare", "job", "cancel")
MOST_PHOTOS, MOST_BYTES, LONGEST = 60, 40_000_000, 60.0
"""Photos of a call, bytes of one, and seconds that a call waits."""


def build(house: "House") -> None:
    """Place the endpoints."""
    desk = Desk(house)
    for name in NAMES:
        gr.api(_in_words(getattr(desk, name)), api_name=name, queue=False)


class Desk:
    """Turns calls into tasks of the queue, as the pages do."""

    def __init__(self, house: "House"):
        self.house, self.library, self.jobs = house, house.library, house.jobs
        self.desk = Subjects(house.library, house.jobs)

    def subjects(self) -> list[dict]:
        """The subjects of the library, newest first: id, name, noun, trigger word, kind, photos, masks."""
        told = []
        for one in self.library.subjects():
            masks = sum(bool(photo.mask) for photo in one.photos)
            facts = {"id": one.id, "name": one.name, "noun": one.noun, "trigger": one.trigger, "kind": one.kind}
            told.append({**facts, "photos": len(one.photos), "masks": masks})
        return told

    def recipes(self) -> list[dict]:
        """The recipes by name: title, paper, and their knobs with their defaults on the base in use."""
        large = built(self._base()).large
        return [
            {"name": name, "title": one.title, "paper": one.paper, "knobs": one.on(large).settled({})}
            for name, one in catalogue.recipes().items()
        ]

    def add_subject(self, photos: list[Any], noun: str, name: str = "", kind: str = "object") -> dict:
        """Take in photos of one thing; a mask is looked for in each, unless they show a style.

        Args:
            photos: files as gradio_client.handle_file gives them, or data URLs. noun: what it is, such as "dog".
            name: what to call it. kind: "object", "person" or "style".
        """
        if not isinstance(photos, list) or not 0 < len(photos) <= MOST_PHOTOS:
            raise BadInput("There are no photos.", f"Give a list of 1 to {MOST_PHOTOS}.")
        made = self.desk.make(tuple(self._file(one, f"photo {k + 1}") for k, one in enumerate(photos)), kind)
        wanted = {"noun": noun, "name": name}
        subject = self.library.change_subject(made["subject"], **{k: v for k, v in wanted.items() if v.strip()})
        refused = [f"{one['error']} {one['advice']}" for one in made["refused"]]
        shots = [shot.id for shot in self.library.shots(subject.id)]
        return {"subject": subject.id, "trigger": subject.trigger, "photos": shots, "refused": refused}

    def set_mask(self, photo: str, points: list[list[float]] = [], box: list[float] = []) -> dict:  # noqa: B006
        """Find the thing in a photo of a subject and keep it as the photo's mask; returns the share it covers.

        Args:
            photo: its id. points: [x, y, 1 to add or 0 to remove] each, in pixels. box: [x0, y0, x1, y1] in pixels;
                with neither, the main thing is found.
        """
        shot = self.library.shot(photo)
        if any(len(point) != 3 for point in points) or len(box) not in (0, 4):
            raise BadInput("The prompts are not readable.", "A point is [x, y, 1 or 0], a box is [x0, y0, x1, y1].")
        clicks = tuple((float(x), float(y), int(add)) for x, y, add in points)
        task = self.desk.intake.task(shot, points=clicks, box=tuple(map(float, box)) or None)
        best = self.jobs.answer(task, timeout=LONGEST)["readings"][0]
        self.desk.keep(photo, (best["w"], best["h"], best["runs"]), 0, accepted=True, untouched=False)
        return {"photo": photo, "covers": round(sum(best["runs"][1::2]) / (best["w"] * best["h"]), 4)}

    def tune(self, subjects: list[str], recipe: str, knobs: dict = {}, seed: int = 0) -> dict:  # noqa: B006
        """Teach the base a subject, or several to a recipe that takes them together; returns the job."""
        who = [self.library.subject(one) for one in subjects]
        catalogue.recipe(recipe).with_knobs(knobs)
        form = {"recipe": recipe, "knobs": knobs, "kept": {}}
        tasks = tuning.plan(self.library, who, [recipe], form, self._base(), seed, (), 0)
        if len(tasks) > 1:
            raise BadInput("This recipe teaches one subject at a time.", "Ask once for each.")
        return self._begin(tasks[0], titles.run(tasks[0]))

    def sample(
        self,
        prompt: str,
        artefacts: list[str] = [],  # noqa: B006
        regions: list[dict] = [],  # noqa: B006
        negative: str = "",
        seed: int = 0,
        steps: int = 25,
        scale: float = 5.0,
        how: str = composing.USUAL,
    ) -> dict:
        """Make one picture; returns the job.

        Args:
            prompt: what it shows. artefacts: ids of tuned files that speak in the whole picture. regions: each with box
                [x, y, width, height] as shares of the picture, prompt, and artefact if a tuned file speaks there.
            negative: what it must not show. seed, steps, scale: sampling numbers. how: the way regions are composed.
        """
        catalogue.how(how)
        if not all(isinstance(one, dict) and set(one) <= OF_REGION for one in regions):
            raise BadInput("A region holds more than it may.", f"Give it {', '.join(sorted(OF_REGION))}; nothing else.")
        spoken = [
            {**one, "artefact": self._artefact(one["artefact"])} if one.get("artefact") else one for one in regions
        ]
        asked = {
            "prompt": prompt.strip(), "negative": negative.strip(), "regions": spoken, "seed": seed, "steps": steps,
            "scale": scale, "how": how, "artefacts": [(self._artefact(one), 1.0) for one in artefacts],
        }  # fmt: skip
        try:
            scene = composing.SCENE.validate_python(asked)
        except ValidationError as wrong:
            where = ".".join(map(str, wrong.errors()[0]["loc"]))
            raise BadInput(f"{where} is not readable.", wrong.errors()[0]["msg"]) from wrong
        check_numbers(scene)
        if not scene.prompt and not scene.regions:
            raise BadInput("There is nothing to make.", "Say what the picture shows.")
        return self._begin(Sample(scene, self.library.new_path("picture"), self._base()), titles.picture(scene))

    def compare(
        self,
        subjects: list[str],
        recipes: list[str],
        prompts: list[str],
        seeds: int = 1,
        steps: int = 25,
        knobs: dict = {},  # noqa: B006
    ) -> dict:
        """Put recipes side by side on one wall, "base" standing for the untuned base; returns the job.

        Args:
            subjects: ids. recipes: names. prompts: with {} for the subject. seeds: how many for each prompt.
            steps: of sampling. knobs: recipe → values that differ from its own.
        """
        named = tuple(one for one in recipes if one != comparing.BASE)
        draft = comparing.Draft(
            tuple(subjects), named, comparing.BASE in recipes, "\n".join(prompts), seeds, 0, steps, knobs=knobs
        )
        walls = Walls(self.library)
        task = comparing.plan(draft, self.library, self._base())
        begun = self._begin(task, comparing.title(walls.fresh(task)))
        walls.add(task, begun["job"])
        return begun

    async def job(self, job: str, wait: float = 0.0) -> dict:
        """How a job stands: state, progress from 0 to 1, what it made (with its file), and what went wrong if it did.

        A wall comes with its cells once the job has ended: each with subject, recipe, prompt, seed, the picture's
        file, seconds, and scores.

        Args:
            job: its id. wait: seconds to wait for its end, up to 60.
        """
        give_up = time.monotonic() + min(max(wait, 0.0), LONGEST)
        while (found := self.jobs.get(job)).state not in ENDED and time.monotonic() < give_up:
            await asyncio.sleep(0.1)  # holds no thread: many may wait, and the pages are answered meanwhile
        step = self.jobs.latest(job, "progress")
        share = 1.0 if found.state == "finished" else step.step / step.total if step and step.total else 0.0
        told = {"job": found.id, "title": found.title, "state": found.state, "progress": round(share, 3)}
        wrong = {"message": found.message, "advice": found.advice} if found.message else {}
        return {**told, "made": await asyncio.to_thread(self._made, found), **wrong}

    def cancel(self, job: str) -> dict:
        """Stop a job; what is finished is kept."""
        self.jobs.cancel(job)
        return {"job": job, "state": self.jobs.get(job).state}

    def _begin(self, task: Task, title: str) -> dict:
        return {"job": self.jobs.submit(task, title), "title": title}

    def _base(self) -> str:
        return Bases(self.library).used().base

    def _artefact(self, thing: str) -> str:
        found = self.library.thing(thing)
        if found.what != "artefact":
            raise BadInput(f"“{found.title}” is no tuned file.", "Name what a tuning job made.")
        return found.path

    def _made(self, job: Job) -> list[dict]:
        whole = isinstance(job.task, Compare) and job.state in ENDED  # thousands of cells are not for every poll
        return [
            {"id": one.id, "what": one.what, "title": one.title, "facts": one.facts, "file": _handed(one.path)}
            | ({"cells": _cells(job.task)} if whole else {})  # a wall that grew was made by other tasks before
            for one in self.library.made_by(job.id)
        ]

    def _file(self, given: Any, name: str) -> tuple[str, str]:
        """Where an uploaded file lies, and what it was called; a data URL becomes such a file."""
        if isinstance(given, dict) and isinstance(given.get("path"), str):
            called = given.get("orig_name")
            return given["path"], called if isinstance(called, str) and called else name
        if not isinstance(given, str) or not given.startswith("data:image/") or ";base64," not in given[:64]:
            raise BadInput(f"{name} is no file.", "Send it with gradio_client.handle_file, or as a data URL.")
        if len(given) > MOST_BYTES:
            raise BadInput(f"{name} is too large.", f"A photo may have {MOST_BYTES // 1_000_000} MB.")
        try:
            data = base64.b64decode(given.partition(",")[2], validate=True)
        except binascii.Error as broken:
            raise BadInput(f"{name} is a broken data URL.", "Encode the file in base64.") from broken
        path = self.library.settings.room("temp").resolve() / f"{new_id()}.upload"
        write(path, data)
        return str(path), name


def _cells(wall: Compare) -> list[dict]:
    """The finished cells of a wall, each with its picture and the scores that the wall's judges gave it."""
    metrics = {one.key for one in wall_folder.told(Path(wall.out)).metrics}
    return [
        {**dict(zip(wall_index.PLACE, key, strict=True)), "file": _handed(str(cell.picture)), "seconds": cell.seconds,
         "scores": {name: value for name, value in cell.scores.items() if name in metrics}}
        for key, cell in wall_index.of(wall).catch_up().finished()
    ]  # fmt: skip


def _handed(path: str) -> dict | None:
    """A file as Gradio's clients fetch it; none for a folder."""
    one = Path(path)
    if not one.is_file():
        return None
    return {"path": path, "orig_name": one.name, "meta": {"_type": "gradio.FileData"}}


def _in_words(act: Callable) -> Callable:
    """The same endpoint, whose refusals reach the caller in words."""

    @contextmanager
    def in_words() -> Iterator[None]:
        try:
            yield
        except StudioError as refused:
            raise gr.Error(f"{refused.message} {refused.advice}", print_exception=False) from refused

    @functools.wraps(act)
    def answer(*values: Any, **named: Any) -> Any:
        with in_words():
            return act(*values, **named)

    @functools.wraps(act)
    async def answer_later(*values: Any, **named: Any) -> Any:
        with in_words():
            return await act(*values, **named)

    return answer_later if inspect.iscoroutinefunction(act) else answer
