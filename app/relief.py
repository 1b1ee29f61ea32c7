"""What would run where the memory did not do: fewer pictures at once, or a recipe that asks for less."""

from app.forecast import Forecaster, forecaster
from app.library import Library
from components.job_strip import Instead
from pipelines import catalogue
from pipelines.tasks import Tune
from pipelines.traits import built, unfit

LESS = 0.8
"""Share of what a run that found the memory full was forecast to ask for, that another one may be forecast to."""


def smaller(task: Tune, library: Library) -> tuple[Instead, ...]:
    """What to offer after a run that found the memory full; nothing where nothing is smaller."""
    known, found = forecaster(library), []
    subjects = [one.id for one in task.subjects]
    batch = task.knobs.get("batch", 1)
    if batch > 1:
        knobs = {**task.knobs, "batch": batch // 2}
        found.append(Instead(f"Take a batch of {batch // 2}", task.recipe, subjects, knobs))
    asked, there = known.tune(task.recipe, task.knobs, task.base).memory, known.host().there
    best = fitting(known, task.recipe, task.base, min(there, LESS * asked) if asked else there)
    if best:
        found.append(Instead(f"Take {catalogue.recipe(best[0]).title}", best[0], subjects))
    return tuple(found)


def fitting(known: Forecaster, chosen: str, base: str, most: float) -> tuple[str, float] | None:
    """Of the other recipes that go with any subject and ask for at most so many bytes, the one that uses most of them,
    and how many that are; None where there is none."""
    found = {}
    for name in catalogue.names("recipes"):
        recipe = catalogue.recipe(name).on(built(base).large)
        needs = known.tune(name, {}, base).memory
        plain = not set(recipe.needs) - {"photos", "masks"} and not unfit(recipe().plan(), built(base))
        if name != chosen and plain and needs and needs <= most:
            found[name] = needs
    best = max(found, key=found.__getitem__, default=None)
    return best and (best, found[best])


def gigabytes(count: float) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e9:.1f} GB"
