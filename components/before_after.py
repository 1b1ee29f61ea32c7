"""Judge two pictures: one over the other with a divider, side by side, or in turn; and, blind, vote for one.

Run alone: `python -m components.before_after`.
"""

from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from components.alone import alone
from components.script import script
from components.widget import Widget

CHOICES = ("left", "right", "same")


@dataclass(frozen=True)
class Side:
    """One of the two: the picture's address (empty while it is being made), its tag, and what it shows in words."""

    image: str = ""
    tag: str = ""
    words: str = ""


@dataclass(frozen=True)
class Ballot:
    """A question about the two and how the voting stands. `pair` names what is voted on."""

    pair: str
    question: str
    help: str = ""
    votes: int = 0
    wanted: int = 20
    agree: int | None = None
    results: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two pictures of the same prompt and seed, and perhaps a ballot. `blind` makes the pictures larger."""

    title: str = ""
    left: Side = Side()
    right: Side = Side()
    ballot: Ballot | None = None
    blind: bool = False


class BeforeAfter(Widget):
    """Two pictures with a divider. The value is a Pair or None; `vote` fires with the event data {"pair", "choice"},
    `results` when somebody asks for the results early."""

    def __init__(self, value: Pair | None = None, **kwargs: Any):
        super().__init__(
            value,
            html_template='<div class="lk-pairpane"></div>',
            js_on_load=script("element", "icons", "words", "before_after"),
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> None:
        """The pair is only shown; nothing comes back but votes."""
        return None

    def postprocess(self, value: Pair | None) -> dict[str, Any] | None:
        return asdict(value) if value else None

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "two pictures to compare"}


def voted(data: Any) -> tuple[str, str] | None:
    """Check a vote as it came from the page: the pair's name and the choice. None if malformed."""
    if not isinstance(data, dict):
        return None
    pair, choice = data.get("pair"), data.get("choice")
    if not isinstance(pair, str) or not pair or len(pair) > 300 or choice not in CHOICES:
        return None
    return pair, choice


def example() -> None:
    """Two drawn scenes and a question about them."""
    import base64
    import io

    import numpy as np
    from PIL import Image

    def scene(size: float) -> str:
        down, across = np.mgrid[:128, :128] / 128
        picture = np.stack([0.8 - down / 5, 0.85 - down / 6, 0.95 - down / 9], -1)
        picture[(down - 0.6) ** 2 + (across - 0.5) ** 2 < size] = (0.7, 0.3, 0.2)
        out = io.BytesIO()
        Image.fromarray((picture * 255).astype(np.uint8)).save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()

    ballot = Ballot("a|b", "Which is more like Pip?", "The place does not matter here, only who it is.", 11, 20, 8)
    with gr.Row(elem_classes="lk-cols3 lk-compare"), gr.Column(elem_classes="lk-rail r"):
        BeforeAfter(Pair("In the snow, same seed", Side(scene(0.05), "A"), Side(scene(0.08), "B"), ballot))


if __name__ == "__main__":
    alone(example, port=7940)
