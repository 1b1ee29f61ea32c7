"""Others vote on a wall without names: the link to give them, and what their votes say beside the automatic score.

Run alone: `python -m components.study_panel`.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from components.alone import alone
from components.payload import served, words
from components.script import script
from components.widget import Widget
from pipelines.errors import BadInput

KEY = re.compile(r"[\w.:-]{0,120}")
EMPTY = {"wall": "", "blind": False}


@dataclass(frozen=True)
class Standing:
    """A method as people rank it: log strength of Bradley and Terry, mean over methods 0, with its 95 % interval, votes
    won of those it was in, and the automatic score, None where there is none."""

    key: str
    letter: str
    name: str
    strength: float
    low: float
    high: float
    won: float
    of: int
    score: float | None = None


@dataclass(frozen=True)
class Study:
    """How a study stands. `kendall` and `spearman` say how far people and the automatic score `against` rank alike,
    from -1 to 1, None before that can be said; `note` says why there is no ranking yet."""

    id: str
    open: bool
    against: str
    question: str
    votes: int
    voters: int
    rows: tuple[Standing, ...] = ()
    kendall: float | None = None
    spearman: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Reach:
    """Who can follow a link: `address` is where others find this studio, empty where nobody else does; `warning` is
    what has to be known before giving it away."""

    address: str = ""
    warning: str = ""


class StudyPanel(Widget):
    """The value says which wall is looked at, {"wall", "blind"}; while votes are blind, the ranking is hidden, too.

    Args:
        look: how the newest study of a wall stands. starts, ends: opens one with a question, and closes it.
        reach: who can follow a link. questions: by automatic score, what is asked.
    """

    def __init__(
        self, look: Callable[[str], Study | None], starts: Callable[[str, str], Any], ends: Callable[[str], None],
        reach: Callable[[], Reach], questions: dict[str, str], **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            dict(EMPTY),
            html_template='<div class="lk-studypane"></div>',
            js_on_load=script("element", "go", "icons", "words", "in_time", "poller", "study_panel"),
            apply_default_css=False,
            server_functions=[_looking(look, reach, questions), _beginning(starts), _ending(ends)],
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        return settle(payload)

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return settle(value)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "which wall is looked at"}


def settle(payload: Any) -> dict[str, Any]:
    """The value with everything else left out, and what is malformed emptied."""
    given = payload if isinstance(payload, dict) else {}
    wall = given.get("wall", "")
    return {
        "wall": wall if isinstance(wall, str) and KEY.fullmatch(wall) else "",
        "blind": given.get("blind") is True,
    }


def _looking(look: Callable[[str], Study | None], reach: Callable[[], Reach], questions: dict[str, str]) -> Any:
    def study_now(asked: dict) -> dict[str, Any]:
        rev, value = words(asked, "rev", 100), settle(asked.get("value"))
        study = look(value["wall"]) if value["wall"] else None
        told = {"study": asdict(study) if study else None, "reach": asdict(reach()), "questions": questions}
        if study and value["blind"]:
            told["study"] |= {"rows": (), "kendall": None, "spearman": None}
        now = f"{zlib.crc32(repr(told).encode()):08x}"
        return {"same": True} if now == rev else {"rev": now, **told}

    return served(study_now)


def _beginning(begin: Callable[[str, str], Any]) -> Any:
    def study_begin(asked: dict) -> None:
        begin(_wall(asked), words(asked, "question", 40))

    return served(study_begin)


def _ending(end: Callable[[str], None]) -> Any:
    def study_end(asked: dict) -> None:
        end(_wall(asked))

    return served(study_end)


def _wall(asked: dict) -> str:
    key = words(asked, "wall", 120)
    if not key or not KEY.fullmatch(key):
        raise BadInput("There is no such wall.", "Reload the page.")
    return key


def example() -> None:
    """Three methods that people have ranked."""
    rows = (
        Standing("a", "A", "DreamBooth-LoRA", 0.9, 0.3, 1.5, 21.5, 30, 0.71),
        Standing("b", "B", "Textual Inversion", -0.1, -0.7, 0.5, 14.0, 29, 0.52),
        Standing("base", "C", "Untuned base", -0.8, -1.5, -0.1, 8.5, 29, 0.33),
    )
    asked = {"likeness": "Which is more like the one in the photos?"}
    study = Study("x", True, "likeness", asked["likeness"], 44, 3, rows, 1.0, 1.0)
    with gr.Row(elem_classes="lk-cols3 lk-compare"), gr.Column(elem_classes="lk-rail r"):
        panel = StudyPanel(
            lambda wall: study, lambda *_: None, lambda _: None, lambda: Reach("http://192.168.1.7:7860"), asked
        )
        panel.value = {"wall": "w", "blind": False}


if __name__ == "__main__":
    alone(example, port=7940)
