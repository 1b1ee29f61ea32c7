"""Which segmenters can be asked, and which one is: those that came along, those whose files were fetched, and those
whose files the person pointed to."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.checkpoints import CHECKPOINTS
from app.library import Library
from app.segmenter_files import kind_of
from app.typed_path import typed_path
from pipelines.errors import BadInput

PLACES = "own segmenters"
"""The draft that holds [segmenter, path] of each file that a person pointed to."""


@dataclass(frozen=True)
class Choice:
    """One segmenter: what tasks call it, its model file ("" for none), and whether that file is here."""

    id: str
    name: str
    words: str
    segmenter: str
    checkpoint: str = ""
    here: bool = True


OWN = (
    Choice("starter", "Starter", "Came along. A small SAM for clicks, graph cuts for boxes.", "starter"),
    Choice("grabcut", "GrabCut", "No model at all: colours and edges.", "grabcut"),
)
TITLES = {"sam": "SAM", "mobile_sam": "MobileSAM"}


class Segmenters:
    """The list of segmenters, and the one in use."""

    def __init__(self, library: Library):
        self.library = library

    def all(self) -> list[Choice]:
        """All segmenters, those that came along first, the person's own last."""
        room = self.library.settings.room("checkpoints").resolve()
        fetched = []
        for one in CHECKPOINTS:
            file = room / one.id / one.path
            fetched.append(Choice(one.id, one.name, one.words, one.segmenter, str(file), file.is_file()))
        return [*OWN, *fetched, *self.own()]

    def own(self) -> list[Choice]:
        """Those whose files the person pointed to."""
        return [_choice(kind, Path(path)) for kind, path in self.library.draft(PLACES, [])]

    def chosen(self) -> Choice:
        """The segmenter in use; the starter's until another was chosen, and again when that one's file has gone."""
        wanted = self.library.draft("segmenter", OWN[0].id)
        return next((one for one in self.all() if one.id == wanted and one.here), OWN[0])

    def choose(self, name: str) -> None:
        """Ask this segmenter from now on.

        Raises:
            BadInput: when there is none of that id, or its file is not here.
        """
        found = next((one for one in self.all() if one.id == name), None)
        if found is None:
            raise BadInput("This segmenter is not on the list.", "Choose another one.")
        if not found.here:
            raise BadInput(f"{found.name} is not on this computer.", "Fetch it on the Models page first.")
        self.library.keep_draft("segmenter", name)

    def add(self, path: str) -> Choice:
        """Point to a SAM or MobileSAM file somewhere on this computer; it stays where it is.

        Raises:
            BadInput: when it is none, or the path is not followed.
        """
        place = typed_path(path, self.library.settings)
        found = _choice(kind_of(place), place)
        others = [one for one in self.library.draft(PLACES, []) if one[1] != str(place)]
        self.library.keep_draft(PLACES, [*others, [found.segmenter, str(place)]])
        return found

    def forget(self, name: str) -> None:
        """Take one of the person's own off the list; its file is not touched."""
        kept = [[one.segmenter, one.checkpoint] for one in self.own() if one.id != name]
        self.library.keep_draft(PLACES, kept)


def _choice(kind: str, place: Path) -> Choice:
    name = f"own-{hashlib.sha256(str(place).encode()).hexdigest()[:10]}"
    here = False
    with suppress(OSError):  # a folder whose rights were changed must not take the whole list with it
        here = place.is_file()
    return Choice(name, place.stem, f"{TITLES[kind]}, read from where it is.", kind, str(place), here)
