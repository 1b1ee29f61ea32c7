"""Going back to a moment of a performance: what a layer is asked for twice, it finds as it was the first time."""

from typing import Any


class Again:
    """A stage as it is when this is made, for as long as the context lasts. What is recorded or noted then is nobody's:
    a layer that is asked again does what it did, and what it did is kept already."""

    def __init__(self, stage: Any):
        self.stage, self.then, self.before = stage, dict(vars(stage)), {}

    def __enter__(self) -> None:
        self.before = dict(vars(self.stage))
        fresh = {name: {} for name in ("maps", "noted") if self.then[name] is not None}
        vars(self.stage).update(self.then | fresh)

    def __exit__(self, *error: object) -> None:
        vars(self.stage).update(self.before)
