"""Make one tuned file of the several in a scene: how much each counts, in which way, and how far it is.

Run alone: `python -m components.fuse_panel`.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from components.alone import alone
from components.job_strip import IDENTITY
from components.script import script
from components.widget import Widget


class FusePanel(Widget):
    """The value is {"way", "weights"}: the fusion wanted, empty for the first that fits, and a weight for each file
    that does not count as 1. `fuse` fires when the button was pressed.

    Args:
        files: the tuned files in the scene, {"key", "name", "detail", "photo", "number"} each.
        ways: the fusions, the fittest first, {"name", "title", "paper", "says", "why", "seconds"} each; `why` says why
            it cannot take these files.
        job: the last fusion asked for, which the panel follows; empty for none.
        page: title of the page that takes the finished file.
        heaviest: the greatest weight.
    """

    def __init__(
        self,
        files: Sequence[dict[str, Any]] = (),
        ways: Sequence[dict[str, Any]] = (),
        *,
        page: str = "",
        job: str = "",
        heaviest: float = 1.5,
        **kwargs: Any,
    ):
        super().__init__(
            {"way": "", "weights": {}},
            html_template='<div class="lk-fuse"></div>',
            js_on_load=script("element", "words", "icons", "go", "regions", "feed", "fuse_panel"),
            apply_default_css=False,
            files=list(files),
            ways=list(ways),
            page=page,
            job=job,
            heaviest=heaviest,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        """Names and numbers; everything else is left out."""
        given = payload if isinstance(payload, dict) else {}
        way, weights = given.get("way"), given.get("weights")
        weights = weights if isinstance(weights, dict) else {}
        kept = {k: float(v) for k, v in weights.items() if IDENTITY.fullmatch(str(k)) and type(v) in (int, float)}
        return {"way": way if isinstance(way, str) and IDENTITY.fullmatch(way) else "", "weights": kept}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "which fusion, and how much each tuned file counts"}


def example() -> None:
    """The panel as the page shows it, for three files."""
    names = ("Pip", "Dot", "Comet")
    files = [
        {"key": name.lower(), "name": name, "detail": "Mix-of-Show, 600", "photo": "", "number": k}
        for k, name in enumerate(names, 1)
    ]
    ways = [
        {"name": "gradient_fusion", "title": "Gradient fusion", "paper": "2305.18292", "why": "", "seconds": 14.0,
         "says": "One change of the model does for every subject what its own file did."},
        {"name": "joint_gate", "title": "Gates side by side", "paper": "2305.01644", "seconds": None, "says": "",
         "why": "Pip’s file has no gates. This is for Perfusion."},
    ]  # fmt: skip
    with gr.Column(elem_classes="lk-rail l"):
        FusePanel(files, ways, page="Compose", elem_classes="lk-flush")


if __name__ == "__main__":
    alone(example, port=7940)
