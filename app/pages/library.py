"""Library: everything made, and how."""

import secrets
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from gradio.utils import get_upload_folder

from app.composing import readable
from app.lineage import Lineage
from app.newcomers import Newcomers
from app.provenance import read
from app.search import Search
from components.picture_board import Filter, PictureBoard
from components.provenance import Provenance
from pipelines.errors import BadInput, StudioError
from pipelines.spec import Scene
from pipelines.tasks import Sample

if TYPE_CHECKING:
    from app.studio import House

TITLE = "Library"


def build(house: "House") -> None:
    """Place the page: filters, pictures, and the panel that says how one was made."""
    search, lineage, new = Search(house.library), Lineage(house.library), Newcomers(house.library, house.jobs)

    def act(deed: str, thing: str, words: str) -> dict:
        try:
            return {"ok": True, "lacks": do(house, deed, thing, words)}
        except StudioError as error:
            return {"ok": False, "error": error.message, "advice": error.advice}

    def settings_of(path: Path) -> dict:
        return {k: v for k, v in asdict(read(path)).items() if k != "whole"}

    def tidy(deed: str, things: list[str]) -> dict:
        if deed == "empty":
            count = house.library.empty_bin(time.time())
            return {"ok": True, "count": count, "left": search.index(Filter()).counts["bin"]}
        if deed in ("bin", "restore"):
            house.library.discard(things, back=deed == "restore")
        else:
            for thing in things:
                house.library.star(thing, deed == "star")
        return {"ok": True}

    uploads = Path(get_upload_folder() or Path(tempfile.gettempdir()) / "gradio")
    with gr.Row(elem_classes="lk-cols3"):
        with gr.Column(elem_classes="lk-mid"):
            PictureBoard(search.index, search.tiles, settings_of, uploads, tidy, new.look, new.adopt)
        with gr.Column(elem_classes="lk-rail r lk-made-rail"):
            Provenance(lineage.sheet, act)


def do(house: "House", deed: str, thing: str, words: str) -> str:
    """Carry out what a button of the panel asked; gives what a picture that is made again will lack, or nothing.

    Raises:
        BadInput: when the thing is gone, or cannot be made again.
    """
    made = house.library.thing(thing)
    if deed in ("again", "vary"):
        if not isinstance(made.task, Sample):
            raise BadInput("Only pictures can be made again from here.", "Run a tuned file again from the queue.")
        scene = made.task.scene
        if deed == "vary":
            scene = replace(scene, seed=secrets.randbelow(2**31))
        task = replace(made.task, scene=scene, out=house.library.new_path("picture"))
        house.jobs.submit(task, made.title)
        return lacking(scene)
    elif deed in ("star", "unstar"):
        house.library.star(thing, deed == "star")
    elif deed in ("bin", "restore"):
        house.library.discard([thing], back=deed == "restore")
    else:
        house.library.rename(thing, words)
    return ""


def lacking(scene: Scene) -> str:
    """Which regions of a scene take no part when it is made now, because a file of theirs is gone or damaged; a
    sentence, or nothing."""
    gone = [
        f"Region {number}"
        for number, one in enumerate(scene.regions, 1)
        if (one.artefact and not readable(one.artefact)) or (one.mask and not Path(one.mask).is_file())
    ]
    return f"{', '.join(gone)}: a file is gone or damaged, so what it shows is left out." if gone else ""
