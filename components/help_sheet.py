"""The sheet behind `?`: every key the studio answers to."""

from typing import Any

import gradio as gr

from components.script import script


class HelpSheet(gr.HTML):
    """Opens on `?`, and on a click on anything with `data-lk-opens="help"`."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            html_template='<dialog class="lk-help" aria-label="Keyboard and help"></dialog>',
            js_on_load=script("element", "icons", "help_sheet"),
            apply_default_css=False,
            elem_id="lk-help",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    from components.alone import alone

    alone(HelpSheet)
