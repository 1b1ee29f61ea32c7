"""The starter's autoencoder: 128-pixel pictures to 16 x 16 x 16 latents and back (AutoencoderKL, factor 8)."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn
from torch.nn import functional as F

from pipelines.starter import larder
from pipelines.starter.course import Course, quick
from pipelines.starter.larder import Larder

CONFIG = dict(
    in_channels=3,
    out_channels=3,
    down_block_types=["DownEncoderBlock2D"] * 4,
    up_block_types=["UpDecoderBlock2D"] * 4,
    block_out_channels=(16, 32, 96, 160),
    layers_per_block=1,
    latent_channels=16,
    norm_num_groups=8,
    mid_block_add_attention=False,
    sample_size=128,
)
"""Few channels where pictures are large, many where they are small: that is what a CPU can afford."""


SMOOTH = 0.25
"""How much it counts that the latents at half their size show the picture at half its size."""


def batch(shelf: Larder, stock: Tensor, rng: np.random.Generator, count: int, side: int) -> tuple[Tensor, Tensor]:
    """Random crops: four in five from the larder's `pictures`, the rest from a stock of dead leaves and textures.

    Args:
        stock: (N, 128, 128, 3) uint8.

    Returns:
        pixels (B, 3, side, side) from -1 to 1; weight (B, 1, side, side), 3 on things and 1 elsewhere.
    """
    toys = count * 4 // 5
    pixels, owner = larder.pixels(shelf.some(rng, toys)["rows"])
    other = stock[torch.from_numpy(rng.integers(len(stock), size=count - toys)).to(stock.device, non_blocking=True)]
    pixels = torch.cat([pixels, other.permute(0, 3, 1, 2).float() / 255])
    weight = torch.cat([1 + 2.0 * (owner > 0), torch.ones_like(other[..., 0], dtype=torch.float32)])[:, None]
    both = torch.cat([pixels * 2 - 1, weight], 1)
    if side < both.shape[-1]:
        corners = rng.integers(0, both.shape[-1] - side + 1, (count, 2))
        both = torch.stack([one[:, y : y + side, x : x + side] for one, (y, x) in zip(both, corners, strict=True)])
    mirrored = torch.from_numpy(rng.random(count) < 0.5).to(both.device, non_blocking=True)
    both = torch.where(mirrored[:, None, None, None], both.flip(3), both)
    return both[:, :3], both[:, 3:]


def train(
    shelf: Larder,
    stock: np.ndarray,
    folder: Path,
    steps: int = 6_000,
    size: int = 3,
    seconds: float = math.inf,
    start: dict[str, Tensor] | None = None,
    device: str = "cpu",
    say=print,
) -> AutoencoderKL:
    """Train the autoencoder; returns the averaged one, with its latents ordered (see `order`).

    The loss is |d| + 10 d² on pixels from -1 to 1, three times as heavy on things, and a slight pull of the posterior
    towards a normal distribution. Latents at half their size must show the picture at half its size, which keeps
    grain out of them: a denoiser learns such latents sooner (Skorokhodov et al., arXiv:2502.14831, eq. 5). On a CPU,
    two thirds of the course see crops of 64 pixels, the last third whole pictures; on a GPU all see whole pictures.

    Args:
        stock: of `diet.stock`. size: pictures in a step, of 128 pixels. seconds: see `Course`. start: weights to begin
            from.
    """
    torch.manual_seed(0)
    vae = AutoencoderKL(**CONFIG)
    if start:
        vae.load_state_dict(start)
    else:
        _calm(vae)
    vae = vae.to(device, memory_format=torch.channels_last)
    noted = {"size": size, "begun": start is not None}
    course = Course(folder, "vae", vae, steps, 5e-3 if start else 1e-2, fall=0.5, seconds=seconds, noted=noted, say=say)
    others = torch.from_numpy(np.array(stock)).to(device)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        small = device == "cpu" and course.gone < 2 / 3
        pixels, weight = batch(shelf, others, rng, size * 8 // 3 if small else size, 64 if small else 128)
        with quick(device):
            posterior = vae.encode(pixels).latent_dist
            mean, spread = posterior.mean.float(), posterior.logvar.float()
            drawn = mean + (spread / 2).exp() * torch.randn(mean.shape, generator=noise, device=device)
            seen = vae.decode(drawn).sample.float()
            half = vae.decode(F.avg_pool2d(drawn, 2)).sample.float()
        lost = error(seen, pixels, weight) + SMOOTH * error(half, *(F.avg_pool2d(t, 2) for t in (pixels, weight)))
        pull = 0.5 * (mean.square() + spread.exp() - 1 - spread).mean()
        psnr = -10 * torch.log10((seen - pixels).detach().square().mean() / 4)
        return lost + 2e-3 * pull, {"psnr": psnr, "pull": pull.detach()}

    best = course.run(loss)
    shown = shelf.take(np.arange(min(len(shelf), 2048)))["rows"]
    order(best, (larder.pixels(part)[0] * 2 - 1 for part in shown.split(64)))
    return best


def error(seen: Tensor, pixels: Tensor, weight: Tensor) -> Tensor:
    """|d| + 10 d² on pixels from -1 to 1, weighed; a scalar."""
    off = seen - pixels
    return (weight * (off.abs() + 10 * off.square())).mean() / weight.mean()


@torch.no_grad()
def _calm(vae: AutoencoderKL) -> None:
    """Start from the simplest autoencoder: residual branches silent, latents almost without noise."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            nn.init.zeros_(module.conv2.weight)
    spread = vae.config.latent_channels
    vae.quant_conv.weight[spread:] *= 0.1
    vae.quant_conv.bias[spread:] = -5.0


@torch.no_grad()
def order(vae: AutoencoderKL, batches: Iterable[Tensor]) -> Tensor:
    """Turn and scale the latent channels, by exact changes of the two inner 1 x 1 convolutions: what is decoded stays.

    Afterwards no channel foretells another, each has mean 0, and the first is the smoothest. In every channel
    neighbouring cells differ equally much, so that what is smooth is loud and grain is soft, as in pictures; together
    they have deviation 1. With grain as loud as shapes, a denoiser spends itself on grain.

    The channels are the factors of maximum autocorrelation (Switzer and Green, 1984).

    Args:
        batches: of pixels (B, 3, H, W) from -1 to 1, some hundred pictures in all.

    Returns:
        Deviations of the channels, (C,).
    """
    inner, outer, n = vae.quant_conv, vae.post_quant_conv, vae.config.latent_channels
    posteriors = [vae.encode(batch).latent_dist for batch in batches]
    latents = torch.cat([posterior.mean for posterior in posteriors]).double()
    noise = torch.cat([posterior.var for posterior in posteriors]).double().mean((0, 2, 3))
    mean = latents.mean((0, 2, 3))
    latents = latents - mean[:, None, None]
    across, down = latents[..., 1:] - latents[..., :-1], latents[..., 1:, :] - latents[..., :-1, :]
    alike = _covariance(latents)
    steps = (_covariance(across) + _covariance(down)) / 2
    white = torch.linalg.cholesky(torch.linalg.inv(alike + 1e-6 * alike.diagonal().mean() * torch.eye(n).to(alike)))
    grain, turn = torch.linalg.eigh(white.mT @ steps @ white)
    loud = grain.clamp(min=1e-3).rsqrt()
    loud = loud / loud.square().mean().sqrt()
    ahead = (loud[:, None] * (white @ turn).mT).to(inner.weight.dtype)
    back, mean = torch.linalg.inv(ahead.double()).to(ahead), mean.to(ahead)
    outer.bias += (outer.weight[:, :, 0, 0] * mean).sum(1)
    outer.weight[:, :, 0, 0] = outer.weight[:, :, 0, 0] @ back
    inner.weight[:n, :, 0, 0] = ahead @ inner.weight[:n, :, 0, 0]
    inner.bias[:n] = ahead @ (inner.bias[:n] - mean)
    # The same noise everywhere, and in each channel as much as it has where the noise of all others is known.
    inner.weight[n:] = 0
    inner.bias[n:] = -(back.square() / noise.to(ahead)[:, None]).sum(0).log()
    vae.register_to_config(scaling_factor=1.0)
    return loud


def _covariance(planes: Tensor) -> Tensor:
    """(C, C), of planes (B, C, h, w) of mean 0."""
    return torch.einsum("bchw,bdhw->cd", planes, planes) / (planes.numel() / planes.shape[1])
