"""Small models of the real architectures as people have them: a folder as diffusers keeps it, and one file with the
names of the first publications. Every count of blocks and layers is the real one, and so are the words; only narrower.
"""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from pipelines.backbone import PROCESSOR, Backbone
from pipelines.original import SD1, SD2, XL, Original
from pipelines.vocabulary import pieces

from diffusers import (  # isort: skip
    AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel,
)  # fmt: skip
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer  # isort: skip

WORDS = {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4}
PIXELS = {"block_out_channels": [32, 32, 64, 64], "sample_size": 64}
SMALL = {
    "sd1": replace(
        SD1, texts=(SD1.texts[0] | WORDS | {"projection_dim": 48},), vae={**SD1.vae, **PIXELS},
        unet={**SD1.unet, "block_out_channels": [32, 64, 64, 64], "cross_attention_dim": 48, "sample_size": 8},
    ),
    "sd2": replace(
        SD2, texts=(SD2.texts[0] | WORDS | {"projection_dim": 16},), vae={**SD2.vae, **PIXELS},
        unet={**SD2.unet, "block_out_channels": [32, 64, 64, 64], "cross_attention_dim": 48, "sample_size": 8,
              "attention_head_dim": [2, 4, 8, 8]},
    ),
    "xl": replace(
        XL, vae={**XL.vae, **PIXELS},
        texts=(XL.texts[0] | WORDS | {"projection_dim": 48},
               XL.texts[1] | WORDS | {"hidden_size": 64, "projection_dim": 32}),
        unet={**XL.unet, "block_out_channels": [32, 64, 64], "cross_attention_dim": 48 + 64, "sample_size": 8,
              "attention_head_dim": [2, 4, 8], "addition_time_embed_dim": 8,
              "projection_class_embeddings_input_dim": 6 * 8 + 32},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Networks:
    """Networks with random weights, and what goes with them."""

    known: Original
    unet: nn.Module
    vae: nn.Module
    readers: list[tuple[CLIPTokenizer, nn.Module]]

    def backbone(self) -> Backbone:
        marks = ("small", "small")
        xl = len(self.readers) > 1
        return Backbone(self.unet, self.vae, self.readers, self.known.noise, "small", marks, PROCESSOR, xl)


def built(known: Original) -> Networks:
    kinds = (CLIPTextModel, CLIPTextModelWithProjection)
    texts = [kind(CLIPTextConfig(**told)) for kind, told in zip(kinds, known.texts, strict=False)]
    tokenizers = [CLIPTokenizer(*pieces(), pad_token=pad, model_max_length=77) for pad in known.pads]
    readers = list(zip(tokenizers, texts, strict=True))
    return Networks(known, UNet2DConditionModel(**known.unet), AutoencoderKL(**known.vae), readers)


def keep_folder(nets: Networks, folder: Path) -> Path:
    """As diffusers saves it, with the tokenizers as the public models have them: a vocabulary and a list of merges."""
    words = dict(zip(("tokenizer", "tokenizer_2"), [one for one, _ in nets.readers], strict=False))
    models = dict(zip(("text_encoder", "text_encoder_2"), [one for _, one in nets.readers], strict=False))
    parts = {"unet": nets.unet, "vae": nets.vae, "scheduler": DDIMScheduler(**nets.known.noise)} | words | models
    if len(words) > 1:
        StableDiffusionXLPipeline(**parts).save_pretrained(folder)
    else:
        plain = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
        StableDiffusionPipeline(**parts, **plain).save_pretrained(folder)
    vocabulary, merges = pieces()
    for part, pad in zip(words, nets.known.pads, strict=True):
        for file in (folder / part).iterdir():
            file.unlink()
        told = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad, "do_lower_case": True}
        (folder / part / "tokenizer_config.json").write_text(json.dumps(told))
        (folder / part / "vocab.json").write_text(json.dumps(vocabulary))
        (folder / part / "merges.txt").write_text("\n".join(["#version: 0.2", *map(" ".join, merges), ""]))
    return folder


def renamed(nets: Networks) -> dict[str, Tensor]:
    """All weights under the names, and in the shapes, of the first publications."""
    heard = {level for level, kind in enumerate(nets.known.unet["up_block_types"]) if kind.startswith("Cross")}
    named = {f"model.diffusion_model.{_unet(k, heard)}": v for k, v in nets.unet.state_dict().items()}
    for key, weight in nets.vae.state_dict().items():
        flat = weight.dim() == 2  # attention was made of convolutions then
        named[f"first_stage_model.{_vae(key)}"] = weight[:, :, None, None] if flat else weight
    first, *second = [_bare(model) for _, model in nets.readers]
    if nets.known.name == SD2.name:
        return named | _open(first, "cond_stage_model.model.")
    place = "conditioner.embedders.0" if second else "cond_stage_model"
    named |= {f"{place}.transformer.text_model.{key}": weight for key, weight in first.items()}
    named[f"{place}.transformer.text_model.embeddings.position_ids"] = torch.arange(77)[None]
    return named | (_open(second[0], "conditioner.embedders.1.model.") if second else {})


def _bare(model: nn.Module) -> dict[str, Tensor]:
    return {key.removeprefix("text_model."): weight for key, weight in model.state_dict().items()}


BLOCK = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
ENDS = {
    "conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2", "conv_norm_out": "out.0",
    "conv_out": "out.2",
}  # fmt: skip
LOOK = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
LAYER = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}  # fmt: skip
TEXT = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding", "final_layer_norm": "ln_final",
}  # fmt: skip


def _swap(name: str, pairs: dict[str, str]) -> str:
    return next((new + name.removeprefix(old) for old, new in pairs.items() if name.startswith(old + ".")), name)


def _unet(key: str, heard: set[int]) -> str:
    """Downwards and upwards, blocks are counted through, three a level; in each a residual block comes first, then an
    attention, then what scales. `heard` tells the levels upwards that have attentions."""
    if not (found := re.match(r"(down|mid|up)_block(?:s\.(\d))?\.([a-z]+)\.(\d)\.(.+)", key)):
        return _swap(key, ENDS)
    side, level, kind, count, inner = found.groups()
    level, count = int(level or 0), int(count)
    inner = _swap(inner, BLOCK) if kind == "resnets" else inner
    if side == "mid":
        return f"middle_block.{2 * count if kind == 'resnets' else 1}.{inner}"
    if kind == "downsamplers":
        return f"input_blocks.{3 * level + 3}.0.op.{inner.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{3 * level + 2}.{2 if level in heard else 1}.{inner}"
    place = f"input_blocks.{3 * level + count + 1}" if side == "down" else f"output_blocks.{3 * level + count}"
    return f"{place}.{0 if kind == 'resnets' else 1}.{inner}"


def _vae(key: str) -> str:
    """Upwards, levels are counted from the finest."""
    key = key.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    if found := re.match(r"(.+)\.mid_block\.([a-z]+)\.(\d)\.(.+)", key):
        coder, kind, count, inner = found.groups()
        return f"{coder}.mid." + (
            f"block_{int(count) + 1}.{inner}" if kind == "resnets" else f"attn_1.{_swap(inner, LOOK)}"
        )
    if found := re.match(r"(.+)\.(down|up)_blocks\.(\d)\.([a-z]+)\.(\d)\.(.+)", key):
        coder, side, level, kind, count, inner = found.groups()
        level = int(level) if side == "down" else 3 - int(level)
        return f"{coder}.{side}.{level}." + (f"block.{count}.{inner}" if kind == "resnets" else f"{side}sample.{inner}")
    return key


def _open(model: dict[str, Tensor], place: str) -> dict[str, Tensor]:
    """As OpenCLIP names it: one matrix asks, answers and tells; the projection is multiplied from the other side."""
    named = {}
    for key, weight in model.items():
        if found := re.match(r"encoder\.layers\.(\d+)\.(.+)", key):
            count, inner = found.groups()
            layer = f"{place}transformer.resblocks.{count}."
            if kind := re.match(r"self_attn\.q_proj\.(weight|bias)", inner):
                three = [model[key.replace("q_proj", f"{one}_proj")] for one in "qkv"]
                named[f"{layer}attn.in_proj_{kind[1]}"] = torch.cat(three)
            elif not re.match(r"self_attn\.[kv]_proj", inner):
                named[layer + _swap(inner, LAYER)] = weight
        elif key == "text_projection.weight":
            named[f"{place}text_projection"] = weight.T
        else:
            named[place + next((key.replace(old, new) for old, new in TEXT.items() if key.startswith(old)), key)] = (
                weight
            )
    return named
