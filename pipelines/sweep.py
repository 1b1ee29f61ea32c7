"""The rows of a wall: each method once, or once at every value of what is swept. The name of a row says which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import BadInput
from pipelines.tasks import Compare

BASE, UNTUNED = "base", "Untuned base"
"""The base as it is among methods, and how people call it."""
SWEEPS = {"scale": "CFG scale", "strength": "strength of the tuned file"}
SHORT = {"scale": "CFG", "strength": "strength"}
MOST, RANGES = 12, {"scale": (1.0, 30.0), "strength": (0.0, 2.0)}
"""How many values a sweep has at most, and between which they lie. At strength 0 a method is the base."""


@dataclass(frozen=True)
class Line:
    """A row: a method, the CFG scale it samples with, and how strongly its tuned file speaks (1 is as it was taught).

    `name` tells it from the other rows of its wall: the method's own, where nothing is swept.
    """

    name: str
    method: str
    scale: float
    strength: float = 1.0


def lines(task: Compare) -> tuple[Line, ...]:
    """The rows of a wall in their order, those of a method together; the untuned base knows no strength.

    Raises:
        BadInput: when both are swept, or a value cannot be used.
    """
    if task.scales and task.strengths:
        raise BadInput("Two things are swept at once.", "Sweep the CFG scale or the strength; a curve shows one.")
    found = []
    for method, _ in task.recipes:
        if task.scales:
            found += [Line(_name(method, "scale", v), method, v) for v in checked("scale", task.scales)]
        elif task.strengths and method != BASE:
            found += [Line(_name(method, "strength", v), method, task.scale, v)
                      for v in checked("strength", task.strengths)]  # fmt: skip
        else:
            found.append(Line(method, method, task.scale))
    return tuple(found)


def checked(what: Literal["scale", "strength"], values: Sequence[float]) -> tuple[float, ...]:
    """Values of a sweep, each once, from low to high.

    Raises:
        BadInput: when there are fewer than two, too many, or one out of range.
    """
    low, high = RANGES[what]
    kept = tuple(sorted({round(one, 4) for one in values}))
    if not all(low <= one <= high for one in kept):  # also what is not a number
        raise BadInput(f"A {SWEEPS[what]} lies between {low:g} and {high:g}.", "Change the values of the sweep.")
    if not 2 <= len(kept) <= MOST:
        raise BadInput(f"A curve takes 2 to {MOST} values, not {len(kept)}.", "Write them like this: 3, 5, 7.5.")
    return kept


def read(what: Literal["scale", "strength"], words: str) -> tuple[float, ...]:
    """Values of a sweep as people write them: "3, 5, 7.5"; see `checked`.

    Raises:
        BadInput: when one is no number, or cannot be used.
    """
    try:
        values = [float(word) for word in words.replace(",", " ").replace(";", " ").split()]
    except ValueError as error:
        raise BadInput(f"“{words}” are no numbers.", "Write them like this: 3, 5, 7.5.") from error
    return checked(what, values)


def method_of(name: str) -> str:
    """The method of a row, by the row's name."""
    return name.partition("--")[0]


def at(name: str) -> str:
    """Where a row stands in its sweep, "CFG 3"; empty where nothing is swept."""
    what, _, value = name.partition("--")[2].partition("-")
    return f"{SHORT[what]} {value}" if what in SHORT else ""


def untuned(name: str) -> str:
    """The name of the row in which the untuned base is asked the same."""
    _, _, place = name.partition("--")
    return f"{BASE}--{place}" if place.startswith("scale") else BASE


def _name(method: str, what: str, value: float) -> str:
    return f"{method}--{what}-{value:g}"
