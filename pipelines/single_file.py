"""Opens a whole model kept in one .safetensors file, from what is on this computer alone.

diffusers reads the layers; left alone, it fetches configurations and tokenizers from the hub, even when told not to.
So both are given to it: `original` knows the configurations, `vocabulary` the tokenizer.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from safetensors import SafetensorError
from torch import nn

from pipelines.doors import open_doors
from pipelines.errors import BadInput
from pipelines.original import original
from pipelines.vocabulary import pieces

open_doors()

from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline  # noqa: E402
from diffusers.loaders.single_file_utils import SingleFileComponentError  # noqa: E402
from transformers import CLIPTokenizer  # noqa: E402


def opened(path: Path) -> tuple[nn.Module, nn.Module, list[tuple[Any, nn.Module]], Mapping[str, Any]]:
    """UNet and VAE in float32, each tokenizer with its text encoder, and the noise as a scheduler's configuration.

    Raises:
        MissingWeights: when the file or the list of words is not there.
        BadInput: when it is not a whole Stable Diffusion 1, 2 or XL; see `original`.
    """
    known, (vocabulary, merges) = original(path), pieces()
    tokenizers = [CLIPTokenizer(vocabulary, merges, pad_token=pad, model_max_length=77) for pad in known.pads]
    given = dict(zip(("tokenizer", "tokenizer_2"), tokenizers, strict=False))
    kind = StableDiffusionPipeline if len(tokenizers) == 1 else StableDiffusionXLPipeline
    try:
        with TemporaryDirectory() as folder:
            known.write(Path(folder))
            pipe = kind.from_single_file(str(path), config=folder, local_files_only=True, **given)
    except (
        OSError, ValueError, TypeError, RuntimeError, KeyError, AttributeError, SafetensorError,
        SingleFileComponentError,
    ) as error:  # fmt: skip
        advice = f"It lacks weights, or is built in another way than {known.name} ({error})."
        raise BadInput(f"{path.name} could not be opened as a model.", advice) from error
    models = [pipe.text_encoder, *([pipe.text_encoder_2] if len(tokenizers) > 1 else [])]
    for model in (pipe.unet, pipe.vae, *models):
        if empty := next((name for name, weight in model.named_parameters() if weight.is_meta), ""):
            advice = f"It is not a whole {known.name}. Choose another file of it, or its folder in diffusers' layout."
            raise BadInput(f"{path.name} holds no {empty}.", advice)
        model.float()
    return pipe.unet, pipe.vae, list(zip(tokenizers, models, strict=True)), dict(pipe.scheduler.config)
