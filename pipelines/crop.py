"""Parts of pictures: inside a box, or inside a mask."""

from torch import Tensor


def cut(pixels: Tensor, box: tuple[float, float, float, float]) -> Tensor:
    """The part of pictures (B, 3, H, W) inside a box (x, y, width, height) of shares, at least a pixel."""
    high, wide = pixels.shape[-2:]
    x, y, w, h = box
    left, top = min(int(x * wide), wide - 1), min(int(y * high), high - 1)
    return pixels[..., top : max(int((y + h) * high), top + 1), left : max(int((x + w) * wide), left + 1)]
