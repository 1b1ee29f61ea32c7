"""What is beside the subject in a photo, said by the photo itself: a masked look at it, added to every word.

DisenBooth's identity-irrelevant branch (arXiv 2305.03374, section 4.2): f, a frozen encoder's vector of the photo, is
masked, v = σ(m) ⊙ f with m learnt from 0, and adapted, f_i = W₂·ReLU(W₁·v) + v. It has to be as wide as the text.

The paper's encoder is CLIP's. A base comes with one reader of pictures, its VAE, so here f holds the photo's latents,
averaged over as fine a grid as fits into the text's width, and zeros behind them. The mask can leave out places then,
as well as features.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.seams import Lesson


class FeatureMask:
    """A mask and an adapter; they change no word until a picture is looked at.

    Args:
        rate: learning rate; None takes the phase's.
    """

    where, decay, silent = "sentences", 0.01, True

    def __init__(self, rate: float | None = None):
        self.rate = rate

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """For a text encoder D wide: D numbers of mask, two matrices D x D."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=lesson.chance)))
            return _Aside(layer.config.hidden_size)


class _Aside(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.mask = nn.Parameter(torch.zeros(width))
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, ids: Tensor, y: Tensor) -> Tensor:
        return y

    def aside(self, latents: Tensor) -> Tensor:
        """f_i (B, D) of latents (B, C, h, w)."""
        v = self.mask.sigmoid() * laid_out(latents, len(self.mask)).to(self.mask)
        return self.second(self.first(v).relu()) + v


def laid_out(latents: Tensor, width: int) -> Tensor:
    """f (B, width): the latents (B, C, h, w) averaged over as many cells as fit, row by row, and zeros."""
    channels, *sides = latents.shape[1:]
    cells = max(1, min(*sides, int((width / channels) ** 0.5)))
    found = F.adaptive_avg_pool2d(latents, cells).flatten(1)[:, :width]
    return F.pad(found, (0, width - found.shape[1]))
