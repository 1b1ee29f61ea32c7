"""The knobs of a recipe, generated from its fields: one form for every recipe there will ever be."""

from collections.abc import Mapping
from typing import Any, Protocol

import gradio as gr

from components.recipe_sheet import sheets, written
from components.script import script
from components.widget import Widget
from pipelines.spec import Recipe

Knobs = dict[str, Any]
NAME_LENGTH = 60


class Presets(Protocol):
    """Where a person's own settings are kept, by recipe."""

    def of(self, recipe: str) -> dict[str, Knobs]:
        """Name → knobs."""
        ...

    def keep(self, recipe: str, name: str, knobs: Knobs) -> None:
        """Save under a name, over what was there."""
        ...

    def drop(self, recipe: str, name: str) -> None:
        """Forget one."""
        ...


class RecipeForm(Widget):
    """The value is one object `{"recipe": name, "knobs": {changed ones}, "kept": {other recipe: its knobs}}`.

    `knobs` holds only values that were turned, so that the others follow the base. A value the form marks as out of
    range stays in `knobs` as it was typed, so that `Recipe.with_knobs` refuses it in words.

    Args:
        recipes: name → class, as the catalogue gives them.
        presets: where own settings are kept; None hides the menu.
        large: whether the base in use is a large one, on which some knobs have other defaults.
        conditions: a knob's `when` → whether it holds now ("two or more subjects": False greys those knobs).
    """

    def __init__(
        self,
        recipes: Mapping[str, type[Recipe]],
        *,
        value: dict | None = None,
        presets: Presets | None = None,
        large: bool = False,
        conditions: dict[str, bool] | None = None,
        **kwargs: Any,
    ):
        self.recipes = dict(recipes)
        super().__init__(
            value=value or {"recipe": next(iter(recipes), None), "knobs": {}, "kept": {}},
            html_template='<div class="lk-form"></div>',
            js_on_load=script("element", "words", "icons", "go", "knob", "recipe_sheets", "recipe_form"),
            server_functions=preset_doors(self.recipes, presets) if presets is not None else None,
            apply_default_css=False,
            sheets=written(sheets(recipes)),
            large=large,
            conditions=conditions or {},
            presets=presets is not None,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict:
        """Keep what belongs to a known recipe, drop everything else."""
        return settle(payload, self.recipes)

    def api_info(self) -> dict:
        return {"type": "object"}


def settle(payload: Any, recipes: Mapping[str, type[Recipe]]) -> dict:
    """A page's value with everything unknown left out; values of knobs are still unchecked."""
    given = payload if isinstance(payload, dict) else {}
    name = given.get("recipe") if isinstance(given.get("recipe"), str) and given.get("recipe") in recipes else None
    kept = given.get("kept") if isinstance(given.get("kept"), dict) else {}
    return {
        "recipe": name,
        "knobs": known(given.get("knobs"), recipes[name]) if name else {},
        "kept": {other: known(knobs, recipes[other]) for other, knobs in kept.items() if other in recipes},
    }


def known(knobs: Any, recipe: type[Recipe]) -> Knobs:
    """Those of the given knobs that the recipe has and whose value is a plain one."""
    names = {field.name for field in recipe.knobs()}
    given = knobs if isinstance(knobs, dict) else {}
    return {k: v for k, v in given.items() if k in names and isinstance(v, int | float | str | bool)}


def knobs_of(value: dict, name: str) -> Knobs:
    """The changed knobs of one recipe in a form's value, whether it is the one on screen or not."""
    return value["knobs"] if value["recipe"] == name else value["kept"].get(name, {})


def preset_doors(recipes: Mapping[str, type[Recipe]], presets: Presets) -> list:
    """Server functions behind the presets menu; each checks its payload and answers in words."""

    def about(payload: Any, named: bool) -> tuple[str, str]:
        given = payload if isinstance(payload, dict) else {}
        recipe, name = given.get("recipe"), given.get("name", "")
        if not isinstance(recipe, str) or recipe not in recipes or not isinstance(name, str):
            raise ValueError("There is no such recipe.")
        if named and not 0 < len(name.strip()) <= NAME_LENGTH:
            raise ValueError(f"A preset needs a name of 1 to {NAME_LENGTH} characters.")
        return recipe, name.strip()

    def listed(recipe: str) -> dict:
        return {"ok": True, "presets": [{"name": n, "knobs": k} for n, k in presets.of(recipe).items()]}

    def presets_of(payload: dict, request: gr.Request) -> dict:
        try:
            return listed(about(payload, named=False)[0])
        except ValueError as error:
            return {"ok": False, "error": str(error), "advice": "Reload the page."}

    def preset_keep(payload: dict, request: gr.Request) -> dict:
        try:
            recipe, name = about(payload, named=True)
            recipes[recipe].with_knobs(knobs := known(payload.get("knobs"), recipes[recipe]))
        except Exception as error:
            return {"ok": False, "error": str(error), "advice": getattr(error, "advice", "")}
        presets.keep(recipe, name, knobs)
        return listed(recipe)

    def preset_drop(payload: dict, request: gr.Request) -> dict:
        try:
            recipe, name = about(payload, named=True)
        except ValueError as error:
            return {"ok": False, "error": str(error), "advice": ""}
        presets.drop(recipe, name)
        return listed(recipe)

    return [presets_of, preset_keep, preset_drop]


if __name__ == "__main__":
    from components.alone import alone
    from pipelines import catalogue

    class Here(dict):
        """Presets that last as long as this demonstration."""

        def of(self, recipe: str) -> dict[str, Knobs]:
            return self.setdefault(recipe, {})

        def keep(self, recipe: str, name: str, knobs: Knobs) -> None:
            self.of(recipe)[name] = knobs

        def drop(self, recipe: str, name: str) -> None:
            self.of(recipe).pop(name, None)

    alone(lambda: RecipeForm(catalogue.recipes(), presets=Here(), conditions={"two or more subjects": False}))
