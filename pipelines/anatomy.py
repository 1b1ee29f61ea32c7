"""The named parts of a network: its attentions in order, and the layers that words such as "cross.kv" stand for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import nn

from pipelines.errors import BadInput

PROJECTIONS = {"to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "out"}
KINDS = {"attn1": "self", "attn2": "cross"}


@dataclass(frozen=True)
class Site:
    """One attention of the UNet. `index` counts the sites of its kind along down, mid and up blocks, from 0."""

    name: str
    kind: Literal["self", "cross"]
    index: int
    attention: nn.Module


def layers(parts: Mapping[str, nn.Module], where: str) -> dict[str, nn.Module]:
    """The layers a name stands for, by `part.path`; several names joined by "+".

    Args:
        parts: "unet", "text" and, for bases with two text encoders, "text2".
        where: "cross.k", "cross.v", "cross.kv", "cross.qo", "cross", "attention" (both kinds, q k v out), "unet" (every
            layer with weights), "text.attention", "text" (every layer with weights but the embeddings), "words" (the
            token embeddings), "sentences" (each text encoder's whole answer), "pictures" (the VAE, whole), "decoder"
            (on the way up, the last transformer block of every second attention, from the second). ".matrices" and
            ".norms" after "unet" or "text" divide those layers in two. Any other name is that of a single layer.

    Raises:
        BadInput: when there is no such layer.
    """
    found = {}
    for name in where.split("+"):
        if name == "decoder":
            found |= _decoder(parts["unet"])
            continue
        if name not in WHERE:
            found[name] = _single(parts, name)
            continue
        part, wanted = WHERE[name]
        for key, root in parts.items():
            if key.startswith(part):
                met = root.named_modules()
                found |= {f"{key}.{path}".rstrip("."): layer for path, layer in met if wanted(path, layer)}
    return found


def _single(parts: Mapping[str, nn.Module], name: str) -> nn.Module:
    part, _, path = name.partition(".")
    try:
        return parts[part].get_submodule(path)
    except (KeyError, AttributeError):
        raise BadInput(f"This base has no layer {name}.", "Choose the base that the file was taught on.") from None


def role(path: str) -> str:
    """ "cross.k" for ….attn2.to_k, "self.out" for ….attn1.to_out.0, empty for any other layer."""
    for ending, letter in PROJECTIONS.items():
        attention = path.removesuffix("." + ending).rpartition(".")[2]
        if path.endswith("." + ending) and attention in KINDS:
            return f"{KINDS[attention]}.{letter}"
    return ""


def _weighty(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Linear | nn.Conv2d | nn.GroupNorm | nn.LayerNorm)


def _norm(layer: nn.Module) -> bool:
    return isinstance(layer, nn.GroupNorm | nn.LayerNorm)


WHERE: dict[str, tuple[str, Callable[[str, nn.Module], bool]]] = {
    "cross.k": ("unet", lambda path, layer: role(path) == "cross.k"),
    "cross.v": ("unet", lambda path, layer: role(path) == "cross.v"),
    "cross.qo": ("unet", lambda path, layer: role(path) in ("cross.q", "cross.out")),
    "cross.kv": ("unet", lambda path, layer: role(path) in ("cross.k", "cross.v")),
    "cross": ("unet", lambda path, layer: role(path).startswith("cross.")),
    "attention": ("unet", lambda path, layer: bool(role(path))),
    "unet": ("unet", lambda path, layer: _weighty(layer)),
    "unet.matrices": ("unet", lambda path, layer: _weighty(layer) and not _norm(layer)),
    "unet.norms": ("unet", lambda path, layer: _norm(layer)),
    "text.attention": ("text", lambda path, layer: path.endswith(("q_proj", "k_proj", "v_proj", "out_proj"))),
    "text": ("text", lambda path, layer: _weighty(layer)),
    "text.matrices": ("text", lambda path, layer: _weighty(layer) and not _norm(layer)),
    "text.norms": ("text", lambda path, layer: _norm(layer)),
    "words": ("text", lambda path, layer: path.endswith("token_embedding")),
    "sentences": ("text", lambda path, layer: not path),
    "pictures": ("vae", lambda path, layer: not path),
}


def _decoder(unet: nn.Module) -> dict[str, nn.Module]:
    """ViCo's places, ids 8, 10, 12 and 14 of Stable Diffusion's sixteen."""
    met = unet.up_blocks.named_modules()
    stacks = [(path, one.transformer_blocks) for path, one in met if hasattr(one, "transformer_blocks")]
    return {f"unet.up_blocks.{path}.transformer_blocks.{len(s) - 1}": s[-1] for path, s in stacks[1::2]}


def sites(unet: nn.Module) -> tuple[Site, ...]:
    """Every attention of a UNet, in the order down, mid, up."""
    found: list[Site] = []
    here = [block for block in ("down_blocks", "mid_block", "up_blocks") if getattr(unet, block) is not None]
    for block in here:  # the smallest distilled ones have no middle
        for path, module in unet.get_submodule(block).named_modules():
            kind = KINDS.get(path.rpartition(".")[2])
            if kind:
                index = sum(site.kind == kind for site in found)
                found.append(Site(f"unet.{block}.{path}", kind, index, module))
    return tuple(found)
