"""The Models page's view of things: bases and segmenters, those that are here and those that can be fetched."""

from dataclasses import dataclass
from pathlib import Path

from app.bases import STARTER, Base, Bases
from app.files import size
from app.jobs import ACTIVE, Jobs
from app.library import Library
from components.model_rows import ModelRow
from pipelines.errors import BadInput
from pipelines.tasks import Fetch

BASES, SEGMENTERS = "Base models", "Segmenters"
PARTS = ("model_index.json", "*/*.json", "*/*.txt", "text_encoder/*.fp16.safetensors", "unet/*.fp16.safetensors",
         "vae/*.fp16.safetensors")  # fmt: skip
PATTERNS = {"sd15": PARTS, "sdxl": (*PARTS, "text_encoder_2/*.fp16.safetensors")}
APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


@dataclass(frozen=True)
class Checkpoint:
    """A segmenter's weights: repository on the hub and path there, checksum, bytes."""

    id: str
    name: str
    words: str
    repository: str
    path: str
    sha256: str
    bytes: int


META = "ybelkada/segment-anything"
CHECKPOINTS = (
    Checkpoint(
        "mobile_sam", "MobileSAM", "Sharper outlines on real photos, quick without a graphics card.",
        "dhkim2810/MobileSAM", "mobile_sam.pt",
        "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f", 40_728_226,
    ),
    Checkpoint(
        "sam_vit_b", "SAM ViT-B", "Sharper still; some seconds a photo without a graphics card.",
        META, "checkpoints/sam_vit_b_01ec64.pth",
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", 375_042_383,
    ),
    Checkpoint(
        "sam_vit_l", "SAM ViT-L", "For a graphics card.", META, "checkpoints/sam_vit_l_0b3195.pth",
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622", 1_249_524_607,
    ),
    Checkpoint(
        "sam_vit_h", "SAM ViT-H", "The finest outlines, for a graphics card.", META, "checkpoints/sam_vit_h_4b8939.pth",
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e", 2_564_550_879,
    ),
)  # fmt: skip


class Models:
    """Rows for the page, and what its buttons do. Nothing is fetched unless asked for."""

    def __init__(self, library: Library, jobs: Jobs):
        self.bases, self.jobs = Bases(library), jobs
        self.checkpoints = library.settings.room("checkpoints").resolve()

    def rows(self) -> list[ModelRow]:
        """All models, those that came with the studio first."""
        used, fetching = self.bases.used().id, self._fetching()
        bases = [self._base(one, used, fetching.get(one.id, "")) for one in self.bases.all()]
        return [*bases, *(self._checkpoint(one, fetching.get(one.id, "")) for one in CHECKPOINTS)]

    def use(self, model: str) -> None:
        """Use a base from now on; raises BadInput when it is not on this computer."""
        self.bases.use(model)

    def add(self, path: str) -> None:
        """Take over a base from where it lies; raises BadInput when there is none that can be read."""
        if not path:
            raise BadInput("No path was given.", "Give the full path of a folder or file on this computer.")
        self.bases.add(path)

    def forget(self, model: str) -> None:
        """Take an added base off the list; its files stay."""
        self.bases.forget(model)

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
        if model not in PATTERNS:
            raise BadInput("This model cannot be fetched.", "Choose one from the list.")
        base = self.bases.get(model)
        return Fetch(base.source, PATTERNS[model], base.base, model=model), base.name

    def _base(self, one: Base, used: str, job: str) -> ModelRow:
        state = "used" if one.id == used and one.here else "here" if one.here else "missing"
        place = one.base if one.own else ""
        sure = (Path(one.base) / "complete.json").is_file() or one.id == "starter" and STARTER.is_dir()
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

    def _fetching(self) -> dict[str, str]:
        return {job.task.model: job.id for job in self.jobs.list(ACTIVE) if isinstance(job.task, Fetch)}
