"""What is set up on the Tune page and not started yet, so that a reload finds it as it was left."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.library import Library
from components import recipe_form, recipe_rows
from pipelines import stopping
from pipelines.spec import SEEDS, Recipe

NAME = "tune"
PLACES = ("on a beach", "in the snow", "at night", "in a forest", "on a wooden floor", "on grass")
MOST_PROMPTS, MOST_STEPS = 8, 500
"""Prompts that are watched, and steps between two samples."""


@dataclass(frozen=True)
class Draft:
    """Who is taught how: ids of subjects, the values of the recipes' rows and form, and how a run is watched. `every`
    is in steps, 0 for no samples; `stop` is of `stopping.RULES`; without a `seed` each start draws one."""

    subjects: tuple[str, ...] = ()
    rows: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    prompts: tuple[str, ...] = PLACES[:3]
    every: int = 50
    stop: str = stopping.PLATEAU
    seed: int | None = None


def keep(draft: Draft, library: Library) -> None:
    """Remember it."""
    library.keep_draft(NAME, asdict(draft))


def recalled(library: Library, recipes: Mapping[str, type[Recipe]], first: str | None) -> Draft:
    """What was kept, without the subjects and recipes that are gone; what is missing, or of another shape, is as it
    comes.

    Args:
        recipes: all there are, by name. first: the one that is ticked and shown where none was.
    """
    given = library.draft(NAME, {})
    usual, given = Draft(), given if isinstance(given, dict) else {}
    here = {one.id for one in library.subjects()}
    subjects, prompts = (_words(given.get(name)) for name in ("subjects", "prompts"))
    rows, form = recipe_rows.settle(given.get("rows"), recipes), recipe_form.settle(given.get("form"), recipes)
    shown = rows["current"] or first
    if form["recipe"] != shown:  # the form belongs to what is shown
        kept = form["kept"] | ({form["recipe"]: form["knobs"]} if form["recipe"] else {})
        form = {"recipe": shown, "knobs": kept.pop(shown, {}), "kept": kept}
    chosen = rows["chosen"] if "rows" in given else [shown] if shown else []
    every, stop, seed = given.get("every"), given.get("stop"), given.get("seed")
    return Draft(
        tuple(one for one in subjects if one in here),
        {"current": shown, "chosen": chosen},
        form,
        tuple(prompts[:MOST_PROMPTS]) if "prompts" in given else usual.prompts,
        every if type(every) is int and 0 <= every <= MOST_STEPS else usual.every,
        stop if isinstance(stop, str) and stop in stopping.RULES else usual.stop,
        seed if type(seed) is int and 0 <= seed <= SEEDS[-1] else None,
    )


def _words(given: Any) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
