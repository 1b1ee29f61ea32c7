"""Which models there are, where they lie, and which base the studio uses."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.files import size
from app.jobs import ACTIVE, Jobs, new_id
from app.library import Library
from app.settings import ROOT
from components.model_rows import ModelRow
from pipelines.errors import BadInput
from pipelines.tasks import Fetch

BASES, SEGMENTERS = "Base models", "Segmenters"
WEIGHTS = (".safetensors",)
CHECKPOINTS = (".safetensors", ".pth", ".pt")
OPENRAIL = "https://huggingface.co/spaces/CompVis/stable-diffusion-license"
OPENRAIL_XL = "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md"
APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


@dataclass(frozen=True)
class Known:
    """A model that can be fetched: repository on the hub, the files wanted (patterns), bytes in all, licence.

    `sha256` names files whose checksum is known beforehand; for the others the hub's own checksum is compared.
    """

    id: str
    name: str
    group: str
    words: str
    repository: str
    files: tuple[str, ...]
    bytes: int
    licence: str
    licence_url: str
    sha256: tuple[tuple[str, str], ...] = ()


HALF = ("model_index.json", "*/*.json", "*/*.txt", "*/*.fp16.safetensors")
KNOWN = (
    Known(
        "sd15", "Stable Diffusion 1.5", BASES, "Photos and most styles, 512 px. A graphics card of 4 GB, or patience.",
        "stable-diffusion-v1-5/stable-diffusion-v1-5", (*HALF[:3], "text_encoder/*.fp16.safetensors",
        "unet/*.fp16.safetensors", "vae/*.fp16.safetensors"), 2_132_000_000, "CreativeML OpenRAIL-M", OPENRAIL,
    ),
    Known(
        "sdxl", "Stable Diffusion XL", BASES, "Sharper photos, 1024 px. A graphics card with 8 GB or more.",
        "stabilityai/stable-diffusion-xl-base-1.0", (*HALF[:3], "text_encoder/*.fp16.safetensors",
        "text_encoder_2/*.fp16.safetensors", "unet/*.fp16.safetensors", "vae/*.fp16.safetensors"), 6_938_000_000,
        "CreativeML OpenRAIL++-M", OPENRAIL_XL,
    ),
)  # fmt: skip


class Models:
    """The models page's view of the data folder. Nothing is fetched unless asked for."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs

    def base(self) -> str:
        """What tasks name as their base: "starter", or the folder or file of another one that is still there."""
        chosen = self.library.draft("model/base", "starter")
        place = self._place(chosen)
        return str(place) if place and chosen != "starter" and place.exists() else "starter"

    def rows(self) -> list[ModelRow]:
        """All models, those that came with the studio first."""
        used, fetching = self.library.draft("model/base", "starter"), self._fetching()
        starter = ROOT / "assets" / "starter"
        first = ModelRow(
            "starter", "Starter · toybox", BASES, "A small rendered world, 128 px. Came with the studio.",
            "used" if used == "starter" else "here", size(starter) or None, "Apache-2.0", APACHE,
        )  # fmt: skip
        known = [self._known(one, used, fetching.get(one.id, "")) for one in KNOWN]
        return [first, *known, *(self._own(one, used) for one in self._added())]

    def use(self, model: str) -> None:
        """Use a base from now on.

        Raises:
            BadInput: when it is not on this computer.
        """
        place = self._place(model)
        if place is None or not place.exists():
            raise BadInput("This model is not on this computer.", "Get it first, or choose a folder that has it.")
        self.library.keep_draft("model/base", model)

    def add(self, group: str, path: str) -> None:
        """Take over a model from where it lies, without copying it.

        Raises:
            BadInput: when there is no model that can be read, with what is missing.
        """
        place = Path(path).expanduser()
        if not path or not place.exists():
            raise BadInput("There is nothing at this path.", "Give the full path of a folder or file on this computer.")
        check_base(place) if group == "base" else check_file(place, CHECKPOINTS)
        place = place.resolve()
        rest = [one for one in self._added() if one["place"] != str(place)]
        one = {
            "id": new_id(),
            "name": place.stem,
            "group": BASES if group == "base" else SEGMENTERS,
            "place": str(place),
        }
        self.library.keep_draft("model/added", [*rest, one])

    def forget(self, model: str) -> None:
        """Take an added model off the list; its files stay."""
        self.library.keep_draft("model/added", [one for one in self._added() if one["id"] != model])
        if self.library.draft("model/base") == model:
            self.library.keep_draft("model/base", "starter")

    def get(self, model: str) -> str:
        """Fetch a known model; returns the job that does it."""
        task = self.task(model)
        if model in (running := self._fetching()):
            return running[model]
        return self.jobs.submit(task, next(one.name for one in KNOWN if one.id == model), "fetch")

    def task(self, model: str) -> Fetch:
        """The task that fetches a known model.

        Raises:
            BadInput: when it is not one of those that can be fetched.
        """
        one = next((one for one in KNOWN if one.id == model), None)
        if one is None:
            raise BadInput("This model cannot be fetched.", f"These can: {', '.join(one.id for one in KNOWN)}.")
        return Fetch(one.repository, one.files, str(self._folder(one)), one.sha256, model=one.id)

    def _known(self, one: Known, used: str, job: str) -> ModelRow:
        folder = self._folder(one)
        ready = (folder / "complete.json").is_file()
        state = "missing" if not ready else "used" if one.id == used else "here"
        return ModelRow(
            one.id, one.name, one.group, one.words, state, size(folder) if ready else one.bytes, one.licence,
            one.licence_url, sure=ready, job=job, usable=one.group == BASES,
        )  # fmt: skip

    def _own(self, one: dict[str, Any], used: str) -> ModelRow:
        place = Path(one["place"])
        there = place.exists()
        state = "missing" if not there else "used" if one["id"] == used else "here"
        words = "Read from where it is." if there else "It is no longer where it was."
        return ModelRow(
            one["id"], one["name"], one["group"], words, state, size(place) if there else None, place=one["place"],
            own=True, usable=one["group"] == BASES,
        )  # fmt: skip

    def _place(self, model: str) -> Path | None:
        if model == "starter":
            return ROOT / "assets" / "starter"
        known = next((one for one in KNOWN if one.id == model), None)
        if known:
            folder = self._folder(known)
            return folder if (folder / "complete.json").is_file() else None
        return next((Path(one["place"]) for one in self._added() if one["id"] == model), None)

    def _folder(self, one: Known) -> Path:
        return self.library.settings.room("checkpoints").resolve() / one.id

    def _added(self) -> list[dict[str, Any]]:
        return self.library.draft("model/added", [])

    def _fetching(self) -> dict[str, str]:
        return {job.task.model: job.id for job in self.jobs.list(ACTIVE) if isinstance(job.task, Fetch)}


def check_base(place: Path) -> None:
    """See that a folder is a diffusers model, or a file one of safetensors; pickles are refused."""
    if place.is_file():
        return check_file(place, WEIGHTS)
    index = place / "model_index.json"
    if not index.is_file():
        raise BadInput("This folder holds no diffusers model.", "Choose the folder that has model_index.json in it.")
    try:
        parts = [name for name, kind in json.loads(index.read_text("utf-8")).items() if _weighty(name, kind)]
    except (ValueError, AttributeError):
        raise BadInput("The model_index.json of this folder cannot be read.", "Fetch the model again.") from None
    for part in parts:
        if (place / part).is_dir() and not any((place / part).glob("*.safetensors")):
            raise BadInput(
                f"The {part} of this model has no safetensors file.", "Pickled weights are not read; convert them."
            )


def check_file(place: Path, endings: Iterable[str]) -> None:
    """See that a file is of a kind that is read here."""
    if not place.is_file() or place.suffix.lower() not in endings:
        raise BadInput(f"“{place.name}” is no file that is read here.", f"It should end in {' or '.join(endings)}.")


def _weighty(name: str, kind: Any) -> bool:
    return (
        name in ("unet", "vae", "text_encoder", "text_encoder_2", "transformer") and isinstance(kind, list) and kind[0]
    )
