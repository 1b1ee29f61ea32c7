"""A person's own settings of recipes, by name."""

from typing import Any

from app.library import Library


class Presets:
    """Keeps presets among the library's drafts, one entry a recipe."""

    def __init__(self, library: Library):
        self.library = library

    def of(self, recipe: str) -> dict[str, dict[str, Any]]:
        """Name → knobs."""
        return self.library.draft(f"presets/{recipe}", {})

    def keep(self, recipe: str, name: str, knobs: dict[str, Any]) -> None:
        """Save under a name, over what was there."""
        self.library.keep_draft(f"presets/{recipe}", {**self.of(recipe), name: knobs})

    def drop(self, recipe: str, name: str) -> None:
        """Forget one."""
        self.library.keep_draft(f"presets/{recipe}", {n: k for n, k in self.of(recipe).items() if n != name})
