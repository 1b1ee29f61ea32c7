"""A quick look at a benchmark: how little is taught and sampled where it only has to be seen that everything runs."""

from typing import Any

from pipelines import catalogue

STEPS = 6
"""Of sampling."""
KNOBS = {"steps": 20, "lora_steps": 20, "word_steps": 10, "model_steps": 10, "images": 4}
"""What knobs of these names are set to."""


def knobs(recipe: str) -> dict[str, Any]:
    """Those of `KNOBS` that a recipe has.

    Raises:
        UnknownTechnique: when there is no recipe of that name.
    """
    known = {one.name for one in catalogue.recipe(recipe).knobs()}
    return {name: value for name, value in KNOBS.items() if name in known}
