"""A part of a finished picture is made anew, and the rest stays as it is.

Blended Latent Diffusion (arXiv 2206.02779, algorithm 1, without its fine-tuned decoder): before every step the kept
cells are the finished picture at that step's noise level, after the last step they are the finished picture itself. As
in RePaint (arXiv 2201.09865) what is new starts from pure noise; unlike both, the noise over the kept cells is that of
the run's start at every level, for this sampler adds none on its way. RePaint's jumps back are `resample`'s business.
"""

import torch
from torch import Tensor

from pipelines.denoise import At, Guidance, Predict


class KeepRest(Guidance):
    """Costs nothing. Stands outside of every other guidance, so that none of them moves what is kept.

    Args:
        clean: (1, C, h, w), latents of the finished picture; None to keep nothing.
        anew: (h, w) bool, the cells to make anew.
    """

    def __init__(self, clean: Tensor | None = None, anew: Tensor | None = None):
        self.clean, self.anew = clean, anew
        self._noise: Tensor | None = None

    def step(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        if self.clean is None or self.anew is None:
            return proceed(x, at)
        if at.i == 0:
            self._noise = x
        level = torch.full((len(x),), at.t, device=x.device)
        kept = at.backbone.schedule.noised(self.clean.expand_as(x), self._noise, level)
        done = proceed(torch.where(self.anew, x, kept), at)
        return self.rest(done) if at.i + 1 == at.steps else done

    def rest(self, clean: Tensor) -> Tensor:
        """Clean latents (B, C, h, w) with the finished picture in the kept cells, to the bit."""
        return torch.where(self.anew, clean, self.clean.expand_as(clean))
