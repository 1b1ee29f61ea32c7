"""One recipe in a few words: what it learns, when to choose it, and the ideas it is made of."""

from collections.abc import Mapping
from typing import Any

from components.recipe_sheet import sheets, written
from components.script import script
from components.widget import Widget
from pipelines.spec import Recipe


class RecipeCard(Widget):
    """The value is a recipe's name; the card shows its title, family, paper, two sentences and plan.

    Args:
        recipes: name → class, as the catalogue gives them.
        large: whether the base in use is a large one, on which some ideas have other numbers.
        off: name → a sentence why it cannot run now.
    """

    def __init__(
        self,
        recipes: Mapping[str, type[Recipe]],
        *,
        value: str | None = None,
        large: bool = False,
        off: Mapping[str, str] | None = None,
        **kwargs: Any,
    ):
        super().__init__(
            value=value or next(iter(recipes), None),
            html_template='<div class="lk-card"></div>',
            js_on_load=script("element", "words", "icons", "recipe_sheets", "recipe_card"),
            apply_default_css=False,
            sheets=written(sheets(recipes)),
            large=large,
            off=dict(off or {}),
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "string"}


if __name__ == "__main__":
    from components.alone import alone
    from pipelines import catalogue

    alone(lambda: RecipeCard(catalogue.recipes()))
