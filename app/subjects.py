"""What the Subjects page does: takes photos in, has masks proposed, keeps what people draw, says what to mend."""

import io
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter

from app.bases import Bases
from app.checks import Measured, look
from app.dialects import default_name, spoken
from app.ingest import as_png, ingest
from app.intake import Intake
from app.jobs import Jobs
from app.library import Library, Shot
from app.packing import DIALECTS, caption_of, pack
from app.samples import samples
from app.segmenters import Segmenters
from components.mask_editor import Box, Drawn, Point
from components.payload import File
from pipelines import masks
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Subject

SHOWN, SMALL, MOST_REMOVED = 2048, 160, 60
"""Long sides in pixels of a photo in the editor and in the strip; and how much of what was removed is listed until
somebody asks for more."""


class Subjects:
    """The desk of the mask editor and the shelf of the gallery, on top of the library and the queue."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs, self.bases = library, jobs, Bases(library)
        self.segmenters = Segmenters(library)
        self.intake = Intake(library, jobs)

    # ---- the gallery

    def now(self, listed: int = MOST_REMOVED) -> dict[str, Any]:
        runs = self.library.runs()
        subjects = [self._card(subject, runs.get(subject.id, 0)) for subject in self.library.subjects()]
        there = {card["name"] for card in subjects}
        offered = [one for one in samples() if one.name not in there]
        shown = [{"name": one.name, "noun": one.noun, "photos": one.pictures()} for one in offered]
        away = self.library.put_away()
        names = {one.id: one.name for one in self.library.subjects()}
        removed = [self._removed(one, names) for one in away[:listed]]
        return {"subjects": subjects, "samples": shown, "removed": removed, "away": len(away)}

    def _removed(self, one: Subject | Shot, names: dict[str, str]) -> dict[str, str]:
        """One thing that can still be put back, as the gallery lists it; `names` are those of the subjects by id."""
        if isinstance(one, Subject):
            thumb = self._seen(one.photos[0].image) if one.photos else ""
            return {"kind": "subject", "id": one.id, "subject": one.id, "name": one.name, "thumb": thumb}
        name = f"Photo of {names.get(one.subject, 'a removed subject')}"  # it may be removed in this moment
        return {"kind": "photo", "id": one.id, "subject": one.subject, "name": name, "thumb": self._seen(one.image)}

    def make(self, files: tuple[File, ...], kind: str = "object") -> dict[str, Any]:
        """A new subject, named after its files where they have a name of their own."""
        bundles, refused = self.intake.uploaded(files), []
        taken = [one for bundle in bundles if (one := self.intake.read(bundle, refused))]
        if not taken:
            raise BadInput(*(refused[0].values() if refused else ("No photo came.", "Choose one or more photos.")))
        trigger, noun = spoken(name for _, name in files)
        subject = self.library.add_subject(default_name([bundle.name for bundle in bundles]), noun, trigger, kind)
        for one in taken:
            self.intake.store(subject, *one)
        return {"subject": subject.id, "refused": refused}

    def take_sample(self, name: str) -> dict[str, Any]:
        chosen = next((one for one in samples() if one.name == name), None)
        if chosen is None:
            raise BadInput(f"There is no sample called “{name}”.", "Choose another one.")
        subject = self.library.add_subject(chosen.name, chosen.noun, chosen.trigger)
        for bundle in chosen.bundles():
            self.intake.store(subject, bundle, ingest(bundle.photo), sample=True)
        return {"subject": subject.id}

    def put_away(self, subject: str) -> None:
        self.library.discard_subject(subject)

    def take_back(self, subject: str) -> None:
        self.library.discard_subject(subject, back=True)

    # ---- the editor

    def open(self, subject: str) -> dict[str, Any]:
        found, shots = self.library.subject(subject), self.library.shots(subject)
        sought = self.intake.sought()
        told = {"id": found.id, "name": found.name, "noun": found.noun, "trigger": found.trigger, "kind": found.kind}
        photos = [self._photo(found, shot, shot.image in sought) for shot in shots]
        return {"subject": told, "photos": photos, "notes": self._notes(found, shots), "dialects": DIALECTS,
                **self._segmenters()}  # fmt: skip

    def ready(self, photo: str) -> None:
        """Load what was seen in the photo, so that the first click is as quick as the second."""
        with suppress(StudioError):
            self.jobs.answer(self.intake.task(self.library.shot(photo), encode_only=True), timeout=60)

    def find(self, photo: str, points: tuple[Point, ...], box: Box | None, refine: bool) -> dict[str, Any]:
        return self.jobs.answer(self.intake.task(self.library.shot(photo), points=points, box=box, refine=refine))

    def things(self, photo: str) -> dict[str, Any]:
        task = self.intake.task(self.library.shot(photo), everything=True)
        return {"things": self.jobs.answer(task, timeout=120)["readings"]}

    def keep(self, photo: str, mask: Drawn | None, feather: int, accepted: bool, untouched: bool) -> dict[str, Any]:
        shot = self.library.shot(photo)
        if mask is None:
            kept = self.library.set_mask(photo, None, False)
        elif untouched and shot.mask:
            kept = self.library.set_mask(photo, Path(shot.mask).read_bytes(), accepted)
        else:
            w, h, runs = mask
            png = masks.to_png(masks.from_runs(runs, w, h), shot.width, shot.height)
            kept = self.library.set_mask(photo, _softened(png, feather), accepted)
        return {"kept": _mark(kept)}

    def caption(self, photo: str, words: str) -> None:
        self.library.set_caption(photo, words)

    def change(self, subject: str, field: str, value: str) -> None:
        found = self.library.change_subject(subject, **{field: value})
        if field == "kind" and found.kind != "style":
            self.intake.seek_missing(found)

    def discard(self, photo: str) -> None:
        self.library.discard_photo(photo)

    def restore(self, photo: str) -> None:
        self.library.discard_photo(photo, back=True)

    def add(self, subject: str, files: tuple[File, ...]) -> dict[str, Any]:
        refused: list[dict[str, str]] = []
        found, first = self.library.subject(subject), None
        for bundle in self.intake.uploaded(files):
            one = self.intake.read(bundle, refused)
            if one:
                shot = self.intake.store(found, *one)
                first = first or shot.id
        if first is None and refused:
            raise BadInput(*refused[0].values())
        beside = self._beside(found, files, refused) if first is None else 0
        return {"photo": first, "refused": refused, "beside": beside}

    def _beside(self, subject: Subject, files: tuple[File, ...], refused: list[dict[str, str]]) -> int:
        taken = self.intake.beside(subject, files, refused)
        if not taken and refused:
            raise BadInput(*refused[0].values())
        if not taken:
            raise BadInput("None of these files belongs to a photo here.", "Name them as the photos were named.")
        return taken

    def pack(self, subject: str, dialect: str) -> dict[str, str]:
        path = pack(self.library, subject, dialect)
        return {"address": self.library.files.url(path), "name": path.name}

    def use(self, segmenter: str) -> dict[str, Any]:
        self.segmenters.choose(segmenter)
        return self._segmenters()

    def mend(self, subject: str, photos: tuple[str, ...], deed: str) -> dict[str, Any]:
        if deed == "remove" and photos:
            self.library.discard_photo(photos[-1])
        if deed == "crop" and photos:
            return {"photo": self.intake.crop(self.library.shot(photos[-1])).id}
        return {"photo": photos[0] if photos else None}

    # ---- what the page is told

    def _seen(self, path: str | Path, side: int = SMALL) -> str:
        return self.library.files.seen(path, side)

    def _card(self, subject: Subject, runs: int) -> dict[str, Any]:
        shots, sought = self.library.shots(subject.id), self.intake.sought()
        dots = ["f" if shot.accepted else "h" if shot.mask else "" for shot in shots]
        facts = {"id": subject.id, "name": subject.name, "noun": subject.noun, "runs": runs, "count": len(shots)}
        sheet = [seen for shot in shots[:3] if (seen := self._seen(shot.image, 320))]
        busy = any(shot.image in sought and not shot.mask for shot in shots)
        return {**facts, "dots": dots, "sheet": sheet, "busy": busy}

    def _photo(self, subject: Subject, shot: Shot, sought: bool) -> dict[str, Any]:
        mask = {"w": None, "h": None, "runs": None}
        with suppress(BadInput):  # a lost mask can be drawn again, a lost photo removed
            w, h, runs = _grid(shot.mask or "")
            mask = {"w": w, "h": h, "runs": list(runs)}
        return {
            "id": shot.id, "url": self._seen(shot.image, SHOWN), "thumb": self._seen(shot.image),
            "width": shot.width, "height": shot.height, **mask, "accepted": shot.accepted,
            "kept": _mark(shot), "busy": sought and not shot.mask, "caption": caption_of(subject, shot),
            "written": not shot.caption,
        }  # fmt: skip

    def _segmenters(self) -> dict[str, Any]:
        told = [{"id": one.id, "name": one.name, "words": one.words, "here": one.here} for one in self.segmenters.all()]
        return {"segmenters": told, "segmenter": self.segmenters.chosen().id}

    def _notes(self, subject: Subject, shots: list[Shot]) -> list[dict[str, Any]]:
        """What is worth knowing about these photos, gravest first."""
        known = [(s, Measured(s.width, s.height, s.facts["sharpness"], s.facts["fingerprint"]))
                 for s in shots if "sharpness" in s.facts]  # fmt: skip
        turned = [i for i, (shot, _) in enumerate(known) if shot.facts.get("turned")]
        notes = []
        for found in look([measured for _, measured in known], turned):
            ids = [known[i][0].id for i in found.photos]
            grade, deed = ("", "show") if found.kind == "turned" else ("warn", "remove")
            notes.append(_note(found.kind, grade, ids, found.said, found.why, found.fix, deed))
        own = [shot for shot in shots if not shot.facts.get("sample")]
        if own and subject.noun == "thing":
            why = "A class noun, such as “dog” or “mug”, tells the model where to begin. It is at the right."
            notes.append(_note("noun", "", [], "What is it?", why))
        if shots and len(shots) < 3:
            why = (
                "What is shown on one thing only is taken for that thing. Add two or three others in the same style."
                if subject.kind == "style"
                else "What is seen from one side only is learnt from one side only. Add two or three other angles."
            )
            notes.append(_note("few", "", [], f"{'One photo' if len(shots) == 1 else 'Two photos'} so far.", why))
        if own and self.bases.used().base == "starter":
            why = "From real photos it learns colours and rough shapes, no more. A larger base learns the likeness."
            notes.append(
                _note("base", "", [], "The starter knows its toy world only.", why, "See the models", "models")
            )
        return notes


def _note(
    kind: str, grade: str, photos: list[str], said: str, why: str, fix: str = "", deed: str = ""
) -> dict[str, Any]:
    key = "-".join([kind, *photos])
    return {"key": key, "grade": grade, "photos": photos, "said": said, "why": why, "fix": fix, "deed": deed}


def _mark(shot: Shot) -> str:
    """What tells this mask from any other the photo had: masks are named by what is in them."""
    return f"{Path(shot.mask).stem if shot.mask else ''}{'+' if shot.accepted else ''}"


@lru_cache(maxsize=256)
def _grid(mask: str) -> tuple[int, int, tuple[int, ...]]:
    """A mask's file as width, height and run lengths of a grid of at most 512 along a side; of every file once, because
    files are named by what is in them, and pages ask again with every change."""
    grid = masks.from_png(mask, longest=512)
    return grid.shape[1], grid.shape[0], tuple(masks.runs(grid))


def _softened(png: bytes, feather: int) -> bytes:
    """The mask with an edge that fades over so many pixels."""
    if not feather:
        return png
    with Image.open(io.BytesIO(png)) as mask:
        return as_png(mask.filter(ImageFilter.GaussianBlur(feather / 2)))
