"""The model on which a training step is timed: real classes, random weights, a real vocabulary's size, 256 pixels.

Small enough for a processor, large enough that what is timed is arithmetic: 32 x 32 latents, a VAE that costs about
twice a prediction, and 49,408 words, without which what is wasted on a whole table of words could not be seen.
"""

import string

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from pipelines.backbone import PROCESSOR, Backbone

WORDS, SIDE = 49_408, 256
NOISE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="epsilon",
             timestep_spacing="leading", steps_offset=1)  # fmt: skip


def mini(width: int = 256, words: int = WORDS, light: bool = False) -> Backbone:
    """The model, the same each time.

    Args:
        width: of a word's vector. words: rows of the table. light: far smaller networks, to see that a bench runs.
    """
    channels, factors = ((32, 64), (8, 8, 16, 16)) if light else ((64, 128, 256, 256), (32, 64, 128, 128))
    down, up = ("CrossAttnDownBlock2D",) * len(channels), ("CrossAttnUpBlock2D",) * len(channels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = _tokenizer(words)
        config = CLIPTextConfig(
            vocab_size=words, bos_token_id=0, eos_token_id=1, pad_token_id=1, hidden_size=width,
            intermediate_size=2 * width, num_hidden_layers=2 if light else 4, num_attention_heads=4,
        )  # fmt: skip
        unet = UNet2DConditionModel(
            sample_size=8 if light else SIDE // 8, block_out_channels=channels, layers_per_block=1,
            down_block_types=down, up_block_types=up, cross_attention_dim=width, attention_head_dim=4,
            norm_num_groups=16,
        )  # fmt: skip
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=factors, layers_per_block=1, norm_num_groups=4, latent_channels=4,
        )  # fmt: skip
        return Backbone(unet, vae, [(tokenizer, CLIPTextModel(config))], NOISE, "mini", ("mini", "mini"), PROCESSOR)


def _tokenizer(words: int) -> CLIPTokenizer:
    """One of single letters, and as many words besides as fill the table."""
    letters = string.ascii_lowercase + string.digits + string.punctuation
    signs = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    signs += [f"word{k}</w>" for k in range(words - len(signs))]
    return CLIPTokenizer(vocab={sign: i for i, sign in enumerate(signs)}, merges=[], model_max_length=77)
