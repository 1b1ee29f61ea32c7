"""What tuning will cost on this computer: learnt from the runs it has done, and checked against them afterwards."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median, median_low
from typing import Any

import psutil

from app.anatomy import anatomy_of
from app.estimate import Host, estimate
from app.jobs import Jobs
from app.library import Library
from app.settings import threads
from app.shelf import Thing
from pipelines import catalogue
from pipelines.errors import StudioError
from pipelines.tasks import Tune
from pipelines.traits import built

RECENT = 12  # runs of one recipe that count
CARDS = ("cuda", "mps")


@dataclass(frozen=True)
class Forecast:
    """Seconds, bytes of memory and bytes of file, each None where nothing is known.

    `runs` counts the earlier runs it comes from, 0 meaning a guess; `spread` is how far off it may be, as a share: the
    mean distance of those runs from what this forecast would have said of them, or what the forecasts made before them
    were off by, whichever is more.
    """

    seconds: float | None = None
    memory: float | None = None
    size: float | None = None
    runs: int = 0
    spread: float = 0.0


def work(recipe: str, knobs: Mapping[str, Any], base: str = "starter") -> int:
    """How many pictures a run looks at: steps times batch, over all phases; 0 for knobs that the recipe refuses."""
    try:
        plan = catalogue.recipe(recipe).on(built(base).large).with_knobs(knobs).plan()
    except StudioError:
        return 0
    return sum(phase.steps * phase.batch for phase in plan.phases)


class Forecaster:
    """Reads the library's tuned files: each keeps the seconds and the memory it took."""

    def __init__(self, library: Library):
        self.library = library
        self._known: tuple[int, list[Thing]] = -1, []

    def tune(self, recipe: str, knobs: Mapping[str, Any], base: str = "starter") -> Forecast:
        """What this recipe with these knobs will take.

        Earlier runs are scaled by the number of pictures they looked at. Without any of the same recipe on the same
        base, the time is guessed from other recipes on that base, and whatever else is not known is reckoned from the
        base's files, what the recipe changes, and this computer.
        """
        done, pictures = self._done(base), work(recipe, knobs, base)
        same = [one for one in done if one.task.recipe == recipe][:RECENT]
        paces = [pace for one in same or done[:RECENT] if (pace := _pace(one))]
        pace = median(paces) if paces else None
        seconds = pace * pictures if pace and pictures else None
        guess = self._guess(recipe, knobs, base) if not same or seconds is None else Forecast()
        seconds = guess.seconds if seconds is None else seconds
        if not same:
            return replace(guess, seconds=seconds)
        memory = [one.facts["memory"] for one in same if one.facts.get("memory")]
        spread = sum(abs(one / pace - 1) for one in paces) / len(paces) if paces else 0.0
        spread = max([spread, *self._missed(same)])
        return Forecast(
            seconds, median(memory) if memory else None, median(one.bytes for one in same), len(same), spread
        )

    def disk_free(self) -> int:
        """Bytes free where the data folder lies."""
        return shutil.disk_usage(self.library.settings.data).free

    def host(self) -> Host:
        """What trains here: what the worker found, and until it has said so, this computer's processor. Of a card its
        whole memory is there, of the processor what is free or in the worker's own use."""
        worker = next((one for one in Jobs(self.library.store).workers() if one.lane == "heavy" and one.machine), None)
        found = worker.machine if worker else {}
        device, free = found.get("device", "cpu"), float(psutil.virtual_memory().available)
        if device in CARDS and found.get("bytes"):
            there = float(found["bytes"])
        else:
            there = min(free + (worker.used or 0), float(found.get("bytes") or free)) if worker else free
        number = 2 if "16" in found.get("dtype", "") else 4
        return Host(device, number, found.get("threads") or threads("heavy"), found.get("memory") == "in parts", there)

    def _guess(self, recipe: str, knobs: Mapping[str, Any], base: str) -> Forecast:
        """A forecast from files alone; nothing for a base whose files do not say what they hold."""
        known = anatomy_of(base)
        try:
            plan = catalogue.recipe(recipe).on(built(base).large).with_knobs(knobs).plan()
        except StudioError:
            return Forecast()
        if known is None:
            return Forecast()
        found = estimate(plan, known, self.host())
        return Forecast(found.seconds or None, found.memory, found.size or None)

    def _missed(self, done: list[Thing]) -> list[float]:
        """By what share forecasts of these runs were off: the usual one of them, since the first was a guess."""
        told = [(one.facts.get("seconds"), self.library.draft(f"forecast/{one.job}")) for one in done if _whole(one)]
        off = [abs(took / said - 1) for took, said in told if took and said]
        return [median_low(off)] if off else []

    def _done(self, base: str) -> list[Thing]:
        """The runs on a base, newest first. The library is read again only after something in it changed: a page asks
        for many forecasts at once."""
        tide, (seen, runs) = self.library.tide()["made"], self._known
        if tide != seen:
            made = [one for one in self.library.things("artefact") if isinstance(one.task, Tune)]
            runs = [one for one in made if "step" not in one.facts]
            self._known = tide, runs
        return [one for one in runs if one.task.base == base]


@lru_cache(maxsize=1)
def forecaster(library: Library) -> Forecaster:
    """The one that everybody who asks about a library shares, so that it is read once for many jobs."""
    return Forecaster(library)


def _pace(thing: Thing) -> float | None:
    """Seconds a picture took in an earlier run that went to its end."""
    task: Tune = thing.task
    seconds, pictures = thing.facts.get("seconds"), work(task.recipe, task.knobs, task.base)
    done = thing.facts.get("steps", 1) / thing.facts["planned"] if thing.facts.get("planned") else 1
    return seconds / (pictures * done) if seconds and pictures and done and _whole(thing) else None


def _whole(thing: Thing) -> bool:
    return not thing.facts.get("stopped")
