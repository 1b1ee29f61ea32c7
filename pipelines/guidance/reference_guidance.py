"""Steps that draw towards the reference and steps that draw towards the words take turns, by chance.

DreamTuner's interleaved guidance (arXiv 2312.13691, section 3.3). With the reference a little cleaner than the picture,
ε(c, r₋), most steps answer ω_r·ε(c, r₋) − (ω_r − 1)·ε(c, no reference), the others ω_c·ε(c, r₋) − (ω_c − 1)·ε(u, r₊),
where u are the words to keep away from and r₊ is a little noisier. ω_c is the picture's CFG scale. Neither ω_r nor the
distances are told in the paper; ours are those of an unofficial example (2, and one time step).
"""

import torch
from torch import Tensor

from pipelines import references
from pipelines.denoise import At, Guidance, Predict


class ReferenceGuidance(Guidance):
    """Needs a CFG scale above 1, and somebody who speaks and holds a reference; else it proceeds.

    Args:
        weight: ω_r. chance: share of the steps that draw towards the reference. apart: Δt, in time steps.
    """

    def __init__(self, weight: float = 2.0, chance: float = 0.9, apart: int = 1):
        self.weight, self.chance, self.apart = weight, chance, apart

    def predict(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        stage = at.stage
        speaking = {*at.voices, *(name for one in at.regions for name in one.voices)}
        if at.scale == 1 or not stage.encoders or not any(references.holder(stage.voices[one]) for one in speaking):
            return proceed(x, at)
        told = at.told()
        with stage.sighted(-self.apart):
            near = told.answer(x)
        if self._towards(at):
            with stage.sighted(None):
                far, scale = told.answer(x), self.weight
        else:
            with stage.sighted(self.apart):
                far, scale = at.away().answer(x), at.scale
        return scale * near - (scale - 1) * far

    def _towards(self, at: At) -> bool:
        dice = torch.Generator().manual_seed(at.seeds[0])
        return float(torch.rand(at.i + 1, generator=dice)[-1]) <= self.chance
