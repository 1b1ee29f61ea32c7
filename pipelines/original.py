"""Single files as Stable Diffusion was first given out: what one holds by its header, and the configurations that such
files leave out.

Their layers bear the names of the first publications (CompVis, Stability AI), and nothing in them tells how many heads
an attention has or which noise was learnt. diffusers would fetch that from the hub; here it is written down: the values
of the public configurations of SD 1.5, SD 2.1 and SDXL 1.0, as far as they differ from the defaults of the classes.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.errors import BadInput, MissingModel

HEADER_LIMIT = 100 * 2**20  # bytes; the format's own limit
UNET, VAE = "model.diffusion_model.", "first_stage_model."
CROSS_DOWN, PLAIN_DOWN, CROSS_UP, PLAIN_UP = (
    "CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnUpBlock2D", "UpBlock2D",
)  # fmt: skip
EPSILON, VELOCITY = "epsilon", "v_prediction"
ADVICE = "Stable Diffusion 1, 2 and XL can be used, and models tuned from them."
OTHER_NOISE = {"edm_mean", "edm_vpred.sigma_max"}  # Playground 2.5 and CosXL


@dataclass(frozen=True)
class Original:
    """One family of such files.

    Fields:
        name: as people call it.
        landmarks: layers that every file of it has: the last of each part, so that a smaller one is told apart.
        unet, vae, texts, noise: configurations, without the defaults of diffusers' and transformers' classes.
        pads: the tokenizers' padding tokens, one for each text encoder.
    """

    name: str
    landmarks: tuple[str, ...]
    unet: Mapping[str, Any]
    vae: Mapping[str, Any]
    texts: tuple[Mapping[str, Any], ...]
    noise: Mapping[str, Any]
    pads: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write the configurations as a folder in diffusers' layout, without weights and tokenizers."""
        xl = len(self.texts) > 1
        parts: dict[str, Any] = {
            "_class_name": "StableDiffusionXLPipeline" if xl else "StableDiffusionPipeline",
            "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
            "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
        }  # fmt: skip
        if xl:
            parts["text_encoder_2"] = ["transformers", "CLIPTextModelWithProjection"]
            parts["tokenizer_2"] = ["transformers", "CLIPTokenizer"]
        else:
            parts |= {"safety_checker": [None, None], "requires_safety_checker": False}
        texts = zip(("text_encoder", "text_encoder_2"), self.texts, strict=False)
        told = {"model_index.json": parts, "unet/config.json": self.unet, "vae/config.json": self.vae,
                "scheduler/scheduler_config.json": self.noise}  # fmt: skip
        for name, what in (told | {f"{part}/config.json": text for part, text in texts}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(what), encoding="utf-8")


def header(path: Path) -> dict[str, Any]:
    """Names, types and shapes of what is in a .safetensors file, and its "__metadata__" where it has some.

    Raises:
        MissingModel: when there is no such file.
        BadInput: when it is no such file, or ends too early.
    """
    try:
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            told = json.loads(file.read(length)) if length <= HEADER_LIMIT else None
        missing = 8 + length + _end(told) - path.stat().st_size
    except FileNotFoundError:
        advice = "It may have been moved; choose it again in Models."
        raise MissingModel(f"There is no file {path.name}.", advice) from None
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise BadInput(f"{path.name} is damaged: its header cannot be read.", "Fetch it again.") from None
    if missing > 0:
        raise BadInput(f"{path.name} is damaged: its last {missing:,} bytes are missing.", "Fetch it again.")
    return told


def _end(told: Any) -> int:
    """Where the last layer of a header ends, in bytes behind the header. The header may come from anybody: an error of
    many kinds where it is not built as the format says."""
    layers = [layer for name, layer in told.items() if name != "__metadata__"]
    lists = [layer[key] for layer in layers for key in ("shape", "data_offsets")]
    sound = all(isinstance(one, list) and all(isinstance(number, int) for number in one) for one in lists)
    if not sound or not isinstance(told.get("__metadata__", {}), dict):
        raise TypeError
    return max((layer["data_offsets"][1] for layer in layers), default=0)


def original(path: Path) -> Original:
    """What a single file holds, by its header alone; with the noise it was trained on, where the file tells.

    Raises:
        MissingModel: when there is no such file.
        BadInput: when it is damaged, no Stable Diffusion 1, 2 or XL checkpoint, or one that cannot be used here.
    """
    layers = header(path)
    known = next((one for one in ORIGINALS if one.landmarks[0] in layers), None)
    if known is None:
        told = f"{path.name} is no Stable Diffusion 1, 2 or XL checkpoint."
        raise BadInput(told, "LoRA files go to the Library page.")
    if OTHER_NOISE & layers.keys():
        raise BadInput(f"{path.name} counts noise in another way than Stable Diffusion does.", ADVICE)
    shape = layers.get(f"{UNET}input_blocks.0.0.weight", {}).get("shape", [0, 4])
    if len(shape) < 2:
        raise BadInput(f"{path.name} is damaged: its first layer has a shape that none has.", "Fetch it again.")
    if shape[1] != 4:
        raise BadInput(
            f"{path.name} is made for inpainting or editing.", "Choose a model that makes pictures from text."
        )
    if "addition_embed_type" not in known.unet and f"{UNET}label_emb.0.0.weight" in layers:
        raise BadInput(f"{path.name} makes variations of pictures.", "Choose a model that makes pictures from text.")
    if lacking := next((name for name in known.landmarks if name not in layers), ""):
        part = "VAE" if lacking.startswith(VAE) else "UNet" if lacking.startswith(UNET) else "text encoder"
        advice = f"Its {part} is missing or a smaller one. Choose the whole model, or its folder in diffusers' layout."
        raise BadInput(f"{path.name} is not a whole {known.name}: it has no {lacking}.", advice)
    return _noise(known, layers)


def _noise(known: Original, layers: Mapping[str, Any]) -> Original:
    """SDXL files that were tuned to predict velocities hold an empty layer named so; others tell in their metadata, in
    the words of ModelSpec (github.com/Stability-AI/ModelSpec). A silent file of SD 2 is taken for one that predicts
    velocities, as diffusers takes it: 2-base, which predicts noise, has the same layers."""
    told = str(layers.get("__metadata__", {}).get("modelspec.prediction_type", "")).lower()
    said = {"epsilon": EPSILON, "v": VELOCITY, "v_prediction": VELOCITY, "v-prediction": VELOCITY}.get(told)
    kind = VELOCITY if "v_pred" in layers else said or known.noise["prediction_type"]
    changes: dict[str, Any] = {"prediction_type": kind}
    if "ztsnr" in layers:
        changes |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    side = {"sample_size": 64} if known.name == SD2.name and kind == EPSILON else {}
    return replace(known, noise={**known.noise, **changes}, unet={**known.unet, **side})


NOISE = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
    "prediction_type": EPSILON, "timestep_spacing": "leading", "steps_offset": 1, "set_alpha_to_one": False,
    "clip_sample": False,
}  # fmt: skip
AUTOENCODER = {
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4,
}  # fmt: skip
FOUR = {
    "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2,
    "down_block_types": [CROSS_DOWN] * 3 + [PLAIN_DOWN], "up_block_types": [PLAIN_UP] + [CROSS_UP] * 3,
}  # fmt: skip
CLIP_L = {
    "vocab_size": 49408, "max_position_embeddings": 77, "hidden_size": 768, "intermediate_size": 3072,
    "num_hidden_layers": 12, "num_attention_heads": 12, "hidden_act": "quick_gelu", "projection_dim": 768,
    "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1,
}  # fmt: skip
CLIP_H = CLIP_L | {
    "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16,
    "hidden_act": "gelu", "projection_dim": 512,
}  # fmt: skip
CLIP_G = CLIP_L | {
    "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20,
    "hidden_act": "gelu", "projection_dim": 1280,
}  # fmt: skip
END = "<|endoftext|>"
WHOLE = (f"{VAE}encoder.conv_in.weight", f"{VAE}decoder.conv_out.weight", f"{UNET}out.2.weight")
LAST = f"{UNET}output_blocks.11.1.transformer_blocks.0.attn2.to_k.weight"

SD1 = Original(
    "Stable Diffusion 1",
    ("cond_stage_model.transformer.text_model.final_layer_norm.weight",
     "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight", *WHOLE, LAST),
    {**FOUR, "sample_size": 64, "attention_head_dim": 8, "cross_attention_dim": 768},
    {**AUTOENCODER, "sample_size": 512}, (CLIP_L,), NOISE, (END,),
)  # fmt: skip
SD2 = Original(
    "Stable Diffusion 2",
    ("cond_stage_model.model.ln_final.weight", "cond_stage_model.model.positional_embedding", *WHOLE, LAST),
    {**FOUR, "sample_size": 96, "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024,
     "use_linear_projection": True, "upcast_attention": True},
    {**AUTOENCODER, "sample_size": 768}, (CLIP_H,), NOISE | {"prediction_type": VELOCITY}, ("!",),
)  # fmt: skip
XL = Original(
    "Stable Diffusion XL",
    ("conditioner.embedders.0.transformer.text_model.final_layer_norm.weight",
     "conditioner.embedders.1.model.positional_embedding", "conditioner.embedders.1.model.text_projection", *WHOLE,
     f"{UNET}output_blocks.8.0.skip_connection.weight",
     f"{UNET}middle_block.1.transformer_blocks.9.attn2.to_k.weight"),
    {"sample_size": 128, "block_out_channels": [320, 640, 1280], "layers_per_block": 2,
     "attention_head_dim": [5, 10, 20], "cross_attention_dim": 2048, "transformer_layers_per_block": [1, 2, 10],
     "use_linear_projection": True, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
     "projection_class_embeddings_input_dim": 2816,
     "down_block_types": [PLAIN_DOWN, CROSS_DOWN, CROSS_DOWN], "up_block_types": [CROSS_UP, CROSS_UP, PLAIN_UP]},
    {**AUTOENCODER, "sample_size": 1024, "scaling_factor": 0.13025, "force_upcast": True}, (CLIP_L, CLIP_G), NOISE,
    (END, "!"),
)  # fmt: skip
ORIGINALS = [XL, SD1, SD2]
