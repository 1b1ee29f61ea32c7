"""What stands behind fusing on the Compose page: whose files the scene names, which ways can join them, the task."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from app import composing
from app.library import Library
from app.shelf import Thing
from pipelines import artefact, fusible
from pipelines.artefact import Header
from pipelines.errors import BadInput, StudioError
from pipelines.tasks import Fuse

HEAVIEST = 1.5
"""The greatest weight a file may have."""


def sources(drawn: Mapping[str, Any], library: Library) -> list[dict[str, Any]]:
    """The tuned files that the regions in sight name, each once and in order: {"key", "name", "detail", "photo",
    "number" of the first region that names it}."""
    known = {one["key"]: one for one in composing.choices(library)}
    found: dict[str, dict[str, Any]] = {}
    for region in drawn["regions"]:
        who = known.get(region["subject"] or "")
        if not who or region["hidden"]:
            continue
        key = who["key"].partition(".")[0]
        shown = {"detail": who["detail"], "photo": who["photo"], "number": region["number"]}
        one = found.setdefault(key, {"key": key, "name": who["name"], **shown})
        if who["name"] not in one["name"].split(" and "):
            one["name"] += f" and {who['name']}"
    return list(found.values())


def offers(named: list[dict[str, Any]], library: Library) -> list[dict[str, Any]]:
    """Every way to make one file of these, the fittest first: {"name", "title", "paper", "says", "why", "seconds"};
    `why` says why it cannot take them, `seconds` what it will take here, None before the first."""
    if len(named) < 2:
        return []
    files, broken = _headers(named, library)
    found = [(way, broken or why) for way, why in fusible.offers(files)]
    return [
        {"name": way.name, "title": way.title, "paper": way.paper, "says": way.says, "why": str(why or ""),
         "seconds": _pace(way.name, len(named), library)}
        for way, why in sorted(found, key=lambda pair: pair[1] is not None)
    ]  # fmt: skip


def task(asked: Mapping[str, Any], drawn: Mapping[str, Any], library: Library) -> Fuse:
    """The fusion of the scene's files that was asked for: {"way", "weights" by key}; a weight of 1 unless given.

    Raises:
        BadInput: when there are fewer than two, or the way cannot take them.
    """
    named = sources(drawn, library)
    if len(named) < 2:
        advice = "Give another region a subject with a tuned file of its own."
        raise BadInput("There are no two tuned files in the scene.", advice)
    files, broken = _headers(named, library)
    refused = broken or fusible.unfit(files)
    way = next((one for one in fusible.WAYS if one.name == asked.get("way")), None)
    refused = refused or (way.refuses(files) if way else BadInput("That fusion is not known.", "Choose another one."))
    if refused:
        raise refused
    weights, parts = asked.get("weights") or {}, []
    for one in named:
        weight = weights.get(one["key"], 1.0)
        if not 0 <= weight <= HEAVIEST:
            raise BadInput(f"The weight of {one['name']} is {weight:g}.", f"It goes from 0 to {HEAVIEST:g}.")
        parts.append((library.thing(one["key"]).path, float(weight)))
    base = library.thing(named[0]["key"]).task.base
    return Fuse(tuple(parts), library.new_path("artefact"), way.name, base)


def title(drawn: Mapping[str, Any], library: Library) -> str:
    """What the job is called."""
    return f"{' and '.join(one['name'] for one in sources(drawn, library))} in one file"


def seconds(wanted: Fuse, library: Library) -> float | None:
    """How long it will take, from the same fusions done here; None before the first."""
    return _pace(wanted.fusion, len(wanted.artefacts), library)


def _headers(named: list[dict[str, Any]], library: Library) -> tuple[dict[str, Header], StudioError | None]:
    """What each file says of itself, by the name a person gives it; and what is wrong with the first that says
    nothing."""
    files = {}
    for one in named:
        name = f"{one['name']}’s file"
        try:
            files[name] = artefact.read_header(library.thing(one["key"]).path)
        except StudioError as error:
            return files, BadInput(f"{name} cannot be read. {error.message}", "Choose another, or tune it again.")
    return files, None


def _pace(way: str, count: int, library: Library) -> float | None:
    done = [one for one in library.things("artefact") if _by(one, way) and one.facts.get("seconds")]
    each = [one.facts["seconds"] / len(one.task.artefacts) for one in done]
    return median(each) * count if each else None


def _by(made: Thing, way: str) -> bool:
    return isinstance(made.task, Fuse) and made.task.fusion == way
