"""The list of recipes: tick those to run, click one to set it up."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.recipe_sheet import sheets, written
from components.script import script
from components.widget import Widget
from pipelines.spec import Recipe


class RecipeRows(Widget):
    """Rows by family with what each recipe learns, its time here and the size of its file. Fires `ready` when it first
    comes up; see assets/js/opening.js.

    The value is `{"current": name, "chosen": [names]}`, chosen in the order of the list.

    Args:
        recipes: name → class, as the catalogue gives them.
        times: name → {"seconds", "bytes", "guess"}; a recipe without an entry shows neither.
        off: name → a few words why it cannot run now ("faces only").
        many: False makes the ticks exclusive.
    """

    def __init__(
        self,
        recipes: Mapping[str, type[Recipe]],
        *,
        value: dict | None = None,
        times: dict[str, dict] | None = None,
        off: dict[str, str] | None = None,
        many: bool = True,
        **kwargs: Any,
    ):
        self.names = tuple(recipes)
        first = next((name for name in self.names if name not in (off or {})), None)
        super().__init__(
            value=value or {"current": first, "chosen": [first] if first else []},
            html_template='<div class="lk-recipes"></div>',
            js_on_load=script("element", "words", "icons", "go", "opening", "recipe_rows"),
            apply_default_css=False,
            elem_classes="lk-fill",
            sheets=written(sheets(recipes)),
            times=times or {},
            off=off or {},
            many=many,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict:
        """Keep what names a recipe, drop everything else."""
        return settle(payload, self.names)

    def api_info(self) -> dict:
        return {"type": "object"}


def settle(payload: Any, names: Iterable[str]) -> dict:
    """A page's value with unknown names left out: {"current": name or None, "chosen": [names]}."""
    names = tuple(names)
    given = payload if isinstance(payload, dict) else {}
    asked = given.get("chosen")
    chosen = {name for name in asked if isinstance(name, str)} if isinstance(asked, list) else set()
    current = given.get("current")
    known = isinstance(current, str) and current in names
    return {"current": current if known else None, "chosen": [name for name in names if name in chosen]}


if __name__ == "__main__":
    from components.alone import alone
    from pipelines import catalogue

    alone(lambda: RecipeRows(catalogue.recipes()))
