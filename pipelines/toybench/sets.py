"""Scores of all pictures of a method in a track together: how far from perfect pictures, how clear, how various."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

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
        against = None if method == RENDERS else _pixels([perfect[_asked(one)] for one in mine])
        pixels, prompts = _pixels(mine), [one.prompt for one in mine]
        found[group, method] = judges(pixels, prompts, against)
    return found


def about(found: Mapping[tuple[str, str], Mapping[str, float]], eyes: Eyes) -> dict[str, type[SetMetric]]:
    """The scores that were found, in the order of POOLED."""
    there = kinds("set_metrics", eyes, POOLED)
    return {name: kind for name, kind in there.items() if any(name in one for one in found.values())}


def _asked(cell: Cell) -> tuple[str, str, str, int]:
    return cell.group, cell.case, cell.prompt, cell.seed


def _pixels(cells: Sequence[Cell]) -> Tensor:
    """(N, 3, H, W), 0 to 1, at the size of the first picture."""
    read, size = [], None
    for one in cells:
        with Image.open(one.picture) as picture:
            size = size or picture.size
            picture = picture.convert("RGB")
            read.append(np.array(picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)))
    return torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2).float() / 255
