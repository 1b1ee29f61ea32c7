"""Builds the trained part of a network from a plan, and reads it back from an artefact."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

from pipelines import artefact, catalogue, seams
from pipelines.backbone import Backbone
from pipelines.conditioning import Conditioning
from pipelines.errors import BadInput
from pipelines.seams import Edit, Lesson, Voice
from pipelines.spec import Subject, Use


def edit_of(use: Use) -> Edit:
    """The edit a plan names, with its settings."""
    return catalogue.load("edits", use.name)(**use.settings)


def once(uses: Sequence[Use]) -> list[Use]:
    """Each edit once: a later phase goes on with what an earlier one taught."""
    first: dict[tuple[str, str], Use] = {}
    for use in uses:
        first.setdefault((use.name, edit_of(use).where), use)
    return list(first.values())


def build(
    backbone: Backbone,
    uses: Sequence[Use],
    subjects: Sequence[Subject],
    seed: int = 0,
    fresh: bool = True,
    taught: Callable[[Sequence[str]], Conditioning] | None = None,
) -> Voice:
    """New edits for the layers they name, in float32 on the backbone's device, untrained; see `Lesson` for `fresh` and
    `taught`."""
    modules: dict[str, nn.Module] = {}
    depth = sum(site.kind == "cross" for site in seams.sites(backbone.unet))
    chance = torch.Generator().manual_seed(seed)
    grid = backbone.size // backbone.factor
    lesson = Lesson(
        tuple(subjects), backbone.ids, chance, depth, backbone.encode, fresh, taught=taught, side=backbone.size,
        latent=(backbone.channels, grid, grid), develop=lambda pixels: backbone.posterior(pixels)[:, 0],
    )  # fmt: skip
    for use in uses:
        edit = edit_of(use)
        for layer, module in seams.layers(backbone.parts, edit.where).items():
            modules[f"{use.name}/{layer}"] = edit.build(module, lesson).to(backbone.device)
    return Voice(modules)


def load(path: str | Path, backbone: Backbone) -> tuple[artefact.Header, Voice]:
    """An artefact's header and its voice, ready to speak on this backbone.

    Raises:
        BadInput: when it is not an artefact, or was taught on a base of another shape.
    """
    header, tensors = artefact.read_header(path), artefact.load(path)
    voice = build(backbone, header.uses(), header.people(), fresh=False)
    wanted = voice.parameters()
    if {k: v.shape for k, v in wanted.items()} != {k: v.shape for k, v in tensors.items()}:
        advice = f"Choose that base, or tune the subject again on {backbone.name}."
        raise BadInput(f"{Path(path).name} was taught on {header.base}, which has other layers.", advice)
    with torch.no_grad():
        for name, parameter in wanted.items():
            parameter.copy_(tensors[name])
    for module in voice.modules.values():
        module.to(dtype=backbone.dtype).requires_grad_(False).eval()
    return header, voice
