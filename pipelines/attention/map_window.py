"""The attention of a region's words is gathered into a smooth window over the region.

Layout-Control's forward guidance (arXiv 2304.03373, equation 4): A_u ← (1 - λ)·A_u + λ·g_u·Σ_v A_v for the words' token
columns, with a window g that is level over the region, falls off smoothly round it, and sums to 1. A word keeps the
attention it has in all; only the words to make are moved, not those to keep away from, nor start and padding.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pipelines.conditioning import Place, Portion
from pipelines.seams import Call


class MapWindow:
    """One pass, nearly as fast as a plain picture. A region that is the whole picture is left alone.

    Args:
        pull: λ. soft: reach of the window's edge, as a share of the region's side. until: share of the run that is
            guided.
    """

    def __init__(self, pull: float = 0.8, soft: float = 0.1, until: float = 0.8):
        self.pull, self.soft, self.until = pull, soft, until
        self._windows: dict[tuple[int, int], tuple[Place, Tensor | None]] = {}

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
        when, cells = call.stage.when, call.hidden.shape[1]
        if call.site.kind == "self" or not self.pull or when.done >= self.until:
            return proceed(call)
        named = [one for one in call.stage.portions if one.named is not None]
        placed = [(one, g) for one in named if (g := self._window(one.place, cells, call.hidden)) is not None]
        if not placed:
            return proceed(call)
        before = call.edit or (lambda shares: shares)
        return proceed(replace(call, edit=lambda shares: self._gathered(before(shares), placed)))

    def _gathered(self, shares: Tensor, placed: list[tuple[Portion, Tensor]]) -> Tensor:
        """(B, h, N, M) → the same, the placed words' columns moved."""
        for one, window in placed:
            pull = self.pull * one.place.region.strength * one.named.to(shares)[:, None, None]
            shares = shares + pull * (window * shares.sum(2, keepdim=True) - shares)
        return shares

    def _window(self, place: Place, cells: int, like: Tensor) -> Tensor | None:
        """g: (N, 1), or None for a region without an outside."""
        known = id(place), cells
        if known not in self._windows:
            self._windows[known] = place, self._drawn(place, cells, like)
        return self._windows[known][1]

    def _drawn(self, place: Place, cells: int, like: Tensor) -> Tensor | None:
        inside = place.inside(cells, like) > 0
        if inside.all():
            return None
        columns = place.grid(cells)[1]
        cell = torch.arange(cells, device=like.device)
        points = torch.stack([cell // columns, cell % columns], dim=1).float()
        away = torch.cdist(points, points[inside]).amin(1)
        reach = max(self.soft * math.sqrt(int(inside.sum())), 1e-3)
        window = torch.exp(-away.square() / (2 * reach**2))
        return (window / window.sum())[:, None].to(like.dtype)
