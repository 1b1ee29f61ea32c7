"""The Models page's view of things: bases, segmenters and judges, those that are here and those that can be fetched."""

from pathlib import Path

from app import judges
from app.bases import Base, Bases
from app.checkpoints import CHECKPOINTS, Checkpoint
from app.files import size
from app.jobs import ACTIVE, Jobs
from app.judges import APACHE, JUDGES, Judge
from app.library import Library
from app.segmenters import Choice, Segmenters
from components.model_rows import ModelRow
from pipelines.errors import BadInput
from pipelines.panel import SEATS
from pipelines.tasks import Fetch

BASES, SEGMENTERS, JUDGING = "Base models", "Segmenters", "Judges of photos"
PARTS = ("model_index.json", "*/*.json", "*/*.txt", "text_encoder/*.fp16.safetensors", "unet/*.fp16.safetensors",
         "vae/*.fp16.safetensors")  # fmt: skip
PATTERNS = {"sd15": PARTS, "sdxl": (*PARTS, "text_encoder_2/*.fp16.safetensors")}


class Models:
    """Rows for the page, and what its buttons do. Nothing is fetched unless asked for."""

    def __init__(self, library: Library, jobs: Jobs):
        self.bases, self.segmenters, self.jobs = Bases(library), Segmenters(library), jobs
        self.checkpoints = library.settings.room("checkpoints").resolve()

    def rows(self) -> list[ModelRow]:
        """All models, those that came with the studio first."""
        used, fetching = self.bases.used().id, self._fetching()
        bases = [self._base(one, used, fetching.get(one.id, "")) for one in self.bases.all()]
        fetched = [self._checkpoint(one, fetching.get(one.id, "")) for one in CHECKPOINTS]
        judging = [self._judge(one, fetching.get(one.id, "")) for one in JUDGES]
        return [*bases, *fetched, *(self._own_segmenter(one) for one in self.segmenters.own()), *judging]

    def use(self, model: str) -> None:
        """Use a base from now on; raises BadInput when it is not on this computer."""
        self.bases.use(model)

    def add(self, path: str) -> None:
        """Take over a base from where it lies; raises BadInput when there is none that can be read."""
        self.bases.add(_given(path))

    def add_segmenter(self, path: str) -> None:
        """Take over a segmenter's file from where it lies; raises BadInput when it is none."""
        self.segmenters.add(_given(path))

    def forget(self, model: str) -> None:
        """Take an added base or segmenter off the list; its files stay."""
        mine = any(one.id == model for one in self.segmenters.own())
        (self.segmenters if mine else self.bases).forget(model)

    def get(self, model: str) -> str:
        """Fetch a known model; returns the job that does it, the running one if there is one.

        Raises:
            BadInput: for a model that cannot be fetched.
        """
        running = self._fetching()
        return running.get(model) or self.jobs.submit(*self.task(model), "fetch")

    def task(self, model: str) -> tuple[Fetch, str]:
        """What fetches a known model, and the model's name.

        Raises:
            BadInput: for a model that cannot be fetched.
        """
        weights = next((one for one in CHECKPOINTS if one.id == model), None)
        if weights:
            known, out = ((weights.path, weights.sha256),), str(self.checkpoints / weights.id)
            return Fetch(weights.repository, (weights.path,), out, known, model), weights.name
        if judge := next((one for one in JUDGES if one.id == model and one.repository), None):
            return judges.fetching(judge, judges.room(self.bases.library.settings)), judge.name
        if model not in PATTERNS:
            raise BadInput("This model cannot be fetched.", "Choose one from the list.")
        base = self.bases.get(model)
        return Fetch(base.source, PATTERNS[model], base.base, model=model), base.name

    def _base(self, one: Base, used: str, job: str) -> ModelRow:
        state = "used" if one.id == used and one.here else "here" if one.here else "missing"
        place = self._shown(Path(one.base)) if one.own else ""
        sure = one.here and ((Path(one.base) / "complete.json").is_file() or one.id == "starter")
        link = one.licence_url or (APACHE if one.licence == "Apache-2.0" else "")
        return ModelRow(
            one.id, one.name, BASES, one.words, state, one.bytes or None, one.licence, link, place, sure, job, one.own,
        )  # fmt: skip

    def _checkpoint(self, one: Checkpoint, job: str) -> ModelRow:
        folder = self.checkpoints / one.id
        here = (folder / "complete.json").is_file()
        state, there = ("here", size(folder)) if here else ("missing", one.bytes)
        return ModelRow(
            one.id, one.name, SEGMENTERS, one.words, state, there, "Apache-2.0", APACHE, "", here, job, usable=False,
        )  # fmt: skip

    def _judge(self, one: Judge, job: str) -> ModelRow:
        folder = judges.room(self.bases.library.settings) / one.id
        here, words = SEATS[one.id].taken(folder), one.words
        if not here and not one.repository:
            words = f"{words} {judges.needs(one)}"
        there = size(folder) if here else one.bytes
        place = self._shown(folder) if here or not one.repository else ""
        return ModelRow(
            one.id, one.name, JUDGING, words, "here" if here else "missing", there, one.licence, one.licence_url, place,
            here and (folder / "complete.json").is_file(), job, usable=False,
        )  # fmt: skip

    def _own_segmenter(self, one: Choice) -> ModelRow:
        place = Path(one.checkpoint)
        state, there = ("here", size(place)) if one.here else ("missing", None)
        return ModelRow(
            one.id,
            one.name,
            SEGMENTERS,
            one.words,
            state,
            there,
            "its own",
            "",
            self._shown(place),
            own=True,
            usable=False,
        )

    def _shown(self, place: Path) -> str:
        """Where an own file lies, for the page; its name alone where others than its owner may read that."""
        return place.name if self.bases.library.settings.opened else str(place)

    def _fetching(self) -> dict[str, str]:
        return {job.task.model: job.id for job in self.jobs.list(ACTIVE) if isinstance(job.task, Fetch)}


def _given(path: str) -> str:
    if not path:
        raise BadInput("No path was given.", "Give the full path of a folder or file on this computer.")
    return path
