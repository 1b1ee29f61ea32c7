"""The first run: from a sample that came with the studio to a picture of it, on the desk that every page uses."""

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import titles
from app.bases import Bases
from app.composing import as_taught
from app.files import address
from app.forecast import Forecast, forecaster
from app.jobs import Jobs
from app.library import NOUNS, Library, Shot
from app.samples import SAMPLES, samples, toy_hint
from app.subjects import Subjects
from components.first_steps import Someone, Somewhere
from components.payload import File
from pipelines import catalogue
from pipelines.errors import BadInput
from pipelines.spec import Scene, Subject
from pipelines.tasks import Sample, Tune
from pipelines.traits import built

FAVOURITES = ("mix_of_show", "dreambooth_lora", "textual_inversion")
SHOWN = 640  # long side in pixels of the photo that is looked at
PLACES = {"beach": "on a beach", "snow": "in the snow", "wooden-floor": "on a wooden floor", "moon": "on the moon"}


class FirstRun:
    """What the four steps do; see `components.first_steps.Path`."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs
        self.subjects, self.bases = Subjects(library, jobs), Bases(library)

    def needed(self) -> bool:
        """Whether there is nothing here yet."""
        return not self.library.subjects() and not self.library.things("picture", limit=1)

    def offer(self) -> tuple[list[Someone], list[Somewhere]]:
        people = [Someone(one.name, one.name, f"a toy {one.noun}", tuple(one.pictures()), 4) for one in samples()]
        shown = [(key, address(SAMPLES / "places" / f"{key}.png")) for key in PLACES]
        return people, [Somewhere(key, key.replace("-", " "), picture) for key, picture in shown]

    def forecast(self) -> dict[str, Any]:
        name, base = self._recipe(), self.bases.used().base
        found = forecaster(self.library).tune(name, {}, base) if name else Forecast()
        return {"seconds": found.seconds, "guess": not found.runs}

    def pick(self, key: str) -> str:
        there = next((one.id for one in self.library.subjects() if one.name == key), None)
        return there or self.subjects.take_sample(key)["subject"]

    def take(self, files: tuple[File, ...], subject: str = "") -> dict[str, Any]:
        taken = self.subjects.add(subject, files) if subject else self.subjects.make(files)
        one = self._someone(*self._there(subject or taken["subject"]))
        return {"someone": asdict(one), "refused": taken["refused"]}

    def call(self, subject: str, noun: str) -> Someone:
        self.library.change_subject(subject, noun=noun)
        return self._someone(*self._there(subject))

    def look(self, subject: str) -> dict[str, Any]:
        (one, shots), sought = self._there(subject), self.subjects.intake.sought()
        seeking = any(shot.image in sought and not shot.mask for shot in shots)
        shot = next((shot for shot in shots if shot.mask), shots[0])
        found = self.library.files.url(shot.mask) if shot.mask and not seeking else ""
        about = {"photo": self._seen(shot), "mask": found, "size": (shot.width, shot.height), "seeking": seeking}
        return {**about, "someone": asdict(self._someone(one, shots)), "missing": sum(not shot.mask for shot in shots)}

    def accept(self, subject: str) -> str:
        for shot in self._there(subject)[1]:
            if shot.mask and not shot.accepted and Path(shot.mask).is_file():
                self.library.set_mask(shot.id, Path(shot.mask).read_bytes(), accepted=True)
        return subject

    def teach(self, subject: str) -> str:
        recipe = self._recipe()
        if recipe is None:
            raise BadInput("There is no recipe in this studio.", "It is damaged; fetch it again.")
        (one, _), base = self._there(subject), self.bases.used().base
        out, cache = self.library.new_path("artefact"), str(self.library.settings.room("cache").resolve())
        knobs = catalogue.recipe(recipe).on(built(base).large).settled({})
        task = Tune((one,), recipe, out, knobs, base, prompts=("{} on a beach",), cache=cache)
        return self.jobs.submit(task, titles.run(task))

    def carry(self, job: str) -> str:
        self.jobs.retry(job)
        return job

    def make(self, subject: str, place: str) -> str:
        one = self.library.subject(subject)
        learnt = next(iter(self.library.things("artefact", subject, limit=1)), None)
        if learnt is None:
            raise BadInput(f"{one.name} has not been learnt yet.", "Teach it first.")
        heard = as_taught(learnt.path, one)
        words = f"a photo of {heard.trigger} {heard.noun} {PLACES.get(place, PLACES['beach'])}"
        scene = Scene(words, artefacts=((learnt.path, 1.0),), seed=secrets.randbelow(2**31))
        return self.jobs.submit(Sample(scene, self.library.new_path("picture"), learnt.task.base), words)

    def stop(self, job: str) -> str:
        self.jobs.cancel(job)
        return job

    def result(self, job: str) -> str:
        task = self.jobs.get(job).task
        made = isinstance(task, Sample) and Path(task.out).is_file()
        return self.library.files.url(task.out) if made else ""

    def _someone(self, one: Subject, shots: list[Shot]) -> Someone:
        noun = "" if one.noun == NOUNS[one.kind] else one.noun
        hint = toy_hint(one) if self.bases.used().base == "starter" else ""
        return Someone(one.id, one.name, noun, tuple(self._seen(shot) for shot in shots[:4]), len(shots), hint)

    def _seen(self, shot: Shot) -> str:
        """Small photos as they are: every pixel of a toy is seen."""
        files = self.library.files
        return files.url(shot.image) if max(shot.width, shot.height) < SHOWN else files.seen(shot.image, SHOWN)

    def _recipe(self) -> str | None:
        known = catalogue.names("recipes")
        return next((name for name in FAVOURITES if name in known), known[0] if known else None)

    def _there(self, subject: str) -> tuple[Subject, list[Shot]]:
        """A subject and its photos; raises BadInput where it was removed, or has none."""
        one = next((one for one in self.library.subjects() if one.id == subject), None)
        if one is None:
            raise BadInput("This subject was removed.", "Choose another one, or put it back on the Subjects page.")
        shots = self.library.shots(subject)
        if not shots:
            raise BadInput("This subject has no photos.", "Choose another one.")
        return one, shots
