"""The autoencoder's way back, finished: it shows what a denoiser leaves, which is never quite clean.

The last step of a sampler is off by about 0.12 in every channel, eight times the noise of the posterior that the
autoencoder learnt with; decoded as it was, that stood as a weave over the whole picture. The way in stays, so latents
mean what they meant.
"""

import math
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from pipelines.starter.course import Course, quick
from pipelines.starter.larder import Larder
from pipelines.starter.vae import batch, error

OFF = 0.2
"""How far latents are off at the most, as a deviation; they themselves have deviation 1 together (see `vae.order`)."""


def train(
    vae: AutoencoderKL,
    shelf: Larder,
    stock: np.ndarray,
    folder: Path,
    steps: int = 1_200,
    size: int = 3,
    seconds: float = math.inf,
    device: str = "cpu",
    say=print,
) -> AutoencoderKL:
    """Train the decoder of a frozen autoencoder on latents that are off by up to `OFF`, with the autoencoder's loss.

    Args:
        vae: trained and ordered; its decoder is replaced. stock: of `diet.stock`. size: pictures in a step, of 128
            pixels; on a CPU two thirds of the course see as many pixels in crops of 64. seconds: see `Course`.
    """
    vae = vae.to(device, memory_format=torch.channels_last).requires_grad_(False)
    back = nn.ModuleDict({"inner": vae.post_quant_conv, "decoder": vae.decoder}).requires_grad_(True)
    course = Course(
        folder, "decoder", back, steps, 4e-3, warm=20, fall=0.6, average=0.99, seconds=seconds,
        noted={"size": size, "begun": True}, say=say,
    )  # fmt: skip
    others = torch.from_numpy(np.array(stock)).to(device)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        small = device == "cpu" and course.gone < 2 / 3
        pixels, weight = batch(shelf, others, rng, size * 4 if small else size, 64 if small else 128)
        with torch.no_grad(), quick(device):
            clean = vae.encode(pixels).latent_dist.mean.float()
        far = OFF * torch.rand((len(clean), 1, 1, 1), generator=noise, device=device)
        with quick(device):
            seen = vae.decode(clean + far * torch.randn(clean.shape, generator=noise, device=device)).sample.float()
        psnr = -10 * torch.log10((seen - pixels).detach().square().mean() / 4)
        return error(seen, pixels, weight), {"psnr": psnr}

    best = course.run(loss)
    vae.post_quant_conv, vae.decoder = best["inner"], best["decoder"]
    return vae.eval()
