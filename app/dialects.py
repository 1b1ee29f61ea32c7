"""Masks and captions that come beside photos, in the ways other trainers keep them: told apart by their names.

A mask is `<photo>-masklabel.png` (OneTrainer), or a file of the photo's own name in a folder called mask, masks or
conditioning; a caption is `<photo>.txt` or `.caption`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MASK_ENDING = "-masklabel"
MASK_FOLDERS = ("mask", "masks", "conditioning", "conditioning_data")
CAPTIONS = (".txt", ".caption")
IGNORED = ("-condlabel",)


@dataclass(frozen=True)
class Bundle:
    """A photo with what came beside it. `name` is what it was called; the others are where files lie now."""

    photo: Path
    name: str
    mask: Path | None = None
    caption: Path | None = None


def bundled(files: Iterable[tuple[Path, str]]) -> list[Bundle]:
    """Sort (where it lies, what it was called) files into photos, each with its mask and caption if they came along.

    Names may hold folders. A mask or caption whose photo did not come is left out; a lone mask is never a photo.
    """
    photos: list[tuple[Path, str]] = []
    masks: dict[str, Path] = {}
    captions: dict[str, Path] = {}
    for path, called in files:
        name = _called(called)
        stem = name.stem.lower()
        if name.suffix.lower() in CAPTIONS:
            captions[stem] = path
        elif stem.endswith(MASK_ENDING):
            masks[stem.removesuffix(MASK_ENDING)] = path
        elif name.parent.name.lower() in MASK_FOLDERS:
            masks[stem] = path
        elif not stem.endswith(IGNORED):
            photos.append((path, called))
    found = []
    for path, called in photos:
        stem = _called(called).stem.lower()
        found.append(Bundle(path, _called(called).name, masks.get(stem), captions.get(stem)))
    return found


def _called(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


CAMERAS = re.compile(
    "img|dsc[nf]?|pxl|images?|photos?|pictures?|pic|screenshot|whatsapp|signal|snapchat|mvimg|gopr|received|download|"
    "unnamed|untitled|scan|foto|file|upload"
)
"""Words that cameras and programs begin file names with."""


def default_name(names: Sequence[str]) -> str:
    """What the files of one shoot are called in common: ("rex 1.jpg", "rex 2.jpg") → "Rex"; "" when a camera did it."""
    stems = [_called(name).stem for name in names]
    common = stems[0] if stems else ""
    for stem in stems[1:]:
        while not stem.lower().startswith(common.lower()):
            common = common[:-1]
    words = "".join(one if one.isalpha() else " " for one in common).split()
    name = " ".join(words)
    return name.capitalize() if len(name) >= 3 and not CAMERAS.fullmatch(words[0].lower()) else ""
