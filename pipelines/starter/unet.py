"""The starter's denoiser: a small UNet2DConditionModel with cross-attention at three levels, on 16 x 16 x 16 latents.

It predicts v (Salimans and Ho, arXiv:2202.00512) on a schedule that ends in pure noise (Lin et al., arXiv:2305.08891).
Levels with little noise count less, as with min-SNR weights (Hang et al., arXiv:2303.09556, gamma 5); those with much
count in full, where those weights fall to nothing: it is there that the words decide what is drawn, and 1,500 steps
without them had learnt places and colours but no shapes. Latent cells that show a thing count five times.
"""

import math
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPTextModel, CLIPTokenizer

from pipelines.starter import larder
from pipelines.starter.course import Course, quick
from pipelines.starter.larder import Larder, Make
from pipelines.starter.pool import Pool
from pipelines.starter.text import said
from pipelines.starter.words import LENGTH

GAMMA = 5.0
THING = 4.0
"""How much more a cell counts that shows a thing."""


def schedule() -> DDIMScheduler:
    """Noise levels: Stable Diffusion's, rescaled to end in pure noise, walked from the very end."""
    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing",
    )  # fmt: skip


def network(context: int) -> UNet2DConditionModel:
    """A fresh UNet for text vectors of `context` numbers."""
    return UNet2DConditionModel(
        sample_size=16, in_channels=16, out_channels=16, layers_per_block=1, block_out_channels=(96, 160, 224),
        down_block_types=("CrossAttnDownBlock2D",) * 3, up_block_types=("CrossAttnUpBlock2D",) * 3,
        attention_head_dim=(3, 5, 7), norm_num_groups=16, cross_attention_dim=context,
    )  # fmt: skip


def codes(vae: AutoencoderKL, tokenizer: CLIPTokenizer) -> Make:
    """What is kept to learn from: `latents` (N, 16, 16, 16) float16, `things` (N, 1, 16, 16), the share of each cell
    that shows one, and `ids` of the captions."""
    device = vae.device

    @torch.no_grad()
    def make(pool: Pool, shard: int) -> dict[str, Tensor]:
        pixels, owner = larder.pixels(torch.from_numpy(np.array(pool.rows(shard))).to(device))
        with quick(device):
            means = [vae.encode(part * 2 - 1).latent_dist.mean for part in pixels.split(64)]
        things = F.avg_pool2d((owner[:, None] > 0).float(), 8)
        latents = torch.cat(means).float() * vae.config.scaling_factor
        return {
            "latents": latents.half(), "things": things.half(), "ids": torch.from_numpy(pool.ids(shard, tokenizer)),
        }  # fmt: skip

    return make


def train(
    shelf: Larder,
    words: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    folder: Path,
    steps: int = 8000,
    size: int = 64,
    seconds: float = math.inf,
    device: str = "cpu",
    compiled: bool = False,
    say=print,
) -> UNet2DConditionModel:
    """Train the UNet on the larder's `codes`; returns the averaged one.

    One prompt in ten is empty, for classifier-free guidance.

    Args:
        size: of the batch. seconds: see `Course`. compiled: with torch.compile, which takes a minute and then is
            quicker on a GPU.
    """
    torch.manual_seed(2)
    unet = network(words.config.hidden_size).to(device, memory_format=torch.channels_last)
    if device == "cpu":
        # On a CPU the fused attention's way back takes twice as long as the plain one's.
        unet.set_attn_processor(AttnProcessor())
    words = words.to(device).eval().requires_grad_(False)
    noted = {"size": size}
    course = Course(
        folder, "unet", unet, steps, 4e-3, warm=200, fall=0.5, average=0.9995, seconds=seconds, noted=noted, say=say
    )
    guessing = torch.compile(unet) if compiled else unet
    levels = schedule().alphas_cumprod.to(device)
    nothing = tokenizer("", padding="max_length", max_length=LENGTH, return_tensors="pt").input_ids.to(device)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        some = shelf.some(rng, size)
        latents, things = some["latents"].float(), some["things"].float()
        silent = torch.from_numpy(rng.random(size) < 0.1).to(device, non_blocking=True)
        ids = torch.where(silent[:, None], nothing, said(some["ids"], rng, full=0.28))
        at = torch.from_numpy(_spread(rng, size)).to(device, non_blocking=True)
        level = levels[at][:, None, None, None]
        drawn = torch.randn(latents.shape, generator=noise, device=device)
        noisy = level.sqrt() * latents + (1 - level).sqrt() * drawn
        goal = level.sqrt() * drawn - (1 - level).sqrt() * latents
        with quick(device):
            with torch.no_grad():
                context = words(input_ids=ids).last_hidden_state
            guess = guessing(noisy.contiguous(memory_format=torch.channels_last), at, context).sample.float()
        snr = level / (1 - level).clamp(min=1e-8)
        weight = (1 + THING * things) / (1 + THING * things).mean()
        error = (guess - goal).square()
        value = (error * weight * (GAMMA / (snr + 1)).clamp(max=1)).mean()
        return value, {"error": error.detach().mean()}

    return course.run(loss)


def _spread(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise levels of a batch, spread evenly over all of them so that batches are alike."""
    return rng.permutation(((np.arange(size) + rng.random(size)) * 1000 / size).astype(np.int64))
