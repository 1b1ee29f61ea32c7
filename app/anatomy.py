"""How large a base model is and what its layers are called, told by its weight files; nothing is loaded."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path

from app.bases import STARTER
from pipelines.errors import StudioError
from pipelines.original import header, original

Shapes = dict[str, tuple[int, ...]]
Stamps = tuple[tuple[Path, int, int], ...]

FOLDERS = {"unet": "unet", "vae": "vae", "text_encoder": "text", "text_encoder_2": "text"}
PREFIXES = {
    "model.diffusion_model.": "unet", "first_stage_model.": "vae", "cond_stage_model.": "text", "conditioner.": "text",
}  # fmt: skip
"""What the parts are called in a diffusers folder, and in a single file."""

ATTENTIONS = ("attn1.to_q", "attn1.to_k", "attn1.to_v", "attn1.to_out.0", "attn2.to_q", "attn2.to_k", "attn2.to_v",
              "attn2.to_out.0")  # fmt: skip
READS = ("q_proj", "k_proj", "v_proj", "out_proj", "attn.in_proj")
FIRST = ("conv_in.weight", "input_blocks.0.0.weight")
Wanted = Callable[[str, tuple[int, ...]], bool]
WHERE: dict[str, tuple[str, Wanted]] = {
    "cross.k": ("unet", lambda path, shape: path.endswith("attn2.to_k")),
    "cross.v": ("unet", lambda path, shape: path.endswith("attn2.to_v")),
    "cross.kv": ("unet", lambda path, shape: path.endswith(("attn2.to_k", "attn2.to_v"))),
    "cross.qo": ("unet", lambda path, shape: path.endswith(("attn2.to_q", "attn2.to_out.0"))),
    "cross": ("unet", lambda path, shape: path.endswith(ATTENTIONS[4:])),
    "attention": ("unet", lambda path, shape: path.endswith(ATTENTIONS)),
    "unet": ("unet", lambda path, shape: True),
    "unet.matrices": ("unet", lambda path, shape: len(shape) > 1),
    "unet.norms": ("unet", lambda path, shape: len(shape) == 1),
    "text.attention": ("text", lambda path, shape: path.endswith(READS)),
    "text": ("text", lambda path, shape: "embedding" not in path),
    "text.matrices": ("text", lambda path, shape: "embedding" not in path and len(shape) > 1),
    "text.norms": ("text", lambda path, shape: len(shape) == 1),
}
"""The names that recipes give to groups of layers, as `pipelines.anatomy.layers` finds them in a loaded model."""


@dataclass(frozen=True)
class Anatomy:
    """Shapes of all tensors by part ("unet", "vae", "text") and name, the latent cells along a side, and the channels
    of the UNet's first layer."""

    parts: dict[str, Shapes]
    cells: int
    width: int

    def numbers(self, part: str) -> int:
        """How many numbers a part has."""
        return sum(prod(shape) for shape in self.parts.get(part, {}).values())

    def layers(self, where: str) -> list[tuple[int, ...]]:
        """Shapes of the weights of the layers that a recipe names; none for a name that stands for a single layer."""
        found = []
        for name in where.split("+"):
            part, wanted = WHERE.get(name, ("", None))
            for path, shape in self.parts.get(part, {}).items():
                layer, _, what = path.rpartition(".")
                if what in ("weight", "in_proj_weight") and wanted(layer if what == "weight" else path, shape):
                    found.append(shape)
        return found

    @property
    def word(self) -> int:
        """Numbers of a word, in all text encoders together."""
        named = ("token_embedding.weight", "token_embedding")
        return sum(shape[-1] for name, shape in self.parts["text"].items() if name.endswith(named))

    @property
    def hearing(self) -> int:
        """How many attentions of the UNet hear words."""
        return len(self.layers("cross.k"))


def anatomy_of(base: str) -> Anatomy | None:
    """What a base's files say; None where they do not."""
    place = STARTER if base == "starter" else Path(base)
    try:
        return _read(place, _stamps(place))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, StudioError):
        return None


def _stamps(place: Path) -> Stamps:
    """Files of a base, each with its last change in nanoseconds and its bytes, by which another base in the same place
    is told: the time of a folder says nothing about what lies in its parts."""
    folders = [place / one for one in FOLDERS if (place / one).is_dir()]
    files = [file for one in folders for file in one.glob("*.safetensors")]
    found = ((one, one.stat()) for one in sorted((place, *folders, *files)))
    return tuple((one, stat.st_mtime_ns, stat.st_size) for one, stat in found)


@lru_cache(maxsize=8)
def _read(place: Path, stamps: Stamps) -> Anatomy:
    parts: dict[str, Shapes] = {"unet": {}, "vae": {}, "text": {}}
    if place.is_dir():
        for folder, part in FOLDERS.items():
            for file in _of_one_kind(place / folder):
                parts[part] |= {f"{folder}.{name}": shape for name, shape in _shapes(file).items()}
        side = json.loads((place / "unet" / "config.json").read_text("utf-8"))["sample_size"]
        cells = max(side) if isinstance(side, list) else int(side)
    else:
        for name, shape in _shapes(place).items():
            part = next((part for prefix, part in PREFIXES.items() if name.startswith(prefix)), "")
            if part:
                parts[part][name] = shape
        cells = original(place).unet["sample_size"]
    if not parts["unet"] or not parts["text"]:
        raise ValueError(f"{place} lacks a part")  # its weights may still be on their way
    first = next(shape for name, shape in parts["unet"].items() if name.endswith(FIRST))
    return Anatomy(parts, cells, first[0])


def _shapes(file: Path) -> Shapes:
    return {name: tuple(one["shape"]) for name, one in header(file).items() if name != "__metadata__"}


def _of_one_kind(folder: Path) -> list[Path]:
    """The weight files of a part that make one model: the half-sized ones where there are several kinds."""
    files = sorted(folder.glob("*.safetensors"))
    half = [one for one in files if ".fp16" in one.name]
    plain = [one for one in files if "." not in one.stem]
    return half or plain or files[:1]
