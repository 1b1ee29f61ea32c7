"""Goes a step, goes back in noise, and goes it again, so that what guides the step has more time to act.

Self-recurrence, as in Cones 2 (arXiv 2305.19327, its released sampler): after a step to the next noise level, fresh
noise brings the picture back to the level before, and the step is taken again.
"""

import torch
from torch import Tensor

from pipelines.denoise import At, Guidance, Predict


class Resample(Guidance):
    """Every repeat costs as much as the step itself, so only steps are repeated in which a region keeps to its place.

    Args:
        again: how often a step is repeated. until: share of the run in which steps are repeated.
    """

    def __init__(self, again: int = 1, until: float = 1.0):
        self.again, self.until = again, until

    def step(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        done = proceed(x, at)
        placed = any(not one.place.inside(x[0, 0].numel(), x).all() for one in at.regions)
        if at.i >= self.until * at.steps or not placed or at.signal < 1e-4:  # nothing is kept of pure noise
            return done
        for turn in range(self.again):
            done = proceed(_back(done, at, turn), at)
        return done


def _back(x: Tensor, at: At, turn: int) -> Tensor:
    """x after the step, noised to the level before it."""
    times = at.backbone.schedule.times(at.steps).tolist()
    after = float(at.backbone.schedule.alphas[times[at.i + 1]]) if at.i + 1 < at.steps else 1.0
    kept = at.signal / after
    drawn = []
    for seed in at.seeds:
        own = (seed * 1009 + at.i) * 17 + turn
        chance = torch.Generator().manual_seed((own + 2**63) % 2**64 - 2**63)  # a generator takes 64 bits
        drawn.append(torch.randn(x.shape[1:], generator=chance))
    return kept**0.5 * x + (1 - kept) ** 0.5 * torch.stack(drawn).to(x)
