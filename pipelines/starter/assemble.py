"""Puts the trained parts together as a diffusers folder, in half precision: what `assets/starter` holds."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from pipelines.starter.unet import schedule


def assemble(
    vae: AutoencoderKL, words: CLIPTextModel, tokenizer: CLIPTokenizer, unet: UNet2DConditionModel, out: Path
) -> None:
    """Write a folder that `StableDiffusionPipeline.from_pretrained` loads. The parts are turned to half precision."""
    pipeline = StableDiffusionPipeline(
        vae=vae, text_encoder=words, tokenizer=tokenizer, unet=unet, scheduler=schedule(), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipeline.to(torch.float16)
    pipeline.save_pretrained(out, safe_serialization=True)
    # transformers loads in the precision the configuration names, diffusers in single precision: name the same one.
    path = out / "text_encoder" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "dtype": "float32"}, indent=2) + "\n")
