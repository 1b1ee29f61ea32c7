"""Several runs of one recipe on one subject bear one name: what tells them apart is said where there are two."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines import catalogue
from pipelines.errors import StudioError
from pipelines.tasks import Task, Tune
from pipelines.traits import built

MOST = 3
"""Knobs that are named before the rest is left out."""


@dataclass(frozen=True)
class Namesake:
    """Something with a name that others may have, too. `at` is in seconds since the epoch."""

    name: str
    task: Task
    at: float


def apart(all_of: Sequence[Namesake]) -> list[str]:
    """A name for each: its own where no other run has it, else with the knobs that were turned, with the time as well
    where those are the same, and with a number where they began together."""
    said: dict[str, list[Namesake]] = {}
    for one in all_of:
        said.setdefault(one.name, []).append(one)
    knobs = {id(one): turned(one.task) for alike in said.values() if len(alike) > 1 for one in alike}
    told = [_told(one, [other for other in said[one.name] if other is not one], knobs) for one in all_of]
    begun: dict[str, list[float]] = {}
    for one, name in sorted(zip(all_of, told, strict=True), key=lambda pair: pair[0].at):
        begun.setdefault(name, []).append(one.at)
    return [
        f"{name} ({begun[name].index(one.at) + 1})" if isinstance(one.task, Tune) and len(begun[name]) > 1 else name
        for one, name in zip(all_of, told, strict=True)
    ]


def _told(one: Namesake, others: Sequence[Namesake], knobs: Mapping[int, str]) -> str:
    if not others or not isinstance(one.task, Tune):
        return one.name
    mine = knobs[id(one)]
    same = [other.at for other in others if knobs[id(other)] == mine]
    words = (one.name, (mine or "as it comes") if len(same) < len(others) else "", _clock(one.at, same) if same else "")
    return ", ".join(word for word in words if word)


def turned(task: Task) -> str:
    """The knobs of a run that are not what they come as, in words: "steps 90, batch 2"."""
    if not isinstance(task, Tune):
        return ""
    try:
        recipe = catalogue.recipe(task.recipe).on(built(task.base).large)
    except StudioError:
        return ""
    labels = {one.name: one.metadata.get("label", one.name) for one in recipe.knobs()}
    values = [f"{labels[name].lower()} {_value(value)}" for name, value in recipe.turned(task.knobs).items()]
    return ", ".join(values[:MOST]) + (" …" if len(values) > MOST else "")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _clock(at: float, others: Sequence[float]) -> str:
    """The time of day, with the day where it is another than today, and to the second where minutes are not enough."""
    then, now = time.localtime(at), time.localtime()
    minute = time.strftime("%d %b %H:%M", then).lstrip("0")
    if any(time.localtime(other)[:5] == then[:5] for other in others):
        minute = time.strftime("%d %b %H:%M:%S", then).lstrip("0")
    return minute if then[:3] != now[:3] else minute.split(" ")[-1]
