"""How a base is built, as far as methods ask: where it has nothing that a technique could work on, the method says so.

Every Stable Diffusion hears words in attentions; how many readers of words it has, and at which places it hears them,
differs from SD 1.5 to XL to the small ones that were distilled from either.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.errors import StudioError
from pipelines.original import original
from pipelines.spec import Plan

STARTER = Path(__file__).parent.parent / "assets" / "starter"
WIDE = 256  # channels: the starter has 96; SD 1.5, 2, XL and the small ones distilled from them have 320


@dataclass(frozen=True)
class Traits:
    """What of a base matters to methods; the defaults are SD 1.5's.

    Fields:
        readers: how many text encoders it has.
        grains: on the way down and up, along how many latent cells one cell of an attention that hears words reaches.
        rising: how many stacks of such attentions there are on the way up.
        width: channels of the UNet's first layer.
    """

    readers: int = 1
    grains: frozenset[int] = frozenset({1, 2, 4})
    rising: int = 9
    width: int = 320

    @property
    def large(self) -> bool:
        """Whether published numbers hold: they were found on networks of SD's width. Narrow ones learn at rates many
        times as high, which would ruin these."""
        return self.width >= WIDE


XL = Traits(2, frozenset({2, 4}), 6)  # single files of it are all built alike


@dataclass(frozen=True)
class Unfit:
    """Why a method has nothing to work on: in a few words for a row, and in a sentence for its card."""

    brief: str
    why: str


def traits(unet: Mapping[str, Any], readers: int) -> Traits:
    """A base's traits from its UNet's configuration, as diffusers keeps it.

    Raises:
        KeyError, TypeError: for a configuration of something else.
    """
    down, up, each = unet["down_block_types"], unet["up_block_types"], unet["layers_per_block"]
    counts = [each] * len(up) if isinstance(each, int) else list(each)[::-1]
    falling = {2**level for level, kind in enumerate(down) if "CrossAttn" in kind}
    rising = {2**level for level, kind in enumerate(reversed(up)) if "CrossAttn" in kind}
    stacks = sum(count + 1 for kind, count in zip(up, counts, strict=True) if "CrossAttn" in kind)
    width = unet["block_out_channels"][0] if "block_out_channels" in unet else Traits.width  # left out where it is SD's
    return Traits(readers, frozenset(falling | rising), stacks, width)


def built(base: str) -> Traits:
    """How a base on this computer is built, told by its files; SD 1.5's way where they do not say."""
    place = STARTER if base == "starter" else Path(base).expanduser()
    try:
        told = place if place.is_file() else place / "unet" / "config.json"
        return _built(place, told.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, IndexError, RuntimeError, StudioError):
        return Traits()


@lru_cache(maxsize=8)
def _built(place: Path, changed: int) -> Traits:
    """`changed` is in nanoseconds: another base may come to the same place."""
    if place.is_file():
        return XL if len(original(place).texts) > 1 else Traits()
    index = json.loads((place / "model_index.json").read_text("utf-8"))
    told = json.loads((place / "unet" / "config.json").read_text("utf-8"))
    return traits(told, 1 + ("text_encoder_2" in index))


def foreign(index: Mapping[str, Any], noise: Mapping[str, Any]) -> str:
    """What a diffusers folder is instead of a Stable Diffusion, by its index and its scheduler; empty where it is one.
    It follows the model's name: "is ..."."""
    parts = {name: part[1] for name, part in index.items() if isinstance(part, list) and len(part) == 2}
    if parts.get("unet") != "UNet2DConditionModel":
        return "is not a Stable Diffusion model"
    if index.get("requires_aesthetics_score"):
        return "is made to refine the pictures of another model"
    if not str(parts.get("text_encoder")).startswith("CLIPTextModel"):
        return "reads words in another way than Stable Diffusion does"
    if str(noise.get("_class_name", "")).startswith("EDM") or noise.get("prediction_type") == "sample":
        return "counts noise in another way than Stable Diffusion does"
    return ""


def unfit(plan: Plan, base: Traits) -> Unfit | None:
    """The first reason why a plan cannot teach a base; None where it can."""
    names = {one.name for phase in plan.phases for one in (*phase.edits, *phase.objectives)}
    names |= {one.name for one in plan.keeps}
    return next((ASKS[name][1] for name in sorted(names & ASKS.keys()) if not ASKS[name][0](base)), None)


ASKS: dict[str, tuple[Callable[[Traits], bool], Unfit]] = {
    "residual_token": (
        lambda base: base.readers == 1,
        Unfit("one text encoder only", "What it keeps is added to single words; this base also hears a summary of all "
              "words, and what is learnt there would be lost."),
    ),
    "image_branch": (
        lambda base: base.rising >= 2,
        Unfit("no room for its photo", "It reads a photo behind every second attention on the way up, and this base "
              "has fewer than two there."),
    ),
    "unmix_maps": (
        lambda base: bool(base.grains & {2, 4}),
        Unfit("no maps to tell apart", "It looks at attention maps of a half and a quarter of the latents' side, and "
              "this base hears words at neither. Without “Unmix” it can."),
    ),
    "maps_match_mask": (
        lambda base: bool(base.grains),
        Unfit("no maps to compare", "It compares attention maps with masks, and this base hears words in its middle "
              "only."),
    ),
}  # fmt: skip
"""Technique → what it asks of a base, and what is said where that is missing."""
