"""The small convolutional network that every judge of pictures stands on."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """A residual block: depthwise 5 x 5, then a widening and a narrowing 1 x 1 (Liu et al., arXiv:2201.03545)."""

    def __init__(self, width: int):
        super().__init__()
        self.spread = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.norm = nn.GroupNorm(1, width)
        self.widen, self.narrow = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(3 * width, width, 1)
        self.act = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):  # processors are twice as quick at this in single precision
            spread = self.spread(x.to(self.spread.weight.dtype))
        return x + self.narrow(self.act(self.widen(self.norm(spread))))


class Tower(nn.Module):
    """Pictures (B, 3, S, S) from 0 to 1 to features: the mean over places (B, 256), or the map itself.

    The map has one place for each 16 pixels. About 1.4 million parameters.
    """

    WIDTH = 256

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 4, stride=4)
        stages = []
        for width, blocks, into in ((64, 2, 128), (128, 2, 256), (256, 3, 0)):
            stages += [Block(width) for _ in range(blocks)]
            if into:
                stages += [nn.GroupNorm(1, width), nn.Conv2d(width, into, 2, stride=2)]
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(self.WIDTH)

    def map(self, pixels: Tensor) -> Tensor:
        """Features with their places, (B, 256, S / 16, S / 16)."""
        return self.stages(self.stem(2 * pixels - 1))

    def steps(self, pixels: Tensor) -> list[Tensor]:
        """The features at the end of each of the three widths, finest first: (B, C, h, w)."""
        x, found = self.stem(2 * pixels - 1), []
        for stage in self.stages:
            if isinstance(stage, nn.GroupNorm):
                found.append(x)
            x = stage(x)
        return [*found, x]

    def within(self, pixels: Tensor, shares: Tensor) -> Tensor:
        """As `forward`, but each place counts for its share (B, S / 16, S / 16), from 0 to 1, of what is meant."""
        weights = shares[:, None] / shares.sum((1, 2)).clamp(min=1e-6)[:, None, None, None]
        return self.norm((self.map(pixels) * weights).sum((2, 3)))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.norm(self.map(pixels).mean((2, 3)))


def fit(pixels: Tensor, side: int) -> Tensor:
    """Pixels (B, 3, H, W) at (side, side); what is not square is first filled up to a square with its edge colours."""
    high, wide = pixels.shape[-2:]
    if high != wide:
        x, y = max(high - wide, 0), max(wide - high, 0)
        pixels = F.pad(pixels, [x // 2, x - x // 2, y // 2, y - y // 2], mode="replicate")
    if pixels.shape[-1] == side:
        return pixels
    return F.interpolate(pixels, (side, side), mode="bilinear", antialias=True).clamp(0, 1)
