"""What tuning will cost on this computer: learnt from the runs it has done, and checked against them afterwards."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from app.library import Library
from app.shelf import Thing
from pipelines import catalogue
from pipelines.errors import StudioError
from pipelines.tasks import Tune

RECENT = 12  # runs of one recipe that count
GUESS = {"starter": 0.1}  # seconds a training picture takes before anything was measured, by base


@dataclass(frozen=True)
class Forecast:
    """Seconds, bytes of memory and bytes of file, each None where nothing is known.

    `runs` counts the earlier runs it comes from, 0 meaning a guess; `spread` is the mean distance of those runs from
    what this forecast would have said of them, as a share.
    """

    seconds: float | None = None
    memory: float | None = None
    size: float | None = None
    runs: int = 0
    spread: float = 0.0


def work(recipe: str, knobs: Mapping[str, Any]) -> int:
    """How many pictures a run looks at: steps times batch, over all phases; 0 for knobs that the recipe refuses."""
    try:
        plan = catalogue.recipe(recipe).with_knobs(knobs).plan()
    except StudioError:
        return 0
    return sum(phase.steps * phase.batch for phase in plan.phases)


class Forecaster:
    """Reads the library's tuned files: each keeps the seconds and the memory it took."""

    def __init__(self, library: Library):
        self.library = library

    def tune(self, recipe: str, knobs: Mapping[str, Any], base: str = "starter") -> Forecast:
        """What this recipe with these knobs will take.

        Earlier runs are scaled by the number of pictures they looked at. Without any of the same recipe on the same
        base, the time is guessed from other recipes on that base.
        """
        done, pictures = self._done(base), work(recipe, knobs)
        same = [one for one in done if one.task.recipe == recipe][:RECENT]
        paces = [pace for one in same or done[:RECENT] if (pace := _pace(one))]
        pace = median(paces) if paces else GUESS.get(base)
        seconds = pace * pictures if pace and pictures else None
        if not same:
            return Forecast(seconds)
        memory = [one.facts["memory"] for one in same if one.facts.get("memory")]
        spread = sum(abs(one / pace - 1) for one in paces) / len(paces) if paces else 0.0
        return Forecast(
            seconds, median(memory) if memory else None, median(one.bytes for one in same), len(same), spread
        )

    def disk_free(self) -> int:
        """Bytes free where the data folder lies."""
        return shutil.disk_usage(self.library.settings.data).free

    def _done(self, base: str) -> list[Thing]:
        made = [one for one in self.library.things("artefact") if isinstance(one.task, Tune)]
        return [one for one in made if one.task.base == base and "step" not in one.facts]


def _pace(thing: Thing) -> float | None:
    """Seconds a picture took in an earlier run that went to its end."""
    seconds, pictures = thing.facts.get("seconds"), work(thing.task.recipe, thing.task.knobs)
    whole = not thing.facts.get("stopped")
    done = thing.facts.get("steps", 1) / thing.facts["planned"] if thing.facts.get("planned") else 1
    return seconds / (pictures * done) if seconds and pictures and done and whole else None
