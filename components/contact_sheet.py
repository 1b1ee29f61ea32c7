"""The wall: methods by prompts and seeds, filled as pictures come, with likeness and prompt-following under each.

Run alone: `python -m components.contact_sheet`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import gradio as gr

from components.alone import alone
from components.payload import UNREADABLE, served
from components.script import script

TEMPLATE = """
<div class="lk-pane lk-wallpane">
  <div class="lk-tools" role="toolbar" aria-label="Wall"></div>
  <div class="lk-wallboard" tabindex="-1"></div>
  <dialog class="lk-viewer" aria-label="Pictures, enlarged"></dialog><span class="lk-vh" aria-live="polite"></span>
</div>
"""
PARTS = (
    "element", "go", "opening", "feed", "icons", "words", "in_time", "calm", "poller", "sheet_cells", "pinch",
    "sheet_viewer",
    "contact_sheet",
)  # fmt: skip
KEY = re.compile(r"[\w.:-]{0,120}")
EMPTY = {"wall": "", "subject": "", "blind": False, "chosen": "", "against": ""}
WAIT, BREATH = 0.5, 0.1  # seconds a question waits for something new, and between two looks


@dataclass(frozen=True)
class Row:
    """A method on the wall: means over its cells (cosines), what it cost, and a verdict in a few words; `detail` is
    where it stands in a sweep."""

    key: str
    letter: str
    name: str
    detail: str = ""
    likeness: float | None = None
    prompt_following: float | None = None
    seconds: float | None = None
    bytes: int | None = None
    verdict: Literal["", "front", "copies", "base"] = ""
    hidden: bool = False
    pinned: bool = False


@dataclass(frozen=True)
class Column:
    """A prompt with a seed: `label` is the part of the prompt that tells it from the others."""

    key: str
    label: str
    prompt: str
    seed: int
    seeds: int = 1


@dataclass(frozen=True)
class Cell:
    """One picture of the wall. `image` is its address, or the newest frame while it runs; `small` a thumbnail;
    `words` the prompt as the model got it."""

    key: str
    row: str
    column: str
    state: Literal["waiting", "running", "done", "failed"]
    image: str = ""
    small: str = ""
    likeness: float | None = None
    prompt_following: float | None = None
    flagged: str = ""
    starred: bool = False
    error: str = ""
    step: int = 0
    total: int = 0
    words: str = ""


@dataclass(frozen=True)
class Sheet:
    """A wall as the page shows it. `state` is that of the job behind it;
    `note` says in a few words what is happening; `steps` and `scale` are the sampling numbers of its pictures."""

    wall: str
    title: str
    subject: str
    subjects: tuple[dict[str, str], ...] = ()
    photos: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    columns: tuple[Column, ...] = ()
    cells: tuple[Cell, ...] = ()
    done: int = 0
    total: int = 0
    state: Literal["", "queued", "running", "paused", "stopped", "failed"] = ""
    message: str = ""
    advice: str = ""
    blind: bool = False
    walls: tuple[dict[str, str], ...] = field(default=())
    note: str = ""
    steps: int = 0
    scale: float = 0.0


Look = Callable[[dict[str, Any]], tuple[str, Sheet | None]]
"""What a wall looks like now: a text that changes whenever something does, and the sheet. The argument is the sheet's
value: which wall, which subject of it, blind or not. None when there is no such wall."""
Mark = Callable[[str, str, str, bool], None]
"""Keep a mark on a wall: (wall, "star", "hide" or "pin", key of the cell or row, on or off)."""
Pack = Callable[[dict[str, Any]], tuple[str, str]]
"""Pack the wall that a value looks at into one file; its address and its name. May raise a StudioError."""


Settings = Callable[[dict[str, Any], str], dict[str, Any]]
"""What a finished cell was made of: (the sheet's value, key of the cell) → {scene, base, back}; `back` where its tuned
file had been deleted and is in the library again. May raise a StudioError."""
Remake = Callable[[dict[str, Any], str], bool]
"""Line up a finished cell's picture once more; gives `back` as Settings does. May raise a StudioError."""


class ContactSheet(gr.HTML):
    """The wall. Its value says what is looked at: {"wall", "subject", "blind", "chosen", "against"}, keys all.

    `select` fires when another cell or opponent was chosen, `refresh` when rows or finished cells have changed, `blind`
    when names were hidden or shown; `more` and `again` when their button was pressed; `hand`, with what was
    handed over as its data, when another page handed something to the page of the title `page`.
    """

    def __init__(
        self, look: Look, mark: Mark, pack: Pack, settings: Settings, remake: Remake, *, page: str = "", **kwargs: Any
    ):  # fmt: skip
        super().__init__(
            dict(EMPTY),
            html_template=TEMPLATE,
            js_on_load=script(*PARTS),
            apply_default_css=False,
            server_functions=[_looking(look), _marking(mark), _packing(pack), _settling(settings), _remaking(remake)],
            page=page,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        return settle(payload)

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return settle(value)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "which wall is looked at, and which cells"}


def settle(payload: Any) -> dict[str, Any]:
    """The sheet's value with everything else left out, and what is malformed emptied."""
    given = payload if isinstance(payload, dict) else {}
    value = {name: given.get(name, "") for name in EMPTY if name != "blind"}
    kept = {name: text if isinstance(text, str) and KEY.fullmatch(text) else "" for name, text in value.items()}
    return {**EMPTY, **kept, "blind": given.get("blind") is True}


def _looking(see: Look) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def look(payload: Any, request: gr.Request) -> dict[str, Any]:
        if not isinstance(payload, dict) or not isinstance(rev := payload.get("rev"), str) or len(rev) > 4000:
            return {"ok": False, "error": "The page asked for something unknown.", "advice": "Reload it."}
        value, give_up = settle(payload.get("value")), time.monotonic() + WAIT
        now, sheet = see(value)
        while now == rev and sheet and sheet.state in ("running", "queued") and time.monotonic() < give_up:
            time.sleep(BREATH)
            now, sheet = see(value)
        if now == rev:
            return {"ok": True, "rev": rev, "same": True}
        return {"ok": True, "rev": now, "sheet": asdict(sheet) if sheet else None}

    return look


def _marking(keep: Mark) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def mark(payload: Any, request: gr.Request) -> dict[str, Any]:
        given = payload if isinstance(payload, dict) else {}
        wall, what, key, on = (given.get(name) for name in ("wall", "what", "key", "on"))
        words = all(isinstance(text, str) and text and KEY.fullmatch(text) for text in (wall, key))
        if not words or what not in ("star", "hide", "pin") or not isinstance(on, bool):
            return {"ok": False, "error": "That mark is unknown.", "advice": "Reload the page."}
        keep(wall, what, key, on)
        return {"ok": True}

    return mark


def _packing(pack: Pack) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def export(asked: dict[str, Any]) -> dict[str, Any]:
        address, name = pack(settle(asked.get("value")))
        return {"address": address, "name": name}

    return served(export)


def _settling(made_of: Settings) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def settings(asked: dict[str, Any]) -> dict[str, Any]:
        return made_of(settle(asked.get("value")), _cell(asked))

    return served(settings)


def _remaking(again: Remake) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def remake(asked: dict[str, Any]) -> dict[str, Any]:
        return {"back": again(settle(asked.get("value")), _cell(asked))}

    return served(remake)


def _cell(asked: dict[str, Any]) -> str:
    key = asked.get("key")
    if not isinstance(key, str) or not key or not KEY.fullmatch(key):
        raise UNREADABLE
    return key


def example() -> None:
    """A wall of three methods whose pictures come one by one."""
    import base64
    import io

    import numpy as np
    from PIL import Image

    began, marks = time.monotonic(), {}
    rows = [
        ("mos", "Mix-of-Show", 0.81, 0.31, "front"),
        ("db", "DreamBooth", 0.86, 0.26, "copies"),
        ("base", "Untuned", 0.4, 0.32, "base"),
    ]
    columns = [
        Column(f"{p}-0", label, f"a photo of {{}} {label}", 0)
        for p, label in enumerate(("on a beach", "in the snow", "at night", "on grass"))
    ]

    def picture(row: int, column: int) -> str:
        down, across = np.mgrid[:96, :96] / 96
        scene = np.stack([0.4 + 0.1 * column + down * 0.2, 0.6 - down * 0.2, 0.9 - 0.2 * column + across * 0], -1)
        scene[(down - 0.55) ** 2 + (across - 0.5) ** 2 < 0.05 + 0.02 * row] = (0.8, 0.3 + 0.2 * row, 0.2)
        out = io.BytesIO()
        Image.fromarray((scene.clip(0, 1) * 255).astype(np.uint8)).save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()

    def look(value: dict[str, Any]) -> tuple[str, Sheet]:
        done, blind = min(int((time.monotonic() - began) / 0.4), 11), value["blind"]
        cells = []
        for i in range(12):
            r, c = divmod(i, 4)
            state = "done" if i < done else "running" if i == done else "waiting"
            image = picture(r, c) if i <= done else ""
            scores = (rows[r][2] - c / 50, rows[r][3] - c / 200) if state == "done" and not blind else (None, None)
            flag = (
                "follows its prompt less than the untuned base"
                if r == 1 and c > 1 and state == "done" and not blind
                else ""
            )
            key = f"{rows[r][0]}:{columns[c].key}"
            cells.append(
                Cell(
                    key,
                    rows[r][0],
                    columns[c].key,
                    state,
                    image,
                    image,
                    *scores,
                    flag,
                    marks.get(key, False),
                    step=14,
                    total=30,
                )
            )
        shown = tuple(
            Row(
                k,
                "?" if blind else "ABC"[n],
                "" if blind else name,
                "",
                None if blind else a,
                None if blind else b,
                112.0,
                310_000,
                v,
                marks.get(k, False),
            )
            for n, (k, name, a, b, v) in enumerate(rows)
        )
        sheet = Sheet(
            "w1",
            "Wall 12",
            "Pip",
            rows=shown,
            columns=tuple(columns),
            cells=tuple(cells),
            done=done,
            total=12,
            state="running",
            blind=blind,
        )
        return f"{done}{blind}{marks}", sheet

    with gr.Row(elem_classes="lk-cols3 lk-compare"), gr.Column(elem_classes="lk-mid"):
        ContactSheet(
            look, lambda _w, _m, key, on: marks.update({key: on}), lambda value: ("", ""),
            lambda value, key: {"scene": {"prompt": key}, "base": "starter", "back": False}, lambda value, key: False,
            elem_classes="lk-grown",
        )  # fmt: skip


if __name__ == "__main__":
    alone(example, port=7940)
