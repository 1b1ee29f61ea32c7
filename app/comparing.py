"""From what is set up on the Compare page to the task behind a wall: who, which methods, which words, which seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from app import composing, judges, wall_folder, wall_index
from app.forecast import forecaster
from app.jobs import Jobs
from app.library import Library
from app.settings import Settings
from app.tuning import TOGETHER, why_not
from app.typed_path import judges_at, placed
from app.walls import Wall
from pipelines import catalogue, sweep
from pipelines.errors import BadInput
from pipelines.spec import Subject
from pipelines.tasks import Compare, Sample, Tune
from pipelines.traits import built

BASE, UNTUNED = sweep.BASE, sweep.UNTUNED
PROMPTS = tuple(f"a photo of {{}} {place}" for place in ("on a beach", "in the snow", "at night", "on a wooden floor"))
MOST_PROMPTS, MOST_SEEDS, MOST_CELLS = 40, 100, 50_000


@dataclass(frozen=True)
class Draft:
    """What a person has set up and not yet started. `knobs` are recipe → values that were turned; `wall` is the key of
    the wall this adds to, empty for a new one; `sweep` is what curves run along, of sweep.SWEEPS, empty for none, and
    `values` at which values, as people write them; `judges` a folder of judges, empty for the studio's own."""

    subjects: tuple[str, ...] = ()
    recipes: tuple[str, ...] = ()
    untuned: bool = True
    prompts: str = "\n".join(PROMPTS)
    seeds: int = 1
    first_seed: int = 0
    steps: int = 25
    scale: float = 5.0
    knobs: dict[str, dict[str, Any]] | None = None
    wall: str = ""
    sweep: str = ""
    values: str = ""
    judges: str = ""


def recalled(saved: Any) -> Draft:
    """The draft as the library kept it; a fresh one where it is missing or of another shape."""
    try:
        draft = Draft(**saved)
        return replace(draft, subjects=tuple(draft.subjects), recipes=tuple(draft.recipes), knobs=draft.knobs or {})
    except TypeError:
        return Draft(knobs={})


def of_wall(wall: Wall, settings: Settings) -> Draft:
    """The draft that would make a wall once more, ready to have methods added."""
    task, values = wall.task, wall.task.scales or wall.task.strengths
    recipes = [name for name, _ in task.recipes if name != BASE]
    turned = {name: _turned(name, knobs, task.base) for name, knobs in task.recipes if name != BASE}
    return Draft(
        tuple(one.id for one in task.subjects), tuple(recipes), BASE in dict(task.recipes), "\n".join(task.prompts),
        len(task.seeds), task.seeds[0], task.steps, task.scale, turned, wall.key,
        "scale" if task.scales else "strength" if task.strengths else "", ", ".join(f"{one:g}" for one in values),
        judges.named(task.judges, settings),
    )  # fmt: skip


def handed(hand: Mapping[str, Any], draft: Draft, library: Library, jobs: Jobs) -> Draft | None:
    """The draft after another page handed something over: subjects and recipes with their knobs from Tune, the job
    behind a picture from Compose, a tuned file from the Library. None where nothing of it is known."""
    known = {one.id: one.trigger for one in library.subjects()}
    recipes = tuple(name for name in _words(hand.get("recipes")) if name in catalogue.names("recipes"))
    if who := tuple(one for one in _words(hand.get("subjects")) if one in known):
        given = hand.get("knobs") if isinstance(hand.get("knobs"), dict) else {}
        knobs = {name: values for name, values in given.items() if name in recipes and isinstance(values, dict)}
        return replace(draft, subjects=who, recipes=recipes or draft.recipes, knobs=knobs, wall="")
    if isinstance(hand.get("job"), str):
        return _from_picture(hand["job"], draft, known, jobs)
    if isinstance(hand.get("artefact"), str):
        task = library.thing(hand["artefact"]).task
        if isinstance(task, Tune):
            who = tuple(one.id for one in task.subjects if one.id in known)
            knobs = {task.recipe: _turned(task.recipe, task.knobs, task.base)}
            return replace(draft, subjects=who, recipes=(task.recipe,), knobs=knobs, wall="")
    return None


def _turned(recipe: str, knobs: Mapping[str, Any], base: str) -> dict[str, Any]:
    """What a person turned of a recipe, by the numbers of a task: on another base the others come as they do there."""
    if recipe not in catalogue.names("recipes"):
        return dict(knobs)
    return catalogue.recipe(recipe).on(built(base).large).turned(knobs)


def _from_picture(job: str, draft: Draft, known: Mapping[str, str], jobs: Jobs) -> Draft | None:
    """The words, seed and numbers of a picture, with {} where a known subject was named."""
    try:
        task = jobs.get(job).task
    except BadInput:
        return None
    if not isinstance(task, Sample):
        return None
    scene, line = task.scene, " ".join(task.scene.prompt.split())
    who = [one for one, trigger in known.items() if trigger in line]
    for one in who:
        line = line.replace(known[one], "{}")
    numbers = {"first_seed": scene.seed, "steps": scene.steps, "scale": scene.scale}
    words = line if "{}" in line else f"a photo of {{}}, {line}" if line else draft.prompts
    return replace(draft, subjects=tuple(who[:1]) or draft.subjects, prompts=words, seeds=1, wall="", **numbers)


def _words(given: Any) -> tuple[str, ...]:
    return tuple(one for one in given if isinstance(one, str)) if isinstance(given, list) else ()


def prompts(words: str) -> tuple[str, ...]:
    """One prompt a line, each once.

    Raises:
        BadInput: when there is none, too many, or one without a place for the subject.
    """
    lines = tuple(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))
    if not lines:
        raise BadInput("There is no prompt.", "Write one a line, with {} where the subject goes.")
    if len(lines) > MOST_PROMPTS:
        raise BadInput(f"There are {len(lines)} prompts.", f"A wall holds up to {MOST_PROMPTS}.")
    for line in lines:
        if "{}" not in line:
            raise BadInput(f"“{line}” has no place for the subject.", "Write {} where its name goes.")
    return lines


def plan(draft: Draft, library: Library, base: str, wall: Wall | None = None) -> Compare:
    """The task of a wall. One that is added to keeps its folder, base, steps, CFG scale and the knobs of its methods:
    only then do its finished pictures stay comparable. It keeps its judges, too, unless others are named, and what its
    curves run along: stars and votes go by the names of rows.

    Raises:
        BadInput: when something is missing, or a method cannot run on these subjects or on this wall.
    """
    if not draft.subjects:
        raise BadInput("No subject is chosen.", "Choose one, or add photos on the Subjects page.")
    subjects = tuple(library.subject(one) for one in draft.subjects)
    for one in subjects:
        if not one.photos:
            raise BadInput(f"{one.name} has no photos yet.", "Add three to eight on the Subjects page.")
    given = (draft.knobs or {}) | (dict(wall.task.recipes) if wall else {})
    methods = _methods(draft, given, subjects, wall.task.base if wall else base, library.settings)
    lines, count = prompts(draft.prompts), draft.seeds
    if not 1 <= count <= MOST_SEEDS or not 0 <= draft.first_seed <= composing.MOST_SEED - count:
        raise BadInput("The seeds are out of range.", f"A prompt takes 1 to {MOST_SEEDS} of them.")
    seeds = tuple(range(draft.first_seed, draft.first_seed + count))
    out, numbers = library.new_path("wall"), (base, draft.steps, draft.scale)
    if wall is not None:
        out, numbers = wall.task.out, (wall.task.base, wall.task.steps, wall.task.scale)
    if wall and draft.judges == judges.named(wall.task.judges, library.settings):
        asked = wall.task.judges
    else:
        asked = judges_at(draft.judges, library.settings, photos=numbers[0] != "starter")
    more: dict[str, Any] = {"judges": asked}
    if draft.sweep in sweep.SWEEPS:
        more[f"{draft.sweep}s"] = sweep.read(draft.sweep, draft.values)
    task = Compare(subjects, methods, lines, seeds, out, *numbers, **more)
    if wall and not _along(wall.task) <= _along(task):
        raise BadInput("Its curves cannot be changed.", "Keep the values it has, or make a new wall for other curves.")
    if len(sweep.lines(task)) < 2:
        raise BadInput("A comparison needs two methods.", "Tick another one, or the untuned base.")
    if cells(len(subjects), len(sweep.lines(task)), len(lines), count) > MOST_CELLS:
        raise BadInput(f"That is more than {MOST_CELLS:,} pictures.", "Take fewer prompts, seeds, methods or values.")
    return task


def _along(task: Compare) -> set[tuple[str, float]]:
    """Where the rows of each method stand on its curve; one place where there are no curves."""
    places = {("scale", one) for one in task.scales} | {("strength", one) for one in task.strengths}
    return places or {("alone", 0.0)}


def _methods(
    draft: Draft, given: Mapping[str, Any], subjects: Sequence[Subject], base: str, settings: Settings
) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The methods with all their knobs: those `given`, by recipe, and the others as they come on this base."""
    found = []
    for name in draft.recipes:
        recipe = catalogue.recipe(name).on(built(base).large)
        knobs = recipe.settled(placed(recipe, given.get(name, {}), settings))
        odd = why_not(recipe.with_knobs(knobs), subjects, base)
        why = f"it needs {TOGETHER}" if TOGETHER in recipe.needs else odd and odd.brief
        if why:
            raise BadInput(f"{recipe.title} cannot stand on this wall: {why}.", "Take its tick away.")
        found.append((name, knobs))
    return (*found, (BASE, {})) if draft.untuned else tuple(found)


def cells(subjects: int, rows: int, lines: int, seeds: int) -> int:
    """How many pictures a wall has."""
    return subjects * rows * lines * seeds


def title(wall: Wall) -> str:
    """What the queue calls it: "Wall 12: Pip, 6 methods"."""
    names = " and ".join(one.name for one in wall.task.subjects)
    return f"{wall.title}: {names}, {len(wall.task.recipes)} methods"


def cost(draft: Draft, library: Library, base: str) -> tuple[int, float | None]:
    """How many pictures the draft asks for, and about how many seconds it takes here; None before anything was
    measured."""
    lines = len({line.strip() for line in draft.prompts.splitlines() if line.strip()})
    count = cells(len(draft.subjects), _rows(draft), lines, draft.seeds)
    told, pace = forecaster(library), composing.pace(library, base)
    learning = [told.tune(name, (draft.knobs or {}).get(name, {}), base).seconds for name in draft.recipes]
    if pace is None or not all(learning):
        return count, None
    return count, pace * draft.steps * count + sum(learning) * len(draft.subjects)


def seconds(task: Compare, library: Library) -> float | None:
    """About how many seconds a wall takes here, without what its folder holds already; None before anything was
    measured, and where only scores are read."""
    if task.scores_only:
        return None
    made, learnt = wall_index.of(task).catch_up().made, wall_folder.rows(Path(task.out))
    who, missing = [one.id for one in task.subjects], int((~made).sum())
    told, pace = forecaster(library), composing.pace(library, task.base)
    taught = [
        told.tune(name, knobs, task.base).seconds
        for one, (name, knobs) in product(who, task.recipes)
        if name != BASE and (one, name) not in learnt
    ]
    if missing and pace is None or not all(taught):
        return None
    return (pace or 0.0) * task.steps * missing + sum(taught)


def _rows(draft: Draft) -> int:
    """How many rows the draft asks for, as far as its values can be read."""
    try:
        values = len(sweep.read(draft.sweep, draft.values)) if draft.sweep in sweep.SWEEPS else 1
    except BadInput:
        values = 1
    return len(draft.recipes) * values + draft.untuned * (values if draft.sweep == "scale" else 1)


def folder_name(wall: Wall) -> str:
    """A file name for what is exported."""
    names = "-".join("".join(c for c in one.name.lower() if c.isalnum()) for one in wall.task.subjects)
    return f"{wall.title.lower().replace(' ', '-')}-{names[:40]}" if names else Path(wall.task.out).name
