"""A figure: what was measured, within which interval, and whether it reaches what was hoped for."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

Z = 1.96
"""Deviations that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Figure:
    """`low` to `high` holds the true value in 95 cases of 100; `target` is what was hoped for, `ok` whether it is
    reached, None where nothing was hoped."""

    name: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    target: float | None = None
    ok: bool | None = None

    def told(self) -> dict:
        """Plain JSON, rounded to four places."""
        return {key: round(v, 4) if isinstance(v, float) else v for key, v in asdict(self).items()}


def figure(name: str, value: float, unit: str = "", target: float | None = None, most: bool = False) -> Figure:
    """A number without an interval; `most` says that less is better."""
    return Figure(name, float(value), unit, target=target, ok=_ok(value, target, most))


def share(name: str, right: Sequence[bool], target: float | None = None) -> Figure:
    """The share that is right, with Wilson's interval."""
    n = max(len(right), 1)
    p = sum(map(bool, right)) / n
    middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    low, high = (max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n)))
    return Figure(name, p, "share", low, high, target, _ok(p, target))


def mean(name: str, values: Sequence[float], unit: str = "", target: float | None = None, most: bool = False) -> Figure:
    """The mean of values that are measured one by one, with the interval of a mean."""
    n = max(len(values), 1)
    middle = sum(values) / n
    spread = math.sqrt(sum((v - middle) ** 2 for v in values) / max(n - 1, 1))
    half = Z * spread / math.sqrt(n)
    return Figure(name, middle, unit, middle - half, middle + half, target, _ok(middle, target, most))


def _ok(value: float, target: float | None, most: bool = False) -> bool | None:
    return None if target is None else bool(value <= target if most else value >= target)
