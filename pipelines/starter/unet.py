"""The starter's denoiser: a small UNet2DConditionModel with cross-attention at three levels, on 16 x 16 x 16 latents.

It predicts v (Salimans and Ho, arXiv:2202.00512) on a schedule that ends in pure noise (Lin et al., arXiv:2305.08891).
Levels with little noise count less, as with min-SNR weights (Hang et al., arXiv:2303.09556, gamma 5); those with much
count in full, where those weights fall to nothing: it is there that the words decide what is drawn, and 1,500 steps
without them had learnt places and colours but no shapes. Latent cells that show a thing count five times.
"""

from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from pipelines.starter.codes import Codes
from pipelines.starter.course import Course, quick
from pipelines.starter.pool import Pool
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


def train(
    pool: Pool,
    codes: Codes,
    words: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    folder: Path,
    steps: int = 8000,
    size: int = 64,
    device: str = "cpu",
    say=print,
) -> UNet2DConditionModel:
    """Train the UNet on the pool's latents with their captions; returns the averaged one.

    One prompt in ten is empty, for classifier-free guidance.
    """
    torch.manual_seed(2)
    unet = network(words.config.hidden_size).to(device, memory_format=torch.channels_last)
    if device == "cpu":
        # On a CPU the fused attention's way back takes twice as long as the plain one's.
        unet.set_attn_processor(AttnProcessor())
    words = words.to(device).eval().requires_grad_(False)
    course = Course(folder, "unet", unet, steps, 4e-3, warm=200, fall=0.5, average=0.9995, say=say)
    levels = schedule().alphas_cumprod.to(device)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        chosen = np.sort(rng.choice(len(codes), size, replace=False))
        latents, things = (t.to(device) for t in codes.read(chosen))
        said = [_said(pool.words(k), rng) for k in chosen]
        ids = tokenizer(said, padding="max_length", truncation=True, max_length=LENGTH, return_tensors="pt").input_ids
        at = torch.from_numpy(_spread(rng, size)).to(device)
        level = levels[at][:, None, None, None]
        drawn = torch.randn(latents.shape, generator=noise).to(device)
        noisy = level.sqrt() * latents + (1 - level).sqrt() * drawn
        goal = level.sqrt() * drawn - (1 - level).sqrt() * latents
        with quick(device):
            with torch.no_grad():
                context = words(input_ids=ids.to(device)).last_hidden_state
            guess = unet(noisy, at, context).sample.float()
        snr = level / (1 - level).clamp(min=1e-8)
        weight = (1 + THING * things) / (1 + THING * things).mean()
        error = (guess - goal).square()
        value = (error * weight * (GAMMA / (snr + 1)).clamp(max=1)).mean()
        return value, {"error": error.mean().item()}

    return course.run(loss)


def _said(note: dict, rng: np.random.Generator) -> str:
    lot = rng.random()
    if lot < 0.1:
        return ""
    return note["full"] if lot < 0.35 else note["captions"][rng.integers(len(note["captions"]))]


def _spread(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise levels of a batch, spread evenly over all of them so that batches are alike."""
    return rng.permutation(((np.arange(size) + rng.random(size)) * 1000 / size).astype(np.int64))
