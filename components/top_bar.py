"""The bar over every page: name, pages, the model chip, queue, light or dark, help."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from components.script import script
from components.widget import Widget


@dataclass(frozen=True)
class Chip:
    """What the model chip shows.

    `state` is ready, loading (the model), starting, restarting, broken or missing; `device` a few words such as
    "CPU, 2 threads"; `used` and `total` are bytes of memory; `note` is the sentence shown on hover, and the reason when
    something is wrong. Of one that is missing, `id` is its row on the page of models, `device` says how it stands with
    it, and `total` is what would have to be fetched, 0 where it cannot be, or is.
    """

    model: str
    state: Literal["ready", "loading", "starting", "restarting", "broken", "missing"]
    device: str = ""
    used: int = 0
    total: int = 0
    note: str = ""
    id: str = ""


class TopBar(Widget):
    """Draws the bar; Gradio's tab row of `#lk-pages` is lifted into it by style.

    Keeps the page in the address (`#tune`), the theme in this browser, and answers `G` with a digit.

    Args:
        chip: tells how the model is doing; asked every few seconds while somebody looks.
    """

    def __init__(self, chip: Callable[[], Chip], **kwargs: Any):
        def chip_now(payload: dict, request: gr.Request) -> dict:
            return {"ok": True, "chip": asdict(chip())}

        super().__init__(
            html_template='<header class="lk-top"></header>',
            js_on_load=script("element", "words", "icons", "in_time", "top_bar"),
            server_functions=[chip_now],
            apply_default_css=False,
            elem_id="lk-top",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    from components.alone import alone

    alone(lambda: TopBar(lambda: Chip("Starter · toybox", "ready", "CPU, 2 threads", 900_000_000, 7_800_000_000)))
