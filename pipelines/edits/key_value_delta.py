"""A full change of what words look like (keys) and what they bring (values), and of nothing else.

Custom Diffusion (arXiv 2212.04488, section 3.1): the matrices that read text are few, and move most in fine-tuning.
The first position, which starts every prompt, is answered with the change like the others, but teaches nothing:
K = d⊙K + (1−d)⊙stopgrad(K) with d = 0 there, as in the authors' code, so that the change cannot ride on a token that is
always said.
"""

import torch
from torch import Tensor, nn

from pipelines.seams import Lesson


class KeyValueDelta:
    """A trained change of the weight of each layer that reads text.

    Args:
        where: which of those layers; see `seams.layers`.
        rate: learning rate; None takes the phase's.
    """

    decay, silent = 0.01, True

    def __init__(self, where: str = "cross.kv", rate: float | None = None):
        self.where, self.rate = where, rate

    def build(self, layer: nn.Linear, lesson: Lesson) -> nn.Module:
        """A change of a linear layer's weight, all zeros."""
        return _Change(layer)


class _Change(nn.Module):
    def __init__(self, layer: nn.Linear):
        super().__init__()
        self.change = nn.Parameter(torch.zeros_like(layer.weight, dtype=torch.float32))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """x (B, M, D), y (B, M, C) → y + Δ·x."""
        added = nn.functional.linear(x.to(self.change.dtype), self.change)
        added = torch.cat([added[:, :1].detach(), added[:, 1:]], dim=1)
        return y + added.to(y.dtype)
