"""Which segmenters can be asked, and which one is: those that came along, and those whose files were fetched."""

from dataclasses import dataclass

from app.library import Library
from app.models import CHECKPOINTS
from pipelines.errors import BadInput


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


def choices(library: Library) -> list[Choice]:
    """All segmenters, those that came along first."""
    room = library.settings.room("checkpoints").resolve()
    fetched = []
    for one in CHECKPOINTS:
        file = room / one.id / one.path
        kind = "mobile_sam" if one.id == "mobile_sam" else "sam"
        fetched.append(Choice(one.id, one.name, one.words, kind, str(file), file.is_file()))
    return [*OWN, *fetched]


def chosen(library: Library) -> Choice:
    """The segmenter in use; the starter's until another was chosen, and again when that one's file has gone."""
    wanted = library.draft("segmenter", OWN[0].id)
    return next((one for one in choices(library) if one.id == wanted and one.here), OWN[0])


def choose(library: Library, name: str) -> None:
    """Ask this segmenter from now on.

    Raises:
        BadInput: when there is none of that id, or its file is not here.
    """
    found = next((one for one in choices(library) if one.id == name), None)
    if found is None:
        raise BadInput("This segmenter is not on the list.", "Choose another one.")
    if not found.here:
        raise BadInput(f"{found.name} is not on this computer.", "Fetch it on the Models page first.")
    library.keep_draft("segmenter", name)
