"""Read a checkpoint from where it lies, safely: safetensors, or a pickle whose checksum is known."""

import hashlib
from collections.abc import Collection
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pipelines.errors import BadInput, MissingModel


def read_weights(path: str | Path, known: Collection[str] = ()) -> dict[str, Tensor]:
    """Named tensors of a checkpoint.

    Args:
        path: a `.safetensors` file of any origin, or a PyTorch file whose sha256 is in `known`.
        known: sha256 sums, 64 hex digits, of the pickled files that may be opened.

    Raises:
        MissingModel: when there is no such file.
        BadInput: when it is damaged, or a pickle nobody vouches for.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingModel(f"The model file {path.name} is not there.", "Fetch it in Models, or choose its file.")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        if checksum(path) not in known:
            raise BadInput(
                f"{path.name} is not one of the files its makers published.",
                "It may be damaged or changed. Fetch it again in Models, or give it as .safetensors.",
            )
        return torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, RuntimeError, EOFError) as error:
        raise BadInput(f"{path.name} is damaged and cannot be read.", "Fetch it again in Models.") from error


def checksum(path: str | Path) -> str:
    """The sha256 of a file, 64 hex digits; a few seconds per gigabyte."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
