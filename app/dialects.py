"""Masks and captions that come beside photos, in the ways other trainers keep them: told apart by their names.

A mask is `<photo>-masklabel.png` (OneTrainer), or a file of the photo's own name below a folder called mask, masks or
conditioning (kohya, ai-toolkit, Mix-of-Show), if it looks like one; a caption is `<photo>.txt` or `.caption`. A kohya
folder is called `<repeats>_<token> <class>`. What `app.packing` writes is read here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from app.masklike import masklike

MASK_ENDING = "-masklabel"
MASK_FOLDERS = ("mask", "masks", "conditioning", "conditioning_data")
CAPTIONS = (".txt", ".caption")
IGNORED = ("-condlabel",)
KOHYA = re.compile(r"\d+_(?P<trigger>\S+)(?: +(?P<noun>\S.*))?")


@dataclass(frozen=True)
class Bundle:
    """A photo with what came beside it. `name` is what it was called; the others are where files lie now."""

    photo: Path
    name: str
    mask: Path | None = None
    caption: Path | None = None


@dataclass(frozen=True)
class Sidecars:
    """Files beside photos, by the photo they belong to: its folder and stem, its folder's own name and stem, or its
    stem alone, in this order. Two photos of one name in two folders keep their own."""

    found: dict[tuple[str, ...], Path] = field(default_factory=dict)

    def put(self, name: PurePosixPath, stem: str, path: Path) -> None:
        for key in _keys(name, stem):
            self.found.setdefault(key, path)

    def of(self, name: PurePosixPath) -> Path | None:
        """The file that belongs to a photo of this name, if one came."""
        return next((self.found[key] for key in _keys(name, name.stem) if key in self.found), None)


def _keys(name: PurePosixPath, stem: str) -> list[tuple[str, ...]]:
    stem = stem.lower()
    return [(str(name.parent).lower(), stem), ("", name.parent.name.lower(), stem), (stem,)]


def sorted_out(files: Iterable[tuple[Path, str]]) -> tuple[list[tuple[Path, str]], Sidecars, Sidecars]:
    """Tell (where it lies, what it was called) files apart: photos, masks, captions. A lone mask is never a photo."""
    photos: list[tuple[Path, str]] = []
    masks, captions = Sidecars(), Sidecars()
    for path, called in files:
        name = _called(called)
        stem = name.stem
        if name.suffix.lower() in CAPTIONS:
            captions.put(name, stem, path)
        elif stem.lower().endswith(MASK_ENDING):
            masks.put(name, stem[: -len(MASK_ENDING)], path)
        elif any(part.lower() in MASK_FOLDERS for part in name.parent.parts) and masklike(path):
            masks.put(name, stem, path)
        elif not stem.lower().endswith(IGNORED):
            photos.append((path, called))
    return photos, masks, captions


def bundled(files: Iterable[tuple[Path, str]]) -> list[Bundle]:
    """Sort files into photos, each with its mask and caption if they came along. Names may hold folders."""
    photos, masks, captions = sorted_out(files)
    found = []
    for path, called in photos:
        name = _called(called)
        found.append(Bundle(path, name.name, masks.of(name), captions.of(name)))
    return found


def spoken(names: Iterable[str]) -> tuple[str, str]:
    """Trigger word and class noun of a kohya folder, "10_sks dog" → ("sks", "dog"); "" for what is not said."""
    for name in names:
        for part in reversed(_called(name).parent.parts):
            if match := KOHYA.fullmatch(part):
                return match["trigger"], (match["noun"] or "").strip()
    return "", ""


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
