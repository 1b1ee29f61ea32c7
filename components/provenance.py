"""How one thing was made: the picture, its words and scores, and every step from photo to picture."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY, refusal
from components.script import script
from components.widget import Widget

DEEDS = ("again", "vary", "star", "unstar", "bin", "restore", "rename")


@dataclass(frozen=True)
class Link:
    """One step of a lineage: icon, what, words, a short hash, small pictures (addresses)."""

    sign: str
    title: str
    words: str = ""
    hash: str = ""
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Everything the panel shows of one thing.

    `image` and `file` are addresses, `scores` are (name, value) pairs, `facts` (name, words) pairs. `complete` says
    whether every file of the lineage is still there. `regions` are (words, what is kept out) pairs in the order
    of the layout, `way` how they were composed. `hand` is what another page receives: the scene, the artefact.
    """

    id: str
    what: str
    title: str
    image: str = ""
    file: str = ""
    prompt: str = ""
    negative: str = ""
    scores: tuple[tuple[str, float], ...] = ()
    lineage: tuple[Link, ...] = ()
    complete: bool = True
    facts: tuple[tuple[str, str], ...] = ()
    regions: tuple[tuple[str, str], ...] = ()
    way: str = ""
    starred: bool = False
    binned: bool = False
    hand: dict[str, Any] = field(default_factory=dict)


class Provenance(Widget):
    """The value is the id of the thing on show, or None; it follows the window's `lk:picked` event, too.

    Args:
        about: `id -> Sheet`; may raise an error with `message` and `advice`.
        act: `(deed, id, words) -> dict`, one of `DEEDS`; `words` is the new title of a rename.
    """

    def __init__(self, about: Callable[[str], Sheet], act: Callable[[str, str, str], dict], **kwargs: Any):
        def thing_about(payload: dict, request: gr.Request) -> dict:
            name = payload.get("id") if isinstance(payload, dict) else None
            if not isinstance(name, str) or not IDENTITY.fullmatch(name):
                return refusal("There is nothing of that name.", "Choose another picture.")
            try:
                return {"ok": True, "sheet": asdict(about(name))}
            except Exception as error:
                return refusal(getattr(error, "message", str(error)), getattr(error, "advice", ""))

        def thing_do(payload: dict, request: gr.Request) -> dict:
            given = payload if isinstance(payload, dict) else {}
            deed, name, words = given.get("do"), given.get("id"), given.get("words", "")
            known = deed in DEEDS and isinstance(name, str) and IDENTITY.fullmatch(name)
            if not known or not isinstance(words, str) or len(words) > 200:
                return refusal("The page asked something unreadable.", "Reload the page.")
            return act(deed, name, words)

        super().__init__(
            value=None,
            html_template='<div class="lk-made"></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "provenance"),
            server_functions=[thing_about, thing_do],
            apply_default_css=False,
            elem_classes="lk-fill",
            **kwargs,
        )

    def preprocess(self, payload: Any) -> str | None:
        """An id, or None."""
        return payload if isinstance(payload, str) and IDENTITY.fullmatch(payload) else None

    def api_info(self) -> dict:
        return {"type": "string"}


if __name__ == "__main__":
    from components.alone import alone

    sheet = Sheet(
        "a", "picture", "robot and duck", prompt="<pip> robot and <dot> duck on grass, blue sky",
        scores=(("Pip", 0.83), ("Dot", 0.80), ("prompt", 0.314)),
        lineage=(Link("picture", "8 photos", "of Pip and Dot", "a41f"), Link("scissors", "8 masks", "SAM", "77c0"),
                 Link("disc", "2 tuned files", "Mix-of-Show, steps 400 and 500", "e09b 5d12"),
                 Link("star", "This picture", "seed 20441, 30 steps, 3.8 s", "0b7e")),
        facts=(("CFG", "6.0"), ("Size", "128 × 128"), ("Base", "Starter 1.0")),
    )  # fmt: skip

    def demonstration() -> None:
        with gr.Row(elem_classes="lk-cols3"), gr.Column(elem_classes="lk-rail r"):
            panel = Provenance(lambda name: sheet, lambda *order: {"ok": True})
        gr.Button("Show").click(lambda: "a", None, panel)

    alone(demonstration)
