"""The first run: opens over the pages while the library is empty, and again from the help."""

from typing import TYPE_CHECKING

from app.first_run import FirstRun
from components.first_steps import FirstSteps

if TYPE_CHECKING:
    from app.studio import House


def build(house: "House") -> None:
    """Place it; it is no page of its own, so it has no title."""
    steps = FirstRun(house.library, house.jobs)
    FirstSteps(steps, value=steps.needed)
