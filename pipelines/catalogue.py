"""Find techniques and recipes by name: the folder is the registry."""

import difflib
import importlib
import inspect
from functools import cache
from pathlib import Path
from types import ModuleType

from pipelines.errors import UnknownTechnique
from pipelines.spec import How, Recipe, place_of

HERE = Path(__file__).parent


def names(family: str) -> tuple[str, ...]:
    """The names in a family's folder, sorted: `names("edits")` → ("lora", "token", ...)."""
    return tuple(sorted(p.stem for p in (HERE / family).glob("*.py") if not p.stem.startswith("_")))


def load(family: str, name: str) -> type:
    """The one public class a file defines under its own name in CamelCase: `load("edits", "token")` → `Token`.

    Raises:
        UnknownTechnique: when no file answers to the name; suggests the nearest one.
    """
    if name not in names(family):
        near = difflib.get_close_matches(name, names(family), 1)
        advice = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(names(family))}."
        raise UnknownTechnique(f"{family.capitalize()} has nothing called “{name}”.", advice)
    return _class_in(importlib.import_module(f"pipelines.{family}.{name}"), name)


def _class_in(module: ModuleType, name: str) -> type:
    camel = name.replace("_", "").lower()
    for label, thing in vars(module).items():
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and label.lower() == camel:
            return thing
    raise UnknownTechnique(f"{module.__name__} defines no class of its own name.", "Name the class after the file.")


@cache
def recipes() -> dict[str, type[Recipe]]:
    """Every recipe by name, family by family in the survey's order, and then by title."""
    found = {name: load("recipes", name) for name in names("recipes")}
    return dict(sorted(found.items(), key=lambda item: (place_of(item[1].family), item[1].title)))


def recipe(name: str) -> type[Recipe]:
    """One recipe class by its file name.

    Raises:
        UnknownTechnique: with the nearest name.
    """
    return load("recipes", name)


@cache
def hows() -> dict[str, type[How]]:
    """Every way to compose regions by name: the usual one first, then by title."""
    found = {name: load("hows", name) for name in names("hows")}
    return dict(sorted(found.items(), key=lambda item: (item[0] != "region_route", item[1].title)))


def how(name: str) -> type[How]:
    """One way to compose regions by its file name.

    Raises:
        UnknownTechnique: with the nearest name.
    """
    return load("hows", name)
