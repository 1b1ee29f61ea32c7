"""From what is ticked on the Tune page to tasks: who learns what, how, and what it will cost."""

import secrets
from collections.abc import Sequence
from typing import Any

from app.bases import Bases
from app.estimate import Host
from app.forecast import Forecast, Forecaster
from app.jobs import Jobs
from app.library import Library
from app.relief import fitting, gigabytes
from app.samples import toy_hint
from app.typed_path import placed
from components.cost_card import Cost
from components.recipe_form import knobs_of
from components.subject_choice import Choice
from pipelines import catalogue, stopping
from pipelines.errors import BadInput
from pipelines.spec import Recipe, Subject, check_seed
from pipelines.tasks import Tune
from pipelines.traits import Unfit, built, unfit

TOGETHER = "two subjects"
PERSON, STYLE = "person", "style"


def choices(library: Library, bases: Bases) -> list[Choice]:
    """The library's subjects as the chooser shows them."""
    toy = bases.used().base == "starter"
    found = []
    for one in library.subjects():
        shots = library.shots(one.id)
        real = toy and not all(shot.facts.get("sample") for shot in shots)
        hint = toy_hint(one) if real and shots else ""
        images = tuple(seen for shot in shots[:4] if (seen := library.files.seen(shot.image, 96)))
        found.append(Choice(
            one.id, one.name, one.noun, one.trigger, one.kind, len(shots), sum(bool(p.mask) for p in one.photos),
            images, hint, "Models" if hint else "",
        ))  # fmt: skip
    return found


def untaught(library: Library, jobs: Jobs) -> list[dict[str, Any]]:
    """The subjects that nothing was taught of yet, {"name", "learning"} each: whether a run does it now or waits to."""
    runs = [job.task for job in jobs.list() if isinstance(job.task, Tune)]
    busy, known = {one.id for run in runs for one in run.subjects}, library.runs()
    return [{"name": one.name, "learning": one.id in busy} for one in library.subjects() if one.id not in known]


def why_not(recipe: Recipe, subjects: Sequence[Subject], base: str) -> Unfit | None:
    """Why a recipe with its knobs cannot teach these subjects to a base; None when it can."""
    brief = ""
    if PERSON in recipe.needs and not all(one.kind == PERSON for one in subjects):
        brief = "faces only"
    elif STYLE in recipe.needs and not all(one.kind == STYLE for one in subjects):
        brief = "styles only"
    elif TOGETHER in recipe.needs and len(subjects) < 2:
        brief = "two subjects or more"
    if brief:
        return Unfit(brief, f"It cannot run on what is chosen above: {brief}.")
    return unfit(recipe.plan(), built(base))


def conditions(subjects: Sequence[Subject]) -> dict[str, bool]:
    """Which of the conditions that knobs name hold for these subjects."""
    masked = any(photo.mask for one in subjects for photo in one.photos)
    return {"two or more subjects": len(subjects) > 1, "masks": masked}


def plan(
    library: Library,
    subjects: Sequence[Subject],
    chosen: Sequence[str],
    form: dict,
    base: str,
    seed: float | None,
    prompts: Sequence[str],
    every: int,
    stop: str = stopping.PLATEAU,
) -> list[Tune]:
    """One task for every recipe and subject; a recipe that teaches several at once gets one for all of them. `stop` is
    the rule that may end a run early.

    Raises:
        BadInput: when there is nothing to do, or a knob or the seed is out of range.
    """
    if not subjects:
        raise BadInput("No subject is chosen.", "Choose one, or add photos on the Subjects page.")
    if not chosen:
        raise BadInput("No recipe is ticked.", "Tick one or more on the left.")
    for one in subjects:
        if not one.photos:
            raise BadInput(f"{one.name} has no photos yet.", "Add three to eight on the Subjects page.")
    number = secrets.randbelow(2**31) if seed is None else int(seed)
    check_seed(number)
    watched = tuple(words if "{}" in words else f"{{}} {words}" for words in prompts)
    tasks = []
    for name in chosen:
        recipe = catalogue.recipe(name).on(built(base).large)
        knobs = recipe.settled(placed(recipe, knobs_of(form, name), library.settings))
        odd = why_not(recipe.with_knobs(knobs), subjects, base)
        if odd:
            raise BadInput(f"{recipe.title} cannot run: {odd.brief}.", f"{odd.why} Take its tick away.")
        groups = [tuple(subjects)] if TOGETHER in recipe.needs else [(one,) for one in subjects]
        cache = str(library.settings.room("cache").resolve())
        tasks += [
            Tune(g, name, library.new_path("artefact"), knobs, base, number, int(every), watched, cache, stop)
            for g in groups
        ]
    return tasks


def forecast(forecaster: Forecaster, base: str, ids: Sequence[str], chosen: Sequence[str | None], form: dict) -> Cost:
    """What everything ticked will cost; the figures are those of the recipe on screen."""
    names = [name for name in chosen if name]
    each = {name: forecaster.tune(name, knobs_of(form, name), base) for name in names}
    shown = each.get(form["recipe"]) or (
        forecaster.tune(form["recipe"], form["knobs"], base) if form["recipe"] else None
    )
    if shown is None:
        return Cost()
    runs, free = len(names) * max(1, len(ids)), forecaster.disk_free()
    times = [one.seconds for one in each.values()]
    total = sum(times) * max(1, len(ids)) if times and all(times) else None
    host = forecaster.host()
    trouble: tuple[str, ...] = ()
    if shown.memory and shown.memory > host.there:
        trouble = _too_large(forecaster, form["recipe"], shown, base, host)
    elif shown.size and shown.size * max(1, runs) > free:
        trouble = ("The disk has no room for these files.", "Make room, or empty the bin.")
    return Cost(
        runs, shown.seconds, total, shown.memory, host.there, shown.size, free, shown.runs, shown.spread, *trouble
    )


def _too_large(forecaster: Forecaster, chosen: str, asked: Forecast, base: str, host: Host) -> tuple[str, ...]:
    """What to say of a recipe that asks for more memory than there is, and which recipe would do instead: of those that
    go with any subject and fit, the one that uses most of it."""
    there = f"the graphics card has {gigabytes(host.there)}"
    if host.device == "cpu":
        there = f"{gigabytes(host.there)} are free"
    about = "" if asked.runs else "about "
    said = f"It asks for {about}{gigabytes(asked.memory)}, and {there}."
    found = fitting(forecaster, chosen, base, host.there)
    if found is None:
        return said, "No recipe fits here with this base; choose a smaller one on the Models page."
    best, needs = found
    title = catalogue.recipe(best).title
    return said, f"{title} fits, with {gigabytes(needs)}.", best, title


def times(forecaster: Forecaster, name: str, base: str) -> dict[str, Any]:
    """How long one recipe takes here as it comes, for its row."""
    found = forecaster.tune(name, {}, base)
    return {"seconds": found.seconds, "bytes": found.size, "guess": not found.runs}
