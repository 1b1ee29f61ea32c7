"""Everything made, newest first: filters, search, and a grid that stays quick with ten thousand pictures."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY, refusal
from components.script import script
from components.widget import Widget

ROOMS = ("picture", "artefact", "wall")
ORDERS = ("newest", "likeness", "prompt")
PAGE = 120
DEEDS = ("star", "unstar", "bin", "restore", "empty")
MOST = 10_000  # things treated together
PARTS = ("element", "words", "icons", "go", "feed", "board_rail", "board_grid", "board_arrival", "picture_board")


@dataclass(frozen=True)
class Filter:
    """Which things to show, and in which order. Empty fields ask for nothing.

    `subject` is an id, or "several" for two and more in one picture; `words` are matched against prompt, title, id
    and seed; `bin` shows what was put away instead. What is starred, or in the bin, is shown whatever its kind.
    """

    what: str = "picture"
    subject: str = ""
    recipe: str = ""
    base: str = ""
    words: str = ""
    order: str = "newest"
    starred: bool = False
    bin: bool = False


@dataclass(frozen=True)
class Index:
    """How the grid is laid out before any tile is known.

    `days` are (ISO day, count) in the order shown, one entry with an empty day when the order is not by time.
    `counts` are figures for the rail: {"picture": 412, "artefact": 19, "wall": 12, "starred": 38, "bin": 3}.
    `subjects`, `recipes`, `bases` are (id, label, count, picture address or empty).
    """

    days: list[tuple[str, int]]
    counts: dict[str, int] = field(default_factory=dict)
    subjects: list[tuple[str, str, int, str]] = field(default_factory=list)
    recipes: list[tuple[str, str, int, str]] = field(default_factory=list)
    bases: list[tuple[str, str, int, str]] = field(default_factory=list)
    bytes: int = 0


@dataclass(frozen=True)
class Tile:
    """One cell: id, address of a small picture (empty if there is none), title, star, kind."""

    id: str
    image: str
    title: str
    starred: bool = False
    what: str = "picture"


def wanted(payload: Any) -> Filter | None:
    """Check a page's filter. None if malformed."""
    given = payload.get("filter", {}) if isinstance(payload, dict) else None
    if not isinstance(given, dict) or not set(given) <= set(Filter.__dataclass_fields__):
        return None
    for name, value in given.items():
        kind = bool if name in ("starred", "bin") else str
        if type(value) is not kind or (kind is str and len(value) > 500):
            return None
    found = Filter(**given)
    return found if found.what in ROOMS and found.order in ORDERS else None


def treated(payload: Any) -> tuple[str, list[str]] | None:
    """Check what is asked for several things: the deed and their ids. None if malformed."""
    given = payload if isinstance(payload, dict) else {}
    deed, ids = given.get("do"), given.get("ids")
    if deed not in DEEDS or not isinstance(ids, list) or len(ids) > MOST or bool(ids) == (deed == "empty"):
        return None
    return (deed, ids) if all(isinstance(one, str) and IDENTITY.fullmatch(one) for one in ids) else None


class PictureBoard(Widget):
    """Rail of filters and virtual grid. The value is `{"picked": id or None}`, told to others by `lk:picked`, too.

    Args:
        index: `Filter -> Index`.
        tiles: `(Filter, offset, limit) -> list[Tile]`, limit at most 120.
        settings_of: reads the settings out of a dropped picture, `Path -> dict`; raises ValueError-like errors whose
            text and `advice` are shown.
        uploads: folder in which dropped files arrive; no picture outside it is ever read.
        act: `(deed, ids) -> dict`, one of `DEEDS` for several things; "empty", without ids, empties the bin and tells
            the `count` of what went and of what is `left`.
        newcomer: `path -> {"holds", "name", "trigger", "base"}`, what a LoRA or an embedding of another program says of
            itself. adopt: `(path, whether it was dropped, name, noun, trigger)`, has it taken over. Both may raise as
            `settings_of` does, and take a path on the studio's own computer, too.
    """

    def __init__(
        self,
        index: Callable[[Filter], Index],
        tiles: Callable[[Filter, int, int], list[Tile]],
        settings_of: Callable[[Path], dict],
        uploads: Path,
        act: Callable[[str, list[str]], dict],
        newcomer: Callable[[str], dict[str, str]],
        adopt: Callable[[str, bool, str, str, str], Any],
        **kwargs: Any,
    ):
        def board_index(payload: dict, request: gr.Request) -> dict:
            asked = wanted(payload)
            return {"ok": True, **asdict(index(asked))} if asked else refusal("The page asked something unreadable.")

        def board_tiles(payload: dict, request: gr.Request) -> dict:
            asked, at = wanted(payload), payload.get("offset") if isinstance(payload, dict) else None
            if asked is None or type(at) is not int or not 0 <= at < 10**9:
                return refusal("The page asked something unreadable.", "Reload the page.")
            return {"ok": True, "tiles": [asdict(tile) for tile in tiles(asked, at, PAGE)]}

        def board_dropped(payload: dict, request: gr.Request) -> dict:
            name = payload.get("path") if isinstance(payload, dict) else None
            path = Path(name).resolve() if isinstance(name, str) and "\0" not in name else None
            if path is None or not path.is_relative_to(uploads.resolve()) or not path.is_file():
                return refusal("The dropped file did not arrive.", "Drop it again.")
            try:
                return {"ok": True, "settings": settings_of(path)}
            except Exception as error:
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))
            finally:
                path.unlink(missing_ok=True)

        def board_do(payload: dict, request: gr.Request) -> dict:
            order = treated(payload)
            return act(*order) if order else refusal("The page asked something unreadable.", "Reload the page.")

        def placed(payload: Any) -> tuple[str, bool] | None:
            """Where a file is said to lie, and whether it was dropped; None for what is no path."""
            name = payload.get("path") if isinstance(payload, dict) else None
            if not isinstance(name, str) or not name.strip() or "\0" in name or len(name) > 4096:
                return None
            return name.strip(), Path(os.path.realpath(name.strip())).is_relative_to(uploads.resolve())

        def board_newcomer(payload: dict, request: gr.Request) -> dict:
            if not (found := placed(payload)):
                return refusal("No path was given.", "Give the full path of a file on this computer.")
            try:
                return {"ok": True, "says": newcomer(found[0])}
            except Exception as error:
                if found[1] and os.path.isfile(found[0]):
                    os.unlink(found[0])
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))

        def board_adopt(payload: dict, request: gr.Request) -> dict:
            found = placed(payload)
            words = [payload.get(name) for name in ("name", "noun", "trigger")] if found else []
            if not found or not all(isinstance(word, str) for word in words):
                return refusal("The page asked something unreadable.", "Reload the page.")
            try:
                adopt(*found, *words)
            except Exception as error:
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))
            return {"ok": True}

        super().__init__(
            value={"picked": None},
            html_template='<div class="lk-board"></div>',
            js_on_load=script(*PARTS),
            server_functions=[board_index, board_tiles, board_dropped, board_do, board_newcomer, board_adopt],
            apply_default_css=False,
            elem_classes="lk-fill",
            page=PAGE,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> str | None:
        """The id picked, or None."""
        picked = payload.get("picked") if isinstance(payload, dict) else None
        return picked if isinstance(picked, str) and picked.isalnum() else None

    def api_info(self) -> dict:
        return {"type": "object"}


if __name__ == "__main__":
    from components.alone import alone

    ink = (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'>"
        "<path fill='hsl({},40%25,60%25)' d='M0 0h999v999H0z'/></svg>"
    )
    days = [(f"2026-{m:02}-{d:02}", 60 + d) for m in range(6, 0, -1) for d in range(28, 0, -1)]
    some = [("a", "Pip", 148, ink.format(20)), ("b", "Juno", 61, ink.format(200)), ("several", "several", 97, "")]
    rail = Index(
        days, {"picture": sum(n for _, n in days), "artefact": 19, "wall": 12, "starred": 38}, some, bytes=96e6
    )

    def row(asked: Filter, at: int, many: int) -> list[Tile]:
        return [Tile(f"t{n}", ink.format(n * 7 % 360), f"picture {n}", n % 9 == 0) for n in range(at, at + many)]

    def demonstration() -> None:
        with gr.Row(elem_classes="lk-cols3"), gr.Column(elem_classes="lk-mid"):
            PictureBoard(
                lambda asked: rail, row, lambda path: {}, Path("/nowhere"), lambda deed, ids: {"ok": True},
                lambda path: {}, lambda *words: None,
            )  # fmt: skip

    alone(demonstration)
