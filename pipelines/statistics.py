"""What numbers allow to be said: intervals over subjects, paired tests, ranks, fronts, votes, correlations. NumPy only.

Subjects are what is drawn from a world of subjects, so they are what is drawn again: prompts and seeds of one subject
are averaged first (`by_subject`).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import product
from statistics import fmean

import numpy as np

from pipelines.errors import BadInput

DRAWS, LEVEL, EXACT = 10_000, 0.95, 14
"""Samples of a bootstrap, the share an interval holds, and up to how many pairs every change of signs is counted."""
TOGETHER = 64
"""Columns whose samples are drawn together."""
Z = 1.959963984540054


def by_subject(values: Iterable[tuple[Hashable, float]]) -> dict[Hashable, float]:
    """The mean of each subject's values, in the order in which subjects come."""
    found: dict[Hashable, list[float]] = {}
    for who, value in values:
        found.setdefault(who, []).append(value)
    return {who: fmean(each) for who, each in found.items()}


def bootstrap(values: Sequence[float], draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """The middle 95 % of means of samples drawn with replacement (percentile bootstrap; Efron and Tibshirani 1993,
    section 13.3). One value alone is its own interval.

    Raises:
        BadInput: without a value.
    """
    ((low, high),) = intervals(_numbers(values)[:, None], draws, seed)
    return float(low), float(high)


def intervals(table: np.ndarray, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """`bootstrap` of each of k columns (n subjects, k) that share their subjects, hence their draws: (k, 2)."""
    n = len(table)
    drawn = np.random.default_rng(seed).integers(0, n, (draws, n)) + n * np.arange(draws)[:, None]
    times = np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n) / n
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    return np.concatenate(
        [np.quantile(part.T @ times.T, ends, axis=1, overwrite_input=True).T for part in _parts(table)]
    )


def flipped(off: np.ndarray, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """The p of `paired`, of each of k columns of differences (n subjects, k): (k,)."""
    n = len(off)
    if n <= EXACT:
        signs = np.array(list(product((1.0, -1.0), repeat=n)))
    else:
        signs = np.random.default_rng(seed).choice((1.0, -1.0), (draws, n))
        signs[0] = 1.0
    return np.concatenate([(np.abs(signs @ part) >= np.abs(part.sum(0)) - 1e-12).mean(0) for part in _parts(off)])


def paired(first: Sequence[float], second: Sequence[float], draws: int = DRAWS, seed: int = 0) -> dict[str, float]:
    """Whether two methods differ over the same subjects: `difference` (mean of first minus second), `low` and `high`
    (bootstrap over subjects), and `p`, two-sided, of the sign-flip permutation test (Fisher 1935).

    Up to 14 pairs all changes of signs are counted; beyond, `draws` of them, the observed one included.

    Raises:
        BadInput: when they are not as many, or none.
    """
    if len(first) != len(second):
        raise BadInput(f"{len(first)} and {len(second)} values are no pairs.", "Compare the same subjects.")
    off = _numbers(first) - _numbers(second)
    p = float(flipped(off[:, None], draws, seed)[0])
    low, high = bootstrap(off, draws, seed)
    return {"difference": float(off.mean()), "low": low, "high": high, "p": p}


def ranked(values: Sequence[float]) -> np.ndarray:
    """Ranks from 1 of the smallest; equal values share the mean of their ranks."""
    given = _numbers(values)
    smaller = (given[None] < given[:, None]).sum(1)
    equal = (given[None] == given[:, None]).sum(1)
    return smaller + (equal + 1) / 2


def mean_ranks(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """For each method its mean place over subjects, 1 the best (largest); each method has a score for every subject.

    Raises:
        BadInput: when the methods have not the same number of subjects.
    """
    if len({len(each) for each in scores.values()}) != 1:
        raise BadInput("The methods have not the same subjects.", "Rank over those that all of them finished.")
    table = -np.asarray(list(scores.values()), float)
    places = np.stack([ranked(column) for column in table.T], 1).mean(1)
    return dict(zip(scores, map(float, places), strict=True))


def hypervolume(points: Iterable[tuple[float, float]], reference: tuple[float, float]) -> float:
    """The area that points of two scores, of which more is better, cover beyond a fixed reference (Zitzler and Thiele
    1998). Only points above it in both count."""
    area, top = 0.0, reference[1]
    for x, y in sorted((one for one in points if one[0] > reference[0] and one[1] > top), reverse=True):
        if y > top:
            area += (x - reference[0]) * (y - top)
            top = y
    return area


def bradley_terry(
    wins: Mapping[tuple[str, str], float], prior: float = 0.5, steps: int = 10_000
) -> dict[str, tuple[float, float, float]]:
    """Strengths of methods from votes between two of them (Bradley and Terry 1952).

    Args:
        wins: (winner, loser) → how often; a tie is half a win each way.
        prior: wins added each way to every pair that met, so that who never lost gets a finite strength; 0 for the
            plain maximum of the likelihood.

    Returns:
        For each method its log strength, mean over methods 0, with the 95 % interval from the observed information.
        The chance that a beats b is 1 / (1 + exp(b - a)). Fitted by Hunter's MM (Annals of Statistics 2004, eq. 3).

    Raises:
        BadInput: without votes, or when some methods never met the others, even through third ones.
    """
    names = list(dict.fromkeys(name for pair in wins for name in pair))
    place, n = {name: k for k, name in enumerate(names)}, len(names)
    won = np.zeros((n, n))
    for (winner, loser), times in wins.items():
        if winner == loser or times < 0:
            raise BadInput(f"{winner} against {loser}, {times} times, is no vote.", "Give two methods and a count.")
        won[place[winner], place[loser]] += times
    met = won + won.T > 0
    if not met.any():
        raise BadInput("There is no vote.", "Vote first.")
    won += prior * met
    reach = np.linalg.matrix_power((met | np.eye(n, dtype=bool)).astype(float), n) > 0
    if not reach.all():
        apart = ", ".join(names[k] for k in np.flatnonzero(~reach[0]))
        raise BadInput(f"{apart} never met {names[0]}, nor anyone who did.", "Vote between them.")
    games, strength = won + won.T, np.ones(n)
    for _ in range(steps):
        with np.errstate(divide="ignore"):
            fresh = won.sum(1) / (games / (strength[:, None] + strength[None])).sum(1)
        if not (fresh > 0).all():
            raise BadInput("A method won nothing: its strength has no bound.", "Use a prior above 0.")
        fresh /= np.exp(np.log(fresh).mean())
        done = np.abs(np.log(fresh / strength)).max() < 1e-12
        strength = fresh
        if done:
            break
    log = np.log(strength)
    chance = 1 / (1 + np.exp(log[None] - log[:, None]))
    weight = games * chance * (1 - chance)
    information = np.diag(weight.sum(1)) - weight
    spread = Z * np.sqrt(np.clip(np.diag(np.linalg.pinv(information)), 0, None))
    return {name: (float(log[k]), float(log[k] - spread[k]), float(log[k] + spread[k])) for name, k in place.items()}


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation, -1 to 1: Pearson's of the ranks, ties shared.

    Raises:
        BadInput: for fewer than two pairs, or values that are all equal.
    """
    a, b = (ranked(one) - (len(one) + 1) / 2 for one in _both(first, second))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def kendall(first: Sequence[float], second: Sequence[float]) -> float:
    """Kendall's tau-b, -1 to 1: pairs in the same order less those in the other, with ties allowed for (Kendall 1945).

    Raises:
        BadInput: for fewer than two pairs, or values that are all equal.
    """
    a, b = (np.sign(one[:, None] - one[None]) for one in map(_numbers, _both(first, second)))
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def _parts(table: np.ndarray) -> list[np.ndarray]:
    """Columns a few at a time, so that their samples fit into memory."""
    return np.split(table, range(TOGETHER, table.shape[1], TOGETHER), axis=1)


def _both(first: Sequence[float], second: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    if len(first) != len(second) or len(first) < 2:
        raise BadInput(f"{len(first)} and {len(second)} values have no correlation.", "Give two or more pairs.")
    if len(set(first)) < 2 or len(set(second)) < 2:
        raise BadInput("Values that are all equal have no order.", "Leave them out.")
    return first, second


def _numbers(values: Sequence[float]) -> np.ndarray:
    given = np.asarray(values, float)
    if given.ndim != 1 or not given.size or not np.isfinite(given).all():
        raise BadInput("There is no number to count with, or one that is none.", "Leave out what was not scored.")
    return given
