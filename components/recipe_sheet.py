"""A recipe as plain values that a page can draw: its words, what it touches, and one entry per knob."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, Field
from functools import cache
from typing import Any

from pipelines.errors import StudioError
from pipelines.spec import Plan, Recipe, Use, place_of

KINDS = {
    "edits": "edit",
    "objectives": "loss",
    "augment": "data",
    "attention": "attention",
    "guidance": "guide",
    "encoders": "reference",
}
SHORTER = 3  # how many times fewer steps the quick settings take
WORDS = ("token", "word")
ATTENTION = ("attention", "cross", "self", "key", "attn")


@cache
def sheet(name: str, recipe: type[Recipe]) -> dict[str, Any]:
    """Everything the rows, the card and the form show of one recipe, ready for JSON.

    `learns_in` says which of words, attention and network the recipe changes; `tags` are (kind, idea) pairs of its
    plan; `knobs` are dictionaries with name, label, kind (whole, number, tick, choice, text), value, low, high,
    scale (even or log), help, choices, group and when, and `large`, the value on a large base, where it is another;
    `offers` are settings to choose from, see `offers`. `large` holds what else is another there. Gradio builds a widget
    anew for every page that is filled; the sheet of a recipe is drawn up once, and belongs to all of them.
    """
    here, there = _follows(recipe.on(False)), _follows(recipe.on(True))
    return {
        "name": name,
        "title": recipe.title,
        "paper": recipe.paper,
        "family": recipe.family,
        "learns": recipe.learns,
        "choose": recipe.choose,
        "needs": list(recipe.needs),
        "knobs": [knob(field) for field in recipe.knobs()],
        **here,
        "large": {what: told for what, told in there.items() if told != here[what]},
    }


def _follows(recipe: type[Recipe]) -> dict[str, Any]:
    """What follows from a recipe's defaults."""
    plan = recipe().plan()
    return {"learns_in": learns_in(plan), "tags": tags(plan), "offers": offers(recipe)}


def sheets(recipes: Mapping[str, type[Recipe]]) -> list[dict[str, Any]]:
    """All recipes as sheets, family by family in the survey's order; unknown families come last."""
    found = [sheet(name, recipe) for name, recipe in recipes.items()]
    return sorted(found, key=lambda one: (place_of(one["family"]), one["title"]))


def written(found: list[dict[str, Any]]) -> str:
    """Sheets as the one string that widgets carry them in.

    Gradio copies all that a component holds, number by number, whenever something happens to it; a catalogue of recipes
    has thousands of them.
    """
    return json.dumps(found)


def learns_in(plan: Plan) -> list[bool]:
    """Whether training changes words, attention, other parts of the network: three truths."""
    where = [_where(edit) for phase in plan.phases for edit in phase.edits]
    return [place in where for place in ("words", "attention", "network")]


def _where(edit: Use) -> str:
    place = str(edit.settings.get("where", edit.name)).lower()
    if edit.name.startswith(WORDS) or any(word in edit.name for word in WORDS) or place.startswith(WORDS):
        return "words"
    return "attention" if place.startswith(ATTENTION) else "network"


def tags(plan: Plan) -> list[tuple[str, str]]:
    """The plan's techniques as (kind, idea), each once, in the order they take part."""
    found: dict[tuple[str, str], None] = {}
    for phase in plan.phases:
        for family, kind in KINDS.items():
            for use in getattr(phase, family, ()):
                found[kind, _idea(use)] = None
    for family in ("attention", "guidance", "encoders"):
        for use in getattr(plan, family):
            found[KINDS[family], _idea(use)] = None
    if plan.fusion:
        found["fusion", _idea(plan.fusion)] = None
    return list(found)


def _idea(use: Use) -> str:
    words = use.name.replace("_", " ")
    if "rank" in use.settings:
        return f"{words} rank {use.settings['rank']}"
    return f"{words} ({use.settings['role']})" if "role" in use.settings else words


def knob(field: Field) -> dict[str, Any]:
    """One knob as plain values, with its default."""
    assert field.default is not MISSING, f"the knob {field.name} needs a default"
    meta, value = field.metadata, field.default
    low, high, large = meta.get("low"), meta.get("high"), meta.get("large")
    return {
        "name": field.name,
        "label": meta.get("label") or field.name.replace("_", " ").capitalize(),
        "kind": _kind(value, meta),
        "value": value,
        "low": low,
        "high": high,
        "scale": "log" if low and high and low > 0 and high / low >= 100 and isinstance(value, float) else "even",
        "help": meta.get("help", ""),
        "choices": list(meta.get("choices", ())),
        "group": meta.get("group", ""),
        "when": meta.get("when", ""),
        **({} if large is None else {"large": large}),
    }


def offers(recipe: type[Recipe]) -> list[dict[str, Any]]:
    """Settings beside the defaults that a recipe's own knobs allow, each as name, says and knobs.

    No table of recipes is behind them: a whole number whose third makes the plan's steps fewer, as it comes or with
    another choice made, is one of steps, one whose lowest value makes its batches smaller is one of memory.
    """
    ways, found = _ways(recipe), []
    for name, says, weigh, lower in (
        ("Quick", "a third of the steps", _steps, lambda value, low: max(low, round(value / SHORTER))),
        ("Little memory", "as few pictures in a step as it can", _batches, lambda value, low: low),
    ):
        knobs = {}
        for field in recipe.knobs():
            value, low = field.default, field.metadata.get("low")
            if type(value) is not int or low is None or (less := int(lower(value, low))) >= value:
                continue
            with suppress(StudioError):  # a value that does not go with the others
                plans = [[recipe.with_knobs(way | more).plan() for more in ({}, {field.name: less})] for way in ways]
                if any(weigh(short) < weigh(plain) for plain, short in plans):
                    knobs[field.name] = less
        if knobs:
            found.append({"name": name, "says": says, "knobs": knobs})
    return found


def _ways(recipe: type[Recipe]) -> list[dict[str, str]]:
    """A recipe as it comes, and with each of its choices made otherwise: some knobs count with one of them only."""
    others = [{field.name: choice} for field in recipe.knobs() for choice in field.metadata.get("choices") or ()
              if choice != field.default]  # fmt: skip
    return [{}, *others]


def _steps(plan: Plan) -> int:
    return sum(phase.steps for phase in plan.phases)


def _batches(plan: Plan) -> int:
    return sum(phase.batch for phase in plan.phases)


def _kind(value: Any, meta: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return "tick"
    if meta.get("choices"):
        return "choice"
    if isinstance(value, str):
        return "text"
    return "whole" if isinstance(value, int) else "number"
