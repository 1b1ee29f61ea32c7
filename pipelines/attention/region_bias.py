"""The words of a region are strengthened inside it and silenced outside.

Cones 2 layout guidance (arXiv 2305.19327, section 3.3 and its released code): to the scores of the subject's token
columns is added g·W·ln(1 + σ²)·std(QKᵀ), with W positive inside the subject's place and negative outside, for the words
to make only. The positive part fades as the noise σ does; the negative one is so large that it stays a mask.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from pipelines.seams import Call

MOST = math.log(1 + 14.6**2)  # ln(1 + σ²) of Stable Diffusion's first step; a schedule may begin with σ without end


class RegionBias:
    """One pass, as fast as a plain picture. A region that is the whole picture has no outside and is left alone.

    Args:
        inside, outside: W in the region and round it. weight: g. until: share of the run that is guided.
    """

    def __init__(self, inside: float = 2.5, outside: float = -1e8, weight: float = 0.08, until: float = 1.0):
        self.inside, self.outside, self.weight, self.until = inside, outside, weight, until

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
        placed = [one for one in call.stage.portions if one.named is not None]
        if call.site.kind == "self" or not placed or not self.weight or call.stage.when.done >= self.until:
            return proceed(call)
        wanted = sum(self._wanted(one, call.hidden) for one in placed)
        scores = call.stage.scores(call).float()
        told = wanted.flatten(1).any(1)
        if not told.any():
            return proceed(call)
        noise = min(MOST, -math.log(max(call.stage.when.signal, 1e-12)))
        bias = (self.weight * noise * scores[told].std() * wanted).clamp(min=torch.finfo(call.hidden.dtype).min / 2)
        bias = bias.to(call.hidden.dtype) if call.bias is None else bias.to(call.hidden.dtype) + call.bias
        return proceed(replace(call, bias=bias))

    def _wanted(self, one, hidden: Tensor) -> Tensor:
        """W for the region's words: (B, 1, N, M)."""
        held = one.place.inside(hidden.shape[1], one.named)
        if held.all():
            return torch.zeros_like(one.named)[:, None, None]
        places = one.place.region.strength * (self.inside * held + self.outside * (1 - held))
        return places[None, None, :, None] * one.named[:, None, None]
