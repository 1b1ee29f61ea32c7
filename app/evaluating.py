"""From what is set up on the Evaluate page to the task behind a run: which benchmark, where it lies, which methods."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.composing import pace
from app.forecast import forecaster
from app.library import Library
from app.settings import Settings
from app.tuning import TOGETHER
from app.typed_path import judges_at, typed_path
from pipelines import catalogue, glance, suites
from pipelines.errors import BadInput
from pipelines.published import parts, rows
from pipelines.suites import Suite
from pipelines.tasks import Published, ToyBench
from pipelines.toybench import plan as toyplan
from pipelines.traits import built

TOY, STEPS = "toybench", 25
"""Our own benchmark among the others; and how many steps its pictures take."""
TITLES = {
    TOY: "ToyBench", "dreambooth": "DreamBooth", "dreambench-multi": "DreamBench, pairs",
    "dreambench-v2": "DreamBench-v2", "custom-diffusion": "Custom Diffusion", "custom-concept-101": "CustomConcept101",
    "stellar": "Stellar", "dreambench-plus": "DreamBench++",
}  # fmt: skip
REMEMBERED, NAMED = 4, 8
"""Folders whose content is kept in mind; and how many of the things that are amiss there are told one by one."""


@dataclass(frozen=True)
class Order:
    """What a person asks for. `tracks` are ToyBench's; `folder` is where a published benchmark lies, `judges` a folder
    with those of the literature, empty for the studio's own; `minutes` is a limit, 0 for none."""

    bench: str = TOY
    recipes: tuple[str, ...] = ()
    quick: bool = True
    minutes: float = 0.0
    tracks: tuple[str, ...] = ()
    folder: str = ""
    judges: str = ""


class Folders:
    """What was found in the folders that somebody had looked through: opening every photo takes its time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._known: OrderedDict[tuple[str, str], Suite] = OrderedDict()

    def look(self, bench: str, folder: str) -> Suite:
        """Read a benchmark's folder now.

        Raises:
            BadInput: when no folder is named, or nothing of the benchmark lies there.
        """
        place = _there(bench, folder, self.settings)
        self._known.pop((bench, str(place)), None)
        self._known[bench, str(place)] = found = suites.load(bench, place)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def known(self, bench: str, folder: str) -> Suite | None:
        """What was found there when it was last looked through."""
        with suppress(BadInput):
            return self._known.get((bench, str(typed_path(folder, self.settings))))
        return None


def task(order: Order, settings: Settings, key: str, base: str) -> ToyBench | Published:
    """The task of a run that goes by the name `key`. Cells that any earlier run finished are not made again.

    Raises:
        BadInput: when nothing is asked, or a folder is not there.
    """
    room = settings.room("evaluations").resolve()
    named, budget = tuple((one, _knobs(one, order.quick, base)) for one in order.recipes), 60 * order.minutes
    if order.bench == TOY:
        if not order.tracks:
            raise BadInput("No track is ticked.", "Tick what is to be asked.")
        home = str(room / "cells")
        return ToyBench(str(room / key), home, named, order.tracks, base=base, quick=order.quick, budget=budget)
    folder = str(_there(order.bench, order.folder, settings))
    judges, home = judges_at(order.judges, settings, photos=True), str(room / "published")
    return Published(order.bench, folder, str(room / key), home, named, base, judges, order.quick, budget)


def _knobs(recipe: str, quick: bool, base: str) -> dict[str, Any]:
    """All knobs of a recipe as they come on a base; where it is only to be seen that everything runs, with little to
    do."""
    return catalogue.recipe(recipe).on(built(base).large).settled(glance.knobs(recipe) if quick else {})


def cost(order: Order, library: Library, base: str, folders: Folders) -> tuple[int, float | None]:
    """How many pictures a run asks for, 0 where its folder was not looked through, and about how many seconds it takes
    here, never more than its limit; None before anything was measured."""
    if order.bench == TOY:
        asked, subjects = _toys(tuple(sorted(order.tracks)), order.quick)
        alone = [name for name in order.recipes if TOGETHER not in catalogue.recipe(name).needs]
        count, learnt, steps = asked * (len(order.recipes) + 1), {name: subjects for name in alone}, STEPS
    else:
        suite = folders.known(order.bench, order.folder)
        if suite is None:
            return 0, None
        cases, seeds = parts.parts(suite, order.quick), parts.seeds(suite)[: 1 if order.quick else None]
        bare, _ = rows.count(suite, cases, seeds, ())
        each = {name: rows.count(suite, cases, seeds, (name,)) for name in order.recipes}
        count = bare + sum(pictures - bare for pictures, _ in each.values())
        learnt, steps = {name: times for name, (_, times) in each.items()}, suite.protocol.steps or rows.STEPS
    speed, told = pace(library, base), forecaster(library)
    learning = {name: told.tune(name, _knobs(name, order.quick, base), base).seconds for name in learnt}
    if speed is None or not all(learning.values()):
        return count, None
    steps = glance.STEPS if order.quick else steps
    whole = speed * steps * count + sum(learning[name] * times for name, times in learnt.items())
    return count, min(whole, 60 * order.minutes or whole)


def order(task: ToyBench | Published) -> Order:
    """What was asked for, from the task that came of it."""
    recipes, minutes = tuple(name for name, _ in task.recipes), task.budget / 60
    if isinstance(task, ToyBench):
        return Order(TOY, recipes, task.quick, minutes, task.tracks or tuple(toyplan.TRACKS))
    return Order(task.suite, recipes, task.quick, minutes, (), task.folder, task.judges)


def told(suite: Suite) -> list[str]:
    """What of a benchmark lies in a folder, in sentences."""
    counts = ", ".join(f"{count} of {suite.whole[what]} {what}" for what, count in suite.here.items())
    gaps = [f"{gap.what} {gap.advice}".strip() for gap in suite.gaps[:NAMED]]
    more = [f"And {len(suite.gaps) - NAMED} more of this kind."] if len(suite.gaps) > NAMED else []
    return [f"{suite.title}: {counts}.", *gaps, *more, *suite.notes]


def _there(bench: str, folder: str, settings: Settings) -> Path:
    advice = "Give the full path of its folder on this computer."
    if not folder:
        raise BadInput(f"Where is {TITLES[bench]}?", advice)
    place = typed_path(folder, settings)
    if not place.is_dir():
        raise BadInput(f"There is no folder {folder}.", advice)
    return place


@lru_cache(maxsize=64)
def _toys(tracks: tuple[str, ...], quick: bool) -> tuple[int, int]:
    """Pictures of a method in some of ToyBench's tracks, and how many subjects it learns for them."""
    cases = toyplan.cases(tracks, "test", quick)
    pictures = sum(len(case.asks) * len(toyplan.seeds(quick)) for case in cases)
    return pictures, len({toy.id for case in cases for toy in case.toys})
