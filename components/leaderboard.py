"""A benchmark's table: methods down, scores across, each with its interval as a whisker; filled as pictures come.

Run alone: `python -m components.leaderboard`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from components.alone import alone
from components.payload import served, words
from components.score_table import Column, Score
from components.script import script
from components.widget import Widget
from pipelines.errors import BadInput

TEMPLATE = """
<div class="lk-pane lk-wallpane lk-leaders">
  <div class="lk-tools" role="toolbar" aria-label="Benchmark"></div>
  <div class="lk-wallboard" tabindex="-1"></div><span class="lk-vh" aria-live="polite"></span>
</div>
"""
KEY = re.compile(r"[\w .:-]{0,120}")
EMPTY = {"run": "", "track": "", "chosen": ""}
WAIT, BREATH = 0.5, 0.1  # seconds a question waits for something new, and between two looks


@dataclass(frozen=True)
class Line:
    """A method; `reference` marks a row that only says whether the scores can be trusted."""

    key: str
    letter: str
    name: str
    cases: int
    cells: int
    scores: tuple[Score, ...]
    reference: bool = False
    seconds: float | None = None
    bytes: float | None = None


@dataclass(frozen=True)
class Printed:
    """A table that others printed: its title, the names of its scores, and lines of a method, its base, the scores in
    that order (None where there is none) and where it was read."""

    title: str
    names: tuple[str, ...]
    lines: tuple[tuple[str, str, tuple[float | None, ...], str], ...]


@dataclass(frozen=True)
class Board:
    """One track of a run. `state` is that of the job behind it; `left` counts pictures that the budget did not allow;
    `failed` are {"method", "case", "why"}; `tracks` and `runs` are {"key", ...} to choose from; `published` stands
    below, by other judges and protocols."""

    run: str
    title: str
    track: str
    tracks: tuple[dict[str, str], ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    runs: tuple[dict[str, str], ...] = ()
    state: str = ""
    done: int = 0
    total: int = 0
    note: str = ""
    message: str = ""
    advice: str = ""
    judge: str = ""
    notes: tuple[str, ...] = ()
    failed: tuple[dict[str, str], ...] = ()
    left: int = 0
    published: tuple[Printed, ...] = ()


Look = Callable[[dict[str, Any]], tuple[str, Board | None]]
"""How a run stands: a text that changes whenever something does, and the board; None when there is no run. The argument
is the value: {"run", "track", "chosen"}."""


class Leaderboard(Widget):
    """The table. Its value says what is looked at: {"run", "track", "chosen"}, keys all, `chosen` a method.

    `ready` fires once; `refresh` when finished cells, run or track have changed; `more` and `again` when their
    button was pressed.

    Args:
        look: see Look. pack: packs the report of a run, key → (address, file name).
    """

    def __init__(self, look: Look, pack: Callable[[str], tuple[str, str]], **kwargs: Any):
        super().__init__(
            dict(EMPTY),
            html_template=TEMPLATE,
            js_on_load=script(
                "element", "go", "opening", "icons", "words", "in_time", "poller", "score_table", "leaderboard"
            ),
            apply_default_css=False,
            server_functions=[_looking(look), _packing(pack)],
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, str]:
        return settle(payload)

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, str]:
        return settle(value)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "which run and track are looked at"}


def settle(payload: Any) -> dict[str, str]:
    """The value with everything else left out, and what is malformed emptied."""
    given = payload if isinstance(payload, dict) else {}
    texts = {name: given.get(name, "") for name in EMPTY}
    return {name: text if isinstance(text, str) and KEY.fullmatch(text) else "" for name, text in texts.items()}


def _looking(see: Look) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def board_now(asked: dict) -> dict[str, Any]:
        rev, value, give_up = words(asked, "rev", 100), settle(asked.get("value")), time.monotonic() + WAIT
        now, board = see(value)
        while now == rev and board and board.state in ("running", "queued") and time.monotonic() < give_up:
            time.sleep(BREATH)
            now, board = see(value)
        return {"same": True} if now == rev else {"rev": now, "board": asdict(board) if board else None}

    return served(board_now)


def _packing(pack: Callable[[str], tuple[str, str]]) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def board_pack(asked: dict) -> dict[str, Any]:
        key = words(asked, "run", 120)
        if not KEY.fullmatch(key):
            raise BadInput("There is no such run.", "Reload the page.")
        url, name = pack(key)
        return {"url": url, "name": name}

    return served(board_pack)


def example() -> None:
    """Four methods and the three reference rows."""
    columns = (
        Column("identity", "Identity, 1 of 16", "Whether the subject is found among 15 others of its class."),
        Column("prompt_following", "Prompt-following", "Cosine of picture and sentence."),
        Column("copy", "Copy", "How near the nearest photo is.", "less"),
    )
    shown = (("renders", "Perfect pictures", 0.97, 0.31, 0.62), ("photos", "A photo given back", 0.99, 0.12, 0.99),
             ("base", "Untuned base", 0.07, 0.30, 0.35), ("a", "Mix-of-Show", 0.71, 0.28, 0.5),
             ("b", "DreamBooth-LoRA", 0.64, 0.27, 0.55), ("c", "Textual Inversion", 0.31, 0.29, 0.42))  # fmt: skip
    lines = tuple(
        Line(key, "ABCDEF"[k], name, 12, 96,
             tuple(Score(c.key, v, v - 0.04, v + 0.03, 0.01 if k > 2 else None)
                   for c, v in zip(columns, values, strict=True)),
             k < 3, 61.0 if k > 2 else None, 3e5 if k > 2 else None)
        for k, (key, name, *values) in enumerate(shown)
    )  # fmt: skip
    tracks, runs = ({"key": "single", "words": "one thing"},), ({"key": "r", "title": "ToyBench 1: 3 methods"},)
    board = Board(
        "r", runs[0]["title"], "single", tracks, columns, lines, runs, "running", 300, 576, "Mix-of-Show, robot-0"
    )
    Leaderboard(lambda value: ("1", board), lambda key: ("#", "report.zip"))


if __name__ == "__main__":
    alone(example, port=7940)
