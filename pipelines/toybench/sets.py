"""Scores of all pictures of a method in a track together: how far from perfect pictures, how clear, how various."""

from collections.abc import Mapping, Sequence

import torch

from pipelines.album import Album
from pipelines.eyes import Eyes
from pipelines.judging import Case, SetJudges, SetMetric, kinds
from pipelines.results import Cell
from pipelines.spec import Subject
from pipelines.toybench.sanity import RENDERS

POOLED = ("fid", "kid", "cmmd", "inception_score", "diversity")
"""The scores that ask for no subject."""
LEAST = 16
"""Pictures below which distributions say nothing."""


def pooled(cells: Sequence[Cell], eyes: Eyes) -> dict[tuple[str, str], dict[str, float]]:
    """By group and method, the scores of LEAST pictures or more.

    Each method is held against the perfect pictures of the same questions and seeds, as far as it has answered them.
    """
    nobody = Case(Subject("", "", "", ""), torch.empty(0, 3, 1, 1), eyes)
    judges = SetJudges(nobody, POOLED)
    perfect = {_asked(one): one for one in cells if one.method == RENDERS}
    found = {}
    for group, method in dict.fromkeys((one.group, one.method) for one in cells):
        mine = [one for one in cells if (one.group, one.method) == (group, method) and _asked(one) in perfect]
        if len(mine) < LEAST:
            continue
        against = None if method == RENDERS else Album([perfect[_asked(one)].picture for one in mine])
        seen, prompts = Album([one.picture for one in mine]), [one.prompt for one in mine]
        found[group, method] = judges(seen, prompts, against)
    return found


def about(found: Mapping[tuple[str, str], Mapping[str, float]], eyes: Eyes) -> dict[str, type[SetMetric]]:
    """The scores that were found, in the order of POOLED."""
    there = kinds("set_metrics", eyes, POOLED)
    return {name: kind for name, kind in there.items() if any(name in one for one in found.values())}


def _asked(cell: Cell) -> tuple[str, str, str, int]:
    return cell.group, cell.case, cell.prompt, cell.seed
