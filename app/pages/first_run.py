"""The first run: opens over the pages while the library is empty, and again from the help."""

from typing import TYPE_CHECKING

import gradio as gr

from app.first_run import FirstRun
from components.first_steps import FirstSteps

if TYPE_CHECKING:
    from app.studio import House


def build(house: "House") -> None:
    """Place it; it is no page of its own, so it has no title."""
    steps = FirstRun(house.library, house.jobs)
    first = FirstSteps(steps, value=steps.needed())
    gr.on(None, steps.needed, None, first, queue=False, show_progress="hidden")  # whenever a page is opened
