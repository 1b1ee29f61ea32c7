"""Readers of faces: what people noted of faces in photos, read in other pictures from the vectors of a judge of faces.

One logistic regression for each thing noted, and how well what is read keeps to what was noted (Stellar's attribute
preservation, APS, arXiv 2312.06116, which leaves open how its regressions are weighed down).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS, NEAR = 50, 1e-9
"""Of Newton's method at most, and the change below which it has arrived."""


@dataclass(frozen=True)
class Noted:
    """What is noted of a person, K times 1 or -1, and the readers that tell it of vectors (D,): weights (D + 1, K), the
    last row added whatever the vector."""

    truth: tuple[int, ...]
    weights: Tensor

    def read(self, faces: Sequence[Tensor]) -> Tensor:
        """(N, K): what the surest of each picture's faces (F, D) shows, 1 or -1; 0 for a picture without one."""
        k = self.weights.shape[1]
        return torch.stack([_told(one[0], self.weights) if len(one) else torch.zeros(k) for one in faces])


def taught(vectors: Tensor, noted: Tensor) -> Tensor:
    """Logistic regressions (D + 1, K) of vectors (N, D) onto what is noted of them, (N, K) of 1 and -1: the sum of
    their losses and of half their squared weights at its least, the constant left free. What is the same of all is told
    of everybody."""
    x = torch.cat([vectors.double(), torch.ones(len(vectors), 1, dtype=torch.float64)], 1)
    return torch.stack([_fitted(x, one) for one in noted.double().T], 1).float()


def preserved(told: Tensor, truth: Tensor) -> float:
    """How well what is told of pictures, (N, K) of 1 and -1, keeps to what is true: the area under the ROC curve, mean
    over those of K that are not the same of all; not a number where there is none. Of two answers, the area is the mean
    of the shares told right among those who have it and those who have it not."""
    found = []
    for said, true in zip(told.T, truth.T, strict=True):
        if (true > 0).any() and (true < 0).any():
            found.append(float(((said[true > 0] > 0).float().mean() + (said[true < 0] < 0).float().mean()) / 2))
    return sum(found) / len(found) if found else math.nan


def _told(vector: Tensor, weights: Tensor) -> Tensor:
    return torch.where(vector @ weights[:-1] + weights[-1] >= 0, 1.0, -1.0)


def _fitted(x: Tensor, y: Tensor) -> Tensor:
    weighed = torch.ones(x.shape[1], dtype=torch.float64)
    weighed[-1] = 0
    w = torch.zeros_like(weighed)
    if (y == y[0]).all():
        w[-1] = y[0]
        return w
    for _ in range(STEPS):
        chance = torch.sigmoid(-y * (x @ w))  # of being told wrong
        down = weighed * w - x.T @ (chance * y)
        curved = x.T @ (x * (chance * (1 - chance))[:, None]) + torch.diag(weighed)
        step = torch.linalg.solve(curved, down)
        w = w - step
        if step.abs().max() < NEAR:
            break
    return w
