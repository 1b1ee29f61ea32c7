"""Puts the trained parts together: a diffusers folder in half precision, judges and SAM in it, and the training record.

This is what `assets/starter` holds.
"""

import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from pipelines.errors import BadInput, MissingWeights
from pipelines.starter.unet import schedule
from pipelines.weights import read_weights

JUDGES = ("oracles", "likeness")
"""Judges that are files of their own; the contrastive one shares its text half with the pipeline."""
WEIGHTS = "diffusion_pytorch_model.safetensors"
BACK = ("decoder.", "post_quant_conv.")
"""The layers of an autoencoder that the part “decoder” trains; it leaves all others as they were."""
POINTS = 40
"""Points of a training curve that the record keeps."""


def finished(folder: Path) -> AutoencoderKL:
    """The autoencoder with its finished decoder, from the folder where the parts were trained.

    Raises:
        MissingWeights: when the decoder was not trained yet.
        BadInput: when it was finished for an autoencoder that has learnt more since: the denoiser makes other latents.
    """
    advice = "Train the part “decoder” again."
    places = [folder / part / WEIGHTS for part in ("vae", "finished")]
    if not all(place.is_file() for place in places):
        raise MissingWeights(f"{folder} holds no autoencoder with a finished decoder.", advice)
    inward, others = (
        {name: value for name, value in read_weights(place).items() if not name.startswith(BACK)} for place in places
    )
    same = inward.keys() == others.keys() and all(torch.equal(value, others[name]) for name, value in inward.items())
    if not same:
        raise BadInput(f"The decoder in {folder} was finished for another encoder than it holds now.", advice)
    return AutoencoderKL.from_pretrained(folder / "finished", local_files_only=True)


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
    # Where the autoencoder lay while it was trained is nobody's business.
    path = out / "vae" / "config.json"
    config = json.loads(path.read_text())
    config.pop("_name_or_path", None)
    path.write_text(json.dumps(config, indent=2) + "\n")
    # transformers loads in the precision the configuration names, diffusers in single precision: name the same one.
    path = out / "text_encoder" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "dtype": "float32"}, indent=2) + "\n")


def beside(folder: Path, picture_half: dict[str, Tensor], out: Path) -> list[str]:
    """Write the judges, the SAM and the record of all training beside the pipeline in `out`.

    Args:
        folder: where the parts were trained. picture_half: the contrastive judge without its text encoder.

    Returns:
        Names of parts that were not trained yet and are left out.
    """
    judges = out / "judges"
    judges.mkdir(parents=True, exist_ok=True)
    keep(picture_half, judges / "contrastive.safetensors")
    wanted = {folder / f"{name}.safetensors": judges / f"{name}.safetensors" for name in JUDGES}
    wanted[folder / "sam.safetensors"] = out / "sam.safetensors"
    for source, goal in wanted.items():
        if source.exists():
            shutil.copyfile(source, goal)
    (out / "training.json").write_text(json.dumps(record(folder)) + "\n")
    return [source.stem for source in wanted if not source.exists()]


def keep(weights: dict[str, Tensor], path: Path) -> None:
    """Write weights in half precision."""
    save_file({name: value.half().contiguous().cpu() for name, value in weights.items()}, path)


def record(folder: Path) -> dict:
    """Of every course in the folder: steps, seconds by the clock, rate, torch, device, and its curve thinned to
    `POINTS` points."""
    parts = {}
    for path in sorted(folder.glob("*.json")):
        facts = json.loads(path.read_text())
        if "curve" in facts:
            curve = facts["curve"]
            every = max(1, -(-len(curve) // POINTS))
            parts[facts["name"]] = {**facts, "curve": curve[::-every][::-1]}
    return {"parts": parts}
