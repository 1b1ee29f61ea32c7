"""The wall: methods by prompts and seeds, filled as pictures come, with two of its scores under each; or all scores of
all methods as a table. However large it is, the page holds what is in sight.

Run alone: `python -m components.contact_sheet`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr

from components.alone import alone
from components.payload import UNREADABLE, served
from components.score_table import Column, Score
from components.script import script
from components.wall import Cell, Prompt, Row, Sheet, Table, Window
from components.widget import Widget

TEMPLATE = """
<div class="lk-pane lk-wallpane">
  <div class="lk-tools" role="toolbar" aria-label="Wall"></div>
  <div class="lk-wallboard" tabindex="-1"></div>
  <dialog class="lk-viewer" aria-label="Pictures, enlarged"></dialog><span class="lk-vh" aria-live="polite"></span>
</div>
"""
PARTS = (
    "element", "go", "opening", "feed", "icons", "words", "in_time", "calm", "poller", "score_table", "sheet_cells",
    "sheet_tools", "sheet_window", "pinch", "sheet_viewer", "contact_sheet",
)  # fmt: skip
KEY = re.compile(r"[\w.:-]{0,120}")
EMPTY = {"wall": "", "subject": "", "blind": False, "chosen": "", "against": ""}
MOST_ROWS, MOST_CELLS = 100, 3000  # of a window
WAIT, BREATH = 0.5, 0.1  # seconds a question waits for something new, and between two looks

Look = Callable[[dict[str, Any]], tuple[str, Sheet | None]]
"""What a wall looks like now: a text that changes whenever something does, and the sheet. The argument is the sheet's
value: which wall, which subject of it, blind or not. None when there is no such wall."""
Cells = Callable[[dict[str, Any], Window], tuple[Cell, ...]]
"""The cells of a window of the wall that a value looks at."""
Scores = Callable[[dict[str, Any], str], Table | None]
"""All scores of the wall that a value looks at, tested against the row of that key; None where names are hidden."""
Mark = Callable[[str, str, str, bool], None]
"""Keep a mark on a wall: (wall, "star", "hide" or "pin", key of the cell or row, on or off)."""
Pack = Callable[[dict[str, Any]], tuple[str, str]]
"""Pack the wall that a value looks at into one file; its address and its name. May raise a StudioError."""


Settings = Callable[[dict[str, Any], str], dict[str, Any]]
"""What a finished cell was made of: (the sheet's value, key of the cell) → {scene, base, back}; `back` where its tuned
file had been deleted and is in the library again. May raise a StudioError."""
Remake = Callable[[dict[str, Any], str], bool]
"""Line up a finished cell's picture once more; gives `back` as Settings does. May raise a StudioError."""


class ContactSheet(Widget):
    """The wall. Its value says what is looked at: {"wall", "subject", "blind", "chosen", "against"}, keys all.

    `select` fires when another cell or opponent was chosen, `refresh` when rows or finished cells have changed, `blind`
    when names were hidden or shown; `more`, `again` and `rescore` when their button was pressed; `hand`, with what was
    handed over as its data, when another page handed something to the page of the title `page`.
    """

    def __init__(
        self, look: Look, cells: Cells, scores: Scores, mark: Mark, pack: Pack, settings: Settings, remake: Remake, *,
        page: str = "", **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            dict(EMPTY),
            html_template=TEMPLATE,
            js_on_load=script(*PARTS),
            apply_default_css=False,
            server_functions=[
                _looking(look, cells),
                _scrolling(cells),
                _scoring(scores),
                _marking(mark),
                _packing(pack),
                _settling(settings),
                _remaking(remake),
            ],
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


def _looking(see: Look, cells: Cells) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def look(payload: Any, request: gr.Request) -> dict[str, Any]:
        if not isinstance(payload, dict) or not isinstance(rev := payload.get("rev"), str) or len(rev) > 4000:
            return {"ok": False, "error": "The page asked for something unknown.", "advice": "Reload it."}
        value, give_up = settle(payload.get("value")), time.monotonic() + WAIT
        window = _window(payload.get("window"))
        now, sheet = see(value)
        while now == rev and sheet and sheet.state in ("running", "queued") and time.monotonic() < give_up:
            time.sleep(BREATH)
            now, sheet = see(value)
        if now == rev:
            return {"ok": True, "rev": rev, "same": True}
        return {
            "ok": True,
            "rev": now,
            "sheet": asdict(sheet) if sheet else None,
            "cells": _plain(cells(value, window)),
        }

    return look


def _scrolling(cells: Cells) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def sheet_cells(asked: dict[str, Any]) -> dict[str, Any]:
        return {"cells": _plain(cells(settle(asked.get("value")), _window(asked.get("window"))))}

    return served(sheet_cells)


def _scoring(scores: Scores) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def sheet_scores(asked: dict[str, Any]) -> dict[str, Any]:
        against = asked.get("against")
        named = isinstance(against, str) and KEY.fullmatch(against)
        table = scores(settle(asked.get("value")), against if named else "")
        return {"table": asdict(table) if table else None}

    return served(sheet_scores)


def _window(given: Any) -> Window:
    """A window as a page asks for it, cut to a size that a screen may show."""
    given = given if isinstance(given, dict) else {}
    rows, first, last, column = (given.get(name) for name in ("rows", "first", "last", "column"))
    keys = [key for key in rows if isinstance(key, str) and KEY.fullmatch(key)] if isinstance(rows, list) else []
    first = first if isinstance(first, int) and first > 0 else 0
    last = last if isinstance(last, int) and last > first else first
    wide = MOST_CELLS // max(len(keys[:MOST_ROWS]), 1)
    at = column if isinstance(column, str) and KEY.fullmatch(column) else ""
    return Window(tuple(keys[:MOST_ROWS]), first, min(last, first + wide), at)


def _plain(cells: tuple[Cell, ...]) -> list[dict[str, Any]]:
    return [asdict(one) for one in cells]


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
    facts = (
        ("mos", "Mix-of-Show", 0.81, 0.31, "front"), ("db", "DreamBooth", 0.86, 0.26, "copies"),
        ("base", "Untuned base", 0.4, 0.32, "base"),
    )  # fmt: skip
    prompts = tuple(Prompt(one, f"a photo of {{}} {one}") for one in ("on a beach", "in the snow", "at night"))
    metrics = Column("likeness", "Likeness"), Column("prompt_following", "Prompt-following")

    def picture(row: int, column: int) -> str:
        down, across = np.mgrid[:96, :96] / 96
        scene = np.stack([0.4 + 0.1 * column + down * 0.2, 0.6 - down * 0.2, 0.9 - 0.2 * column + across * 0], -1)
        scene[(down - 0.55) ** 2 + (across - 0.5) ** 2 < 0.05 + 0.02 * row] = (0.8, 0.3 + 0.2 * row, 0.2)
        out = io.BytesIO()
        Image.fromarray((scene.clip(0, 1) * 255).astype(np.uint8)).save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()

    def done() -> int:
        return min(int((time.monotonic() - began) / 0.4), 8)

    def look(value: dict[str, Any]) -> tuple[str, Sheet]:
        blind = value["blind"]
        rows = tuple(
            Row(key, "?", "") if blind
            else Row(key, "ABC"[n], name, "", dict(likeness=a, prompt_following=b), 112.0, 310_000, verdict,
                     marks.get(key, False))
            for n, (key, name, a, b, verdict) in enumerate(facts)
        )  # fmt: skip
        sheet = Sheet("w1", "Wall 12", "Pip", rows=rows, prompts=prompts, seeds=(0,), metrics=metrics, done=done(),
                      total=9, state="running", blind=blind)  # fmt: skip
        return f"{done()}{blind}{marks}", sheet

    def cells(value: dict[str, Any], window: Window) -> tuple[Cell, ...]:
        found, now = [], done()
        for r, (row, _, likeness, following, _) in enumerate(facts):
            for c in range(len(prompts)):
                at, key = 3 * r + c, f"{row}:{c}-0"
                state = "done" if at < now else "running" if at == now else "waiting"
                image = picture(r, c) if at <= now else ""
                scores = {"likeness": likeness - c / 50, "prompt_following": following - c / 200}
                scores = scores if state == "done" and not value["blind"] else {}
                found.append(Cell(key, row, f"{c}-0", state, image, image, scores, "", marks.get(key, False), step=14,
                                  total=30))  # fmt: skip
        return tuple(found)

    def table(value: dict[str, Any], against: str) -> Table:
        lines = {
            key: (Score("likeness", a, a - 0.04, a + 0.03, 0.01, 1.5), Score("prompt_following", b, b - 0.01, b + 0.01))
            for key, _, a, b, _ in facts
        }
        return Table(against or "base", "prompt", 3, lines, "starter")

    with gr.Row(elem_classes="lk-cols3 lk-compare"), gr.Column(elem_classes="lk-mid"):
        ContactSheet(
            look, cells, table, lambda _w, _m, key, on: marks.update({key: on}), lambda value: ("", ""),
            lambda value, key: {"scene": {"prompt": key}, "base": "starter", "back": False}, lambda value, key: False,
            elem_classes="lk-grown",
        )  # fmt: skip


if __name__ == "__main__":
    alone(example, port=7940)
