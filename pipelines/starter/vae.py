"""The starter's autoencoder: 128-pixel pictures to 16 x 16 x 16 latents and back (AutoencoderKL, factor 8)."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

from pipelines.starter.course import Course, quick
from pipelines.starter.diet import dead_leaves, texture
from pipelines.starter.pool import Pool

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


def batch(pool: Pool, rng: np.random.Generator, count: int, side: int) -> tuple[Tensor, Tensor]:
    """Random crops: three in four from the pool, the rest dead leaves and textures.

    Returns:
        pixels (B, 3, side, side) from -1 to 1; weight (B, 1, side, side), 3 on things and 1 elsewhere.
    """
    size = len(pool)
    pixels, weight = np.empty((count, side, side, 3), np.uint8), np.ones((count, side, side), np.float32)
    for k in range(count):
        lot = rng.random()
        if lot < 0.75:
            whole, owner = pool.read(rng.integers(size))
            y, x = rng.integers(0, 128 - side + 1, 2)
            pixels[k] = whole[y : y + side, x : x + side]
            weight[k] += 2.0 * (owner[y : y + side, x : x + side] > 0)
        elif lot < 0.93:
            pixels[k] = dead_leaves(rng, side, int(rng.integers(12, 50)))[0]
        else:
            pixels[k] = texture(rng, side) * 255
        if rng.random() < 0.5:
            pixels[k], weight[k] = pixels[k, :, ::-1].copy(), weight[k, :, ::-1].copy()
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1, torch.from_numpy(weight)[:, None]


def train(pool: Pool, folder: Path, steps: int = 6_000, device: str = "cpu", say=print) -> AutoencoderKL:
    """Train the autoencoder; returns the averaged one, with latents of mean 0 and deviation 1.

    The loss is |d| + 10 d² on pixels from -1 to 1, three times as heavy on things, and a slight pull of the posterior
    towards a normal distribution. Two thirds of the course see crops of 64 pixels, the last third whole pictures.
    """
    torch.manual_seed(0)
    vae = AutoencoderKL(**CONFIG).to(device)
    _calm(vae)
    course = Course(folder, "vae", vae, steps, 1e-2, fall=0.5, say=say)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        whole = step > steps * 2 // 3
        pixels, weight = (t.to(device) for t in (batch(pool, rng, 3, 128) if whole else batch(pool, rng, 8, 64)))
        with quick(device):
            posterior = vae.encode(pixels).latent_dist
            drawn = torch.randn(posterior.mean.shape, generator=noise).to(device)
            seen = vae.decode(posterior.mean + posterior.std * drawn).sample.float()
        off = seen - pixels
        error = (weight * (off.abs() + 10 * off.square())).mean() / weight.mean()
        mean, spread = posterior.mean.float(), posterior.logvar.float()
        pull = 0.5 * (mean.square() + spread.exp() - 1 - spread).mean()
        psnr = -10 * torch.log10(off.detach().square().mean() / 4)
        return error + 2e-3 * pull, {"psnr": psnr.item(), "pull": pull.item()}

    best = course.run(loss)
    _whiten(best, pool, device)
    return best


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
def _whiten(vae: AutoencoderKL, pool: Pool, device: str) -> None:
    """Give every latent channel mean 0 and deviation 1 over 256 pictures, by exact changes of the two inner 1 x 1
    convolutions; decoding an encoded picture gives what it gave before."""
    pictures = np.stack([pool.read(k)[0] for k in range(256)])
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().to(device) / 127.5 - 1
    latents = torch.cat([vae.encode(part).latent_dist.mean for part in pixels.split(32)])
    mean, spread = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    inner, outer, n = vae.quant_conv, vae.post_quant_conv, vae.config.latent_channels
    outer.bias += (outer.weight[:, :, 0, 0] * mean).sum(1)
    outer.weight *= spread[None, :, None, None]
    inner.weight[:n] /= spread[:, None, None, None]
    inner.bias[:n] = (inner.bias[:n] - mean) / spread
    inner.bias[n:] -= 2 * spread.log()
    quieten(vae, pixels[:32])
    vae.register_to_config(scaling_factor=1.0)


@torch.no_grad()
def quieten(vae: AutoencoderKL, pixels: Tensor) -> list[int]:
    """Take the noise out of latent channels that are louder in noise than in signal; returns which.

    Training gives some channels up: they carry nothing, and the decoder does not listen to them. Made as loud as the
    others, their noise would drown everything that learns on drawn latents.

    Args:
        vae: with latents of deviation 1. pixels: (B, 3, H, W) from -1 to 1.
    """
    noise, n = vae.encode(pixels).latent_dist.std.mean((0, 2, 3)), vae.config.latent_channels
    given_up = (noise > 1).nonzero()[:, 0]
    vae.quant_conv.weight[n + given_up] = 0
    vae.quant_conv.bias[n + given_up] = 2 * noise[noise <= 1].mean().log()
    return given_up.tolist()
