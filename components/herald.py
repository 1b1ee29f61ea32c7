"""Says in a toast what a Python handler has to say, in the studio's own hand."""

import itertools
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr

from components.script import script
from components.widget import Widget

_serial = itertools.count(1)


@dataclass(frozen=True)
class Notice:
    """What happened, what to do next, and optionally the page that a button leads to."""

    kind: Literal["ok", "warn", "err"]
    title: str
    words: str = ""
    label: str = ""
    page: str = ""


class Herald(Widget):
    """An invisible output: returning a Notice shows it, returning None says nothing."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template='<div class="lk-herald"></div>',
            js_on_load=script("element", "icons", "go", "feed", "herald"),
            apply_default_css=False,
            elem_classes="lk-nowhere",
            **kwargs,
        )

    def postprocess(self, value: Notice | None) -> dict | None:
        """Plain values with a number, so that the same words twice are two toasts."""
        return {"serial": next(_serial), **vars(value)} if value else None

    def api_info(self) -> dict:
        return {"type": "object"}


if __name__ == "__main__":
    from components.alone import alone

    def demonstration() -> None:
        herald = Herald()
        said = Notice("ok", "Saved to the library", "Pip and Dot on grass, with its layout.")
        gr.Button("Say something").click(lambda: said, None, herald)

    alone(demonstration)
