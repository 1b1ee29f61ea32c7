"""A full change of every weight of a layer, kept beside the frozen one: what DreamBooth (arXiv 2208.12242) fine-tunes.

A layer that is linear in its weights answers with W + Δ what it answers with W plus what it answers with Δ, so the
change is a twin of the layer whose weights start at zero. Weight decay then pulls towards the base model.
"""

import copy

import torch
from torch import Tensor, nn

from pipelines.seams import Lesson


class WeightDelta:
    """A trained twin for each layer: linear, convolution or normalisation.

    Args:
        where: which layers; see `seams.layers`.
        rate: learning rate; None takes the phase's.
    """

    decay, silent = 0.01, True

    def __init__(self, where: str = "attention", rate: float | None = None):
        self.where, self.rate = where, rate

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """The layer's twin, all zeros."""
        return _Twin(layer)


class _Twin(nn.Module):
    def __init__(self, layer: nn.Module):
        super().__init__()
        self.change = copy.deepcopy(layer).float().requires_grad_(True)
        with torch.no_grad():
            for parameter in self.change.parameters():
                parameter.zero_()

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return y + self.change(x.to(self.change.weight.dtype)).to(y.dtype)
