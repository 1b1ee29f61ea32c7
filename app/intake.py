"""How photos come in: uploads become upright photos with what came beside them, and a mask is looked for at once."""

import io
import os
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from app.dialects import Bundle, bundled, sorted_out
from app.ingest import Ingested, as_png, ingest
from app.jobs import Jobs, new_id
from app.library import Library, Shot
from app.segmenters import Segmenters
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Subject
from pipelines.tasks import Segment

ROOM = 0.35
"""How much is left around the subject when a photo is cropped closer, as a share of its longer side."""


class Intake:
    """Takes photos into subjects of the library and asks the quick lane for their masks."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs

    def uploaded(self, files: tuple[tuple[str, str], ...]) -> list[Bundle]:
        """The files (path, what it was called) of an upload; only what uploads wrote may be named.

        Raises:
            BadInput: for a path elsewhere.
        """
        return bundled(self._arrived(files))

    def _arrived(self, files: tuple[tuple[str, str], ...]) -> list[tuple[Path, str]]:
        room = self.library.settings.room("temp").resolve()
        found = []
        for path, name in files:
            real = Path(os.path.realpath(path)) if "\0" not in path else room
            if not real.is_relative_to(room) or not os.path.isfile(real):
                raise BadInput(f"{name} did not arrive.", "Add it again.")
            found.append((real, name))
        return found

    def beside(self, subject: Subject, files: tuple[tuple[str, str], ...], refused: list[dict[str, str]]) -> int:
        """Masks and captions of photos that the subject has already, found by the names those photos had; returns how
        many were taken over. Masks that cannot be read are noted in `refused`, as in `read`."""
        _, masks, captions = sorted_out(self._arrived(files))
        taken = 0
        for shot in self.library.shots(subject.id):
            name = PurePosixPath(shot.name)
            if shot.name and (path := captions.of(name)):
                self._say(subject, shot, path)
                taken += 1
            if shot.name and (path := masks.of(name)) and (mask := self._mask(path, name.name, refused)):
                self.library.set_mask(shot.id, _fitted(mask, shot), accepted=False)
                taken += 1
        return taken

    def _say(self, subject: Subject, shot: Shot, caption: Path) -> None:
        words = caption.read_text("utf-8", "replace").strip().replace("[trigger]", subject.trigger)
        self.library.set_caption(shot.id, words[:1000])

    def read(self, bundle: Bundle, refused: list[dict[str, str]]) -> tuple[Bundle, Ingested, bytes | None] | None:
        """Read one photo and the mask that came beside it (PNG, None for none); what is no photo and no mask is noted
        in `refused`, its words as error and advice. A photo goes in without a mask that cannot be read."""
        photo = self._read(bundle.photo, bundle.name, refused)
        mask = self._mask(bundle.mask, bundle.name, refused) if photo and bundle.mask else None
        return (bundle, photo, mask) if photo else None

    def _mask(self, path: Path, photo: str, refused: list[dict[str, str]]) -> bytes | None:
        found = self._read(path, f"The mask of {photo}", refused)
        return found.png if found else None

    def _read(self, path: Path, name: str, refused: list[dict[str, str]]) -> Ingested | None:
        try:
            return ingest(path, name)
        except StudioError as error:
            refused.append({"error": error.message, "advice": error.advice})
            return None

    def store(
        self, subject: Subject, bundle: Bundle, taken: Ingested, beside: bytes | None = None, sample: bool = False
    ) -> Shot:
        """Keep a photo with what came beside it, or have its mask looked for; `beside` is a mask as `read` gives it."""
        measured = taken.measured
        facts = {"sharpness": measured.sharpness, "fingerprint": measured.fingerprint, "turned": taken.turned}
        shot = self.library.add_photo(subject.id, taken.png, taken.name, {**facts, "sample": sample})
        if bundle.caption:
            self._say(subject, shot, bundle.caption)
        mask = _fitted(beside, shot) if beside else taken.mask
        if mask and (beside or not shot.mask):  # a photo that is here already comes with no better transparency
            self.library.set_mask(shot.id, mask, accepted=False)
        elif not shot.mask and subject.kind != "style":
            self._seek(shot)
        return self.library.shot(shot.id)

    def seek_missing(self, subject: Subject) -> None:
        """Have masks looked for in the photos that have none, except where somebody took it away."""
        sought = self.sought()
        for shot in self.library.shots(subject.id):
            if not shot.mask and not shot.facts.get("bare") and shot.image not in sought:
                self._seek(shot)

    def _seek(self, shot: Shot) -> None:
        """Have the main thing in the photo found, behind everything that somebody waits for."""
        out = self.library.settings.room("temp").resolve() / f"{new_id()}.png"
        self.jobs.submit(self.task(shot, out=str(out)), f"Looking for the subject in {shot.name or 'a photo'}")

    def task(self, shot: Shot, **asked: Any) -> Segment:
        """What to ask of the quick lane about a photo, with the segmenter that was chosen."""
        asks, cache = Segmenters(self.library).chosen(), str(self.library.settings.room("cache").resolve())
        return Segment(shot.image, segmenter=asks.segmenter, checkpoint=asks.checkpoint, cache=cache, **asked)

    def sought(self) -> set[str]:
        """The photos whose masks are being looked for."""
        going = self.jobs.list(("queued", "running"))
        return {job.task.photo for job in going if isinstance(job.task, Segment) and job.task.out}

    def crop(self, shot: Shot) -> Shot:
        """A closer photo around the mask takes the place of this one, which can be put back."""
        if not shot.mask:
            raise BadInput("There is no mask to crop around.", "Click the subject first.")
        with Image.open(shot.mask) as mask, Image.open(shot.image) as photo:
            box = mask.point(lambda v: 255 if v > 127 else 0).getbbox()
            if box is None:
                raise BadInput("The mask is empty.", "Click the subject first.")
            near = closer(box, photo.size)
            facts = {**shot.facts, "cropped": shot.id}
            closer_shot = self.library.add_photo(shot.subject, as_png(photo.crop(near)), shot.name, facts)
            self.library.set_mask(closer_shot.id, as_png(mask.crop(near).convert("L")), shot.accepted)
        if shot.caption:
            self.library.set_caption(closer_shot.id, shot.caption)
        self.library.discard_photo(shot.id)
        return closer_shot


def closer(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of a photo of `size` that shows a box (x0, y0, x1, y1) with some room around, as square as it can be."""
    x0, y0, x1, y1 = box
    side = max(x1 - x0, y1 - y0) * (1 + 2 * ROOM)
    edges = []
    for low, high, most in ((x0, x1, size[0]), (y0, y1, size[1])):
        length = min(float(most), side)
        start = min(max(0.0, (low + high - length) / 2), most - length)
        edges.append((int(start), int(start + length)))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _fitted(png: bytes, shot: Shot) -> bytes:
    """A mask from elsewhere in the photo's size."""
    with Image.open(io.BytesIO(png)) as mask:
        return as_png(mask.convert("L").resize((shot.width, shot.height)))
