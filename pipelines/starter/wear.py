"""What happens to pictures before a judge sees them: blur, grain, compression, as small autoencoders leave them too.

Judges learn on worn pictures beside fresh ones, so that a generated picture is read by what it shows.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

REACH = 3
"""Pixels that a blur looks to each side."""
QUANTA = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=torch.float32,
)  # fmt: skip
"""JPEG's steps of brightness at quality 50 (ITU-T T.81, table K.1)."""

MIX = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""Brightness and two differences of colour, from red, green and blue (ITU-T T.871)."""


def worn(pixels: Tensor, noise: torch.Generator, share: float = 0.6) -> Tensor:
    """Pictures as they might come out of a model or a file.

    Args:
        pixels: (B, 3, S, S) from 0 to 1, S a multiple of 8. noise: on the same device. share: how many pictures are
            touched at all, from 0 to 1.
    """

    def lots() -> Tensor:
        return torch.rand(len(pixels), 1, 1, 1, generator=noise, device=pixels.device)

    touched = lots() < share

    def often(chance: float) -> Tensor:
        return touched & (lots() < chance)

    def between(low: float, high: float, *more: int) -> Tensor:
        shape = (len(pixels), *(more or (1, 1, 1)))
        return low + (high - low) * torch.rand(shape, generator=noise, device=pixels.device)

    side = pixels.shape[-1]
    seen = torch.where(often(0.5), blurred(pixels, between(0.4, 1.3) * side / 128), pixels)
    lot = torch.rand((), generator=torch.Generator().manual_seed(noise.initial_seed())).item()
    small = max(8, int(side * (0.45 + 0.35 * lot)))
    again = F.interpolate(F.interpolate(seen, size=small, mode="area"), size=side, mode="bilinear")
    seen = torch.where(often(0.2), again, seen)
    seen = torch.where(often(0.4), compressed(seen, between(15, 70)), seen)
    gain, shift = between(0.87, 1.13, 3, 1, 1), between(-0.035, 0.035)
    coarse = torch.randn(len(pixels), 3, side // 4, side // 4, generator=noise, device=pixels.device)
    spots = F.interpolate(coarse, size=side, mode="bicubic") * between(0, 0.027)
    return torch.where(often(0.5), seen * gain + shift + spots, seen).clamp(0, 1)


def blurred(pixels: Tensor, deviation: Tensor) -> Tensor:
    """Pixels (B, 3, S, S) through a Gaussian of so many pixels (B, 1, 1, 1) each."""
    taps = torch.arange(-REACH, REACH + 1, device=pixels.device)
    weights = (-0.5 * (taps / deviation[..., 0]).square()).softmax(-1)[..., None]
    for dim in (2, 3):
        side = pixels.shape[dim]
        padded = F.pad(pixels, (0, 0, REACH, REACH) if dim == 2 else (REACH, REACH, 0, 0), mode="replicate")
        pixels = sum(padded.narrow(dim, k, side) * weights[:, :, k, None] for k in range(2 * REACH + 1))
    return pixels


def compressed(pixels: Tensor, quality: Tensor) -> Tensor:
    """Pixels (B, 3, S, S) as JPEG leaves them at qualities (B, 1, 1, 1) from 1 to 100, all colours at full size."""
    device, side = pixels.device, pixels.shape[-1]
    k = torch.arange(8, device=device, dtype=torch.float32)
    wave = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) / 2
    wave[0] /= math.sqrt(2)
    there, back = MIX.to(device), torch.linalg.inv(MIX).to(device)
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    steps = (QUANTA.to(device) * scale[..., None, None]).clamp(min=1.0)
    blocks = (
        torch.einsum("kc,bchw->bkhw", there, pixels * 255).unflatten(2, (side // 8, 8)).unflatten(4, (side // 8, 8))
    )
    grey = torch.tensor([128.0, 0.0, 0.0], device=device)[:, None, None, None, None]
    blocks = torch.einsum("ki,bcyixj,lj->bcyxkl", wave, blocks - grey, wave)
    blocks = (blocks / steps).round() * steps
    seen = torch.einsum("ki,bcyxkl,lj->bcyixj", wave, blocks, wave).reshape(pixels.shape) + grey[..., 0, 0]
    return (torch.einsum("ck,bkhw->bchw", back, seen) / 255).clamp(0, 1)
