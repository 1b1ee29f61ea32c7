"""A second transformer block behind some of the decoder's, whose cross-attention reads a reference instead of words.

ViCo's image cross-attention (arXiv 2306.00971, section 3.2): LayerNorm and self-attention, LayerNorm and attention to
the reference's tokens at the same layer, LayerNorm and a GEGLU feed-forward, each added to what came; 20·d² numbers.
The base stays as it is. Tokens that the reference's mask leaves out cannot be read. Without a reference it is silent.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.references import Shown
from pipelines.seams import Lesson


class ImageBranch:
    """One block for each layer.

    Args:
        gentle: whether the three outputs start at zero, so that nothing changes before it is trained; the authors'
            code does not.
        rate: learning rate; None takes the phase's.
    """

    where, decay, silent = "decoder", 0.01, True

    def __init__(self, gentle: bool = True, rate: float | None = None):
        self.gentle, self.rate = gentle, rate

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """As wide, and with as many heads, as the transformer block it stands behind."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=lesson.chance)))
            block = _Block(layer.attn1.to_q.in_features, layer.attn1.heads)
        for out in (block.own.out, block.seen.out, block.last) if self.gentle else ():
            nn.init.zeros_(out.weight)
            nn.init.zeros_(out.bias)
        return block


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm, self.heads = nn.LayerNorm(width), heads
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """x (B, N, d), what it asks (B, M, d) or None for itself, which of that it may (B, M) → (B, N, d)."""
        asks = self.norm(x)
        context = asks if context is None else context
        parts = self.query(asks), self.key(context), self.value(context)
        q, k, v = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in parts)
        mask = None if mask is None else mask[:, None, None]
        return self.out(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2))


class _Block(nn.Module):
    reads = True

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.own, self.seen = _Attention(width, heads), _Attention(width, heads)
        self.norm, self.first, self.last = nn.LayerNorm(width), nn.Linear(width, 8 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, y: Tensor, shown: Shown) -> Tensor:
        """y (B, N, d), the block's answer → the same, the reference read."""
        h = y.to(self.norm.weight.dtype)
        h = h + self.own(h)
        h = h + self.seen(h, shown.tokens.to(h), shown.mask)
        value, gate = self.first(self.norm(h)).chunk(2, dim=-1)
        return (h + self.last(value * F.gelu(gate))).to(y.dtype)
