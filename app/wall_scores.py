"""What the scores of a wall allow to be said of its methods: means with intervals, paired tests, ranks.

What is drawn again are subjects; on a wall of one subject its prompts, which says nothing about other subjects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.wall_folder import Metric
from app.wall_index import WallIndex
from pipelines import statistics


@dataclass(frozen=True)
class Scored:
    """A score of a row: the mean over units with its 95 % interval, `p` of the paired test against the row that all are
    held against, and the mean rank among the rows, 1 the best; None where it cannot be said."""

    value: float
    low: float
    high: float
    p: float | None
    rank: float | None


@dataclass(frozen=True)
class Scores:
    """By row and metric. `unit` is what was drawn again, "subject" or "prompt"; `units` how many there are."""

    unit: str
    units: int
    rows: dict[str, dict[str, Scored]]


def mean(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """The mean of the numbers there are; not a number where there is none."""
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(there, values, 0).sum(axis) / there.sum(axis)


def scores(index: WallIndex, metrics: Sequence[Metric], against: str) -> Scores:
    """All of it for some metrics, each row tested against the row `against`."""
    unit = "subject" if len(index.axes[0]) > 1 else "prompt"
    names = index.axes[1]
    each = [mean(index.scores(one.key), (2, 3)) if unit == "subject" else mean(index.scores(one.key)[0], 2).T
            for one in metrics]  # fmt: skip
    table = np.stack(each)  # (M, units, R)
    flat = table.transpose(1, 0, 2).reshape(table.shape[1], -1)
    means = mean(flat, 0).reshape(table.shape[0], -1)
    ends = _alike(flat, statistics.intervals, 1, 2).reshape(*means.shape, 2)
    p = np.full(means.shape, np.nan)
    if against in names:
        off = table - table[:, :, names.index(against), None]
        p = _alike(off.transpose(1, 0, 2).reshape(len(flat), -1), statistics.flipped, 2, 1).reshape(means.shape)
        p[:, names.index(against)] = np.nan
    ranks = np.stack([_ranks(one, metric.better) for one, metric in zip(table, metrics, strict=True)])
    rows = {
        name: {
            metric.key: Scored(float(means[m, r]), *map(float, ends[m, r]), _number(p[m, r]), _number(ranks[m, r]))
            for m, metric in enumerate(metrics) if np.isfinite(means[m, r])
        }
        for r, name in enumerate(names)
    }  # fmt: skip
    return Scores(unit, table.shape[1], rows)


def _alike(table: np.ndarray, ask: Callable[[np.ndarray], np.ndarray], least: int, wide: int) -> np.ndarray:
    """`ask` of the columns of (units, k), those together that have numbers for the same units, `least` or more of them:
    (k, wide)."""
    found, there = np.full((table.shape[1], wide), np.nan), np.isfinite(table)
    for units in np.unique(there, axis=1).T:
        columns = (there == units[:, None]).all(0)
        if units.sum() >= least:
            found[columns] = ask(table[np.ix_(units, columns)]).reshape(-1, wide)
    return found


def _ranks(table: np.ndarray, better: str) -> np.ndarray:
    """The mean rank of each row of (units, R) over the units that all rows with any number share."""
    found, there = np.full(table.shape[1], np.nan), np.isfinite(table)
    rows = there.any(0)
    units = there[:, rows].all(1)
    if rows.sum() > 1 and units.any():
        shared = table[np.ix_(units, rows)] * (-1 if better == "less" else 1)
        found[rows] = list(statistics.mean_ranks(dict(enumerate(shared.T))).values())
    return found


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
