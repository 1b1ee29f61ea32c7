"""The one ink button of a page, with its key, the dice for a new seed, and what the press will cost.

Run alone: `python -m components.make_bar`.
"""

from typing import Any

import gradio as gr

from components.alone import alone
from components.script import script
from components.widget import Widget


class MakeBar(Widget):
    """Fires `make` when the button or Ctrl Enter was pressed, `input` when the dice were turned on or off.

    The value is whether the dice are on. `label` is what the button says, `note` a few words beside it ("≈ 4 s");
    `dice` False leaves the dice out. Ctrl Enter counts while the bar is on screen.
    """

    def __init__(self, value: bool = True, *, label: str, note: str = "", dice: bool = True, **kwargs: Any):
        super().__init__(
            value,
            html_template='<div class="lk-makebar lk-row"></div>',
            js_on_load=script("element", "icons", "make_bar"),
            apply_default_css=False,
            label=label,
            note=note,
            dice=dice,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> bool:
        return payload is True

    def postprocess(self, value: bool) -> bool:
        return bool(value)

    def api_info(self) -> dict[str, Any]:
        return {"type": "boolean"}


def example() -> None:
    """The bar of the Compose page, counting its presses."""
    bar, said = MakeBar(label="Make picture", note="≈ 4 s"), gr.Textbox("0", label="Pressed")
    bar.make(lambda count: str(int(count) + 1), said, said)


if __name__ == "__main__":
    alone(example, port=7940)
