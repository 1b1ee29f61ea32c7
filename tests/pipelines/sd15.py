"""Small models of real architectures: Stable Diffusion 1.5, SDXL and a distilled one as their public configurations
have them, every count of blocks and layers kept, only narrower."""

import string
from functools import cache

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from pipelines.backbone import PROCESSOR, Backbone

NOISE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="epsilon",
             timestep_spacing="leading", steps_offset=1)  # fmt: skip
CROSS_DOWN, PLAIN_DOWN, CROSS_UP, PLAIN_UP = (
    "CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnUpBlock2D", "UpBlock2D",
)  # fmt: skip


@cache
def sd15() -> Backbone:
    """Three levels with attention and one without, two layers a block, eight heads, projections that are convolutions;
    a pad token that is the end token. 64-pixel pictures on an 8 x 8 grid."""
    unet = dict(
        block_out_channels=(32, 64, 64, 64), layers_per_block=2, attention_head_dim=8, cross_attention_dim=48,
        down_block_types=(CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, PLAIN_DOWN),
        up_block_types=(PLAIN_UP, CROSS_UP, CROSS_UP, CROSS_UP),
    )  # fmt: skip
    return _built("small-sd15", unet, [(CLIPTextModel, 48, 0)])


@cache
def sdxl() -> Backbone:
    """No attention on the first level, then two and ten blocks in each (here one and two); linear projections; two text
    encoders of unlike width, the second padded with another token; sizes as conditions."""
    unet = dict(
        block_out_channels=(32, 64, 64), layers_per_block=2, attention_head_dim=(2, 4, 8), cross_attention_dim=48 + 64,
        transformer_layers_per_block=(1, 1, 2), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, projection_class_embeddings_input_dim=6 * 8 + 32,
        down_block_types=(PLAIN_DOWN, CROSS_DOWN, CROSS_DOWN), up_block_types=(CROSS_UP, CROSS_UP, PLAIN_UP),
    )  # fmt: skip
    return _built("small-sdxl", unet, [(CLIPTextModel, 48, 0), (CLIPTextModelWithProjection, 64, 2)])


@cache
def small() -> Backbone:
    """As BK-SDM and Segmind's small ones were cut down from SD 1.5: one layer a block, no middle."""
    unet = dict(
        block_out_channels=(32, 64, 64), layers_per_block=1, attention_head_dim=8, cross_attention_dim=48,
        mid_block_type=None, down_block_types=(CROSS_DOWN,) * 3, up_block_types=(CROSS_UP,) * 3,
    )  # fmt: skip
    return _built("small-sd", unet, [(CLIPTextModel, 48, 0)])


@cache
def wide() -> Backbone:
    """As wide in its first layer as real ones are, and as shallow as a model can be."""
    unet = dict(
        block_out_channels=(320, 32), layers_per_block=1, attention_head_dim=8, cross_attention_dim=48,
        mid_block_type=None, down_block_types=(PLAIN_DOWN, CROSS_DOWN), up_block_types=(CROSS_UP, PLAIN_UP),
    )  # fmt: skip
    return _built("wide-sd", unet, [(CLIPTextModel, 48, 0)])


def _built(name: str, unet: dict, readers: list[tuple[type, int, int]]) -> Backbone:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        made = [(_tokenizer(pad), kind(_config(width))) for kind, width, pad in readers]
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 8, 16, 16), layers_per_block=2, norm_num_groups=4, latent_channels=4,
            scaling_factor=0.18215,
        )  # fmt: skip
        network = UNet2DConditionModel(sample_size=8, norm_num_groups=16, **unet)
        return Backbone(network, vae, made, NOISE, name, (name, name), PROCESSOR, len(made) > 1)


def _config(width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(_signs()), bos_token_id=0, eos_token_id=1, pad_token_id=1, hidden_size=width,
        intermediate_size=2 * width, num_hidden_layers=3, num_attention_heads=4, projection_dim=32,
    )  # fmt: skip


def _signs() -> list[str]:
    letters = string.ascii_lowercase + string.digits + string.punctuation
    return ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]


def _tokenizer(pad: int) -> CLIPTokenizer:
    signs = _signs()
    padding = {"pad_token": signs[pad]} if pad else {}
    return CLIPTokenizer(vocab={sign: i for i, sign in enumerate(signs)}, merges=[], model_max_length=77, **padding)
