"""Choose how the regions of a picture meet: the ways there are, a sentence for each, its knobs, and what it costs.

Run alone: `python -m components.how_choice`.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from components.alone import alone
from components.recipe_sheet import knob, written
from components.script import script
from components.widget import Widget
from pipelines.spec import How

FEW, MANY = 2, 8  # regions that the cost is told for, and up to which it is drawn


class HowChoice(Widget):
    """The value is one object `{"how": name, "knobs": {changed ones}}`; `input` fires on every change by hand.

    Knobs that the form marks as out of range stay as they were typed, so that `How.with_knobs` refuses them in words.

    Args:
        hows: name → class, as the catalogue gives them; the first is the usual one.
    """

    def __init__(self, hows: Mapping[str, type[How]], *, value: dict[str, Any] | None = None, **kwargs: Any):
        self.hows = dict(hows)
        super().__init__(
            value=settle(value, self.hows),
            html_template='<div class="lk-form lk-how"></div>',
            js_on_load=script("element", "words", "icons", "knob", "cost_curve", "how_choice"),
            apply_default_css=False,
            sheets=written([sheet(name, how) for name, how in hows.items()]),
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        """What belongs to a known way; everything else is dropped."""
        return settle(payload, self.hows)

    def postprocess(self, value: dict[str, Any] | None) -> dict[str, Any]:
        return settle(value, self.hows)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "description": "how regions are composed, and the knobs that were turned"}


def settle(payload: Any, hows: Mapping[str, type[How]]) -> dict[str, Any]:
    """A page's value with everything unknown left out; values of knobs are still unchecked."""
    given = payload if isinstance(payload, dict) else {}
    name = given.get("how")
    name = name if isinstance(name, str) and name in hows else next(iter(hows))
    knobs = given.get("knobs") if name == given.get("how") and isinstance(given.get("knobs"), dict) else {}
    known = {field.name for field in hows[name].knobs()}
    return {"how": name, "knobs": {k: v for k, v in knobs.items() if k in known and isinstance(v, int | float | str)}}


def sheet(name: str, how: type[How]) -> dict[str, Any]:
    """Everything the page shows of one way, ready for JSON; `cost` is how many times a plain picture's time, `costs`
    are the same with 1, 2, … regions, with words alone and with a tuned file in each."""
    return {
        "name": name,
        "title": how.title,
        "paper": how.paper,
        "says": how.says,
        "cost": round(how().cost(FEW), 1),
        "costs": {
            "words": [round(how().cost(count), 2) for count in range(1, MANY + 1)],
            "files": [round(how().cost(count, count), 2) for count in range(1, MANY + 1)],
        },
        "knobs": [knob(field) for field in how.knobs()],
    }


def example() -> None:
    """The choice as the Compose page shows it."""
    from pipelines import catalogue

    with gr.Column(elem_classes="lk-rail l"), gr.Accordion("How regions meet", open=True):
        HowChoice(catalogue.hows(), elem_classes="lk-flush")


if __name__ == "__main__":
    alone(example, port=7940)
