"""What the commands share: run a task here, read photos the way the page does, and check what was given first."""

import hashlib
import os
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.files import write
from app.ingest import FORMATS, ingest
from app.settings import Settings, claim_threads
from app.terminal import Terminal
from pipelines import masks as drawn
from pipelines.errors import BadInput, Unavailable
from pipelines.spec import Photo, Subject
from pipelines.tasks import Segment, Task

PHOTOS = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp"}
MASK_ENDINGS = ("-masklabel.png", "-mask.png", "_mask.png", ".mask.png")


@dataclass(frozen=True)
class Kept:
    """A photo made upright and plain: its file, its size in pixels, and the mask its transparency proposed."""

    path: str
    width: int
    height: int
    mask: bytes | None


def settings_of(args: Namespace) -> Settings:
    """The settings a command line asks for."""
    return Settings(data=args.data_dir.expanduser().resolve(), device=args.device)


def do(task: Task, args: Namespace, settings: Settings) -> dict[str, Any]:
    """Run a task in this process, with progress on standard error; returns its result."""
    claim_threads()
    from pipelines import device, run

    device.choose(settings.device)
    return run.run(task, Terminal().listening())


def output(path: Path, ending: str) -> str:
    """The full path of a file to be written.

    Raises:
        BadInput: when it ends otherwise, is a folder, or its own folder is not there.
        Unavailable: when its folder may not be written to.
    """
    path = path.expanduser()
    if path.suffix.lower() != ending:
        raise BadInput(f"--out is {path.name}.", f"It should end in {ending}.")
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent}.", "Make it first.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Give --out a file.")
    _writable(path.parent)
    return str(path.resolve())


def folder(path: Path) -> Path:
    """The full path of a folder that is to be written, which need not be there yet.

    Raises:
        BadInput: when a file stands in its way.
        Unavailable: when it may not be written to.
    """
    path = path.expanduser().resolve()
    there = next(one for one in (path, *path.parents) if one.exists())
    if not there.is_dir():
        raise BadInput(f"{there} is a file.", "Give --out a folder.")
    _writable(there)
    return path


def _writable(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise Unavailable(f"The folder {folder} cannot be written to.", "Choose another one, or change its rights.")


def words_of(path: Path) -> str:
    """What a text file says.

    Raises:
        BadInput: when it is no text in UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is no text in UTF-8.", "Save it again with that encoding.") from None


def keep_photo(path: Path, settings: Settings) -> Kept:
    """Take a photo in as the page would, and keep it in the data folder under the hash of its pixels.

    Raises:
        BadInput: when there is no such photo, or it cannot be used.
    """
    if not path.expanduser().is_file():
        raise BadInput(f"There is no photo {path}.", "Check the path.")
    taken = ingest(path.expanduser())
    place = settings.room("photos").resolve() / f"{hashlib.sha256(taken.png).hexdigest()}.png"
    if not place.exists():
        write(place, taken.png)
    return Kept(str(place), taken.width, taken.height, taken.mask)


def subject_from(
    folder: Path, noun: str, masks: str, args: Namespace, settings: Settings, kind: str = "object"
) -> Subject:
    """A subject from a folder of photos, with captions from `.txt` files beside them.

    `masks` is "auto" (found where there is none beside the photo), "none", or a folder with one of the same name each.
    A style has none.

    Raises:
        BadInput: when the folder holds no photo, a mask is missing in the folder of masks, a mask does not go with its
            photo, or a caption is no text.
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.", "Give a folder that holds the photos.")
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTOS and not _is_mask(path))
    if not names:
        raise BadInput(f"There is no photo in {folder}.", f"These are read: {', '.join(FORMATS)}.")
    noun = noun.strip()
    if not noun:
        raise BadInput("The noun is empty.", "Say what kind of thing it is: --noun cat.")
    photos = []
    for path in names:
        kept, words = keep_photo(path, settings), path.with_suffix(".txt")
        mask = _mask_of(path, kept, "none" if kind == "style" else masks, args, settings)
        photos.append(Photo(kept.path, mask, words_of(words).strip() if words.is_file() else ""))
    stem = "".join(letter for letter in noun.lower() if letter.isalpha()) or "subject"
    return Subject(f"{stem}-{folder.name}", folder.name, noun, f"<{stem}1>", tuple(photos), kind)


def _mask_of(path: Path, kept: Kept, masks: str, args: Namespace, settings: Settings) -> str | None:
    if masks == "none":
        return None
    if masks != "auto":
        return _fitting(_mask_in(Path(masks).expanduser(), path), path, kept)
    beside = [path.with_name(path.stem + ending) for ending in MASK_ENDINGS]
    found = next((one for one in beside if one.is_file()), None)
    if found:
        return _fitting(found, path, kept)
    name = Path(kept.path).stem
    out = settings.room("masks").resolve() / f"{name}-auto.png"
    if kept.mask:
        write(out, kept.mask)
    elif not out.exists():
        do(Segment(kept.path, out=str(out)), args, settings)
    return str(out)


def _mask_in(folder: Path, photo: Path) -> Path:
    names = [f"{photo.stem}.png", photo.name, *(photo.stem + ending for ending in MASK_ENDINGS)]
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise BadInput(f"There is no mask for {photo.name} in {folder}.", f"It would be called {photo.stem}.png.")
    return found


def _fitting(mask: Path, photo: Path, kept: Kept) -> str:
    """The full path of a mask that goes with its photo.

    Raises:
        BadInput: when it is no picture, of another size than the photo, or empty.
    """
    try:
        inside = drawn.from_png(str(mask))
    except BadInput as error:
        raise BadInput(f"{mask.name} is not a picture.", error.advice) from error
    high, wide = inside.shape
    if (wide, high) != (kept.width, kept.height):
        sizes = f"{wide} by {high} pixels, and the photo {kept.width} by {kept.height}"
        raise BadInput(f"The mask of {photo.name} is {sizes}.", "Give one of the photo's size.")
    if not inside.any():
        raise BadInput(f"The mask of {photo.name} is empty.", "Make the subject white in it, or give --masks none.")
    return str(mask.resolve())


def _is_mask(path: Path) -> bool:
    return path.name.endswith(MASK_ENDINGS)
