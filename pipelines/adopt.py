"""Takes over what other programs taught: LoRA in the namings of diffusers, PEFT and kohya, and embeddings.

The result is an artefact like any other. Names are translated by diffusers itself; matrices and alphas stay as they
are. What would not mean the same here (DoRA, LoHa, LoKr, layers that the base lacks) is refused rather than left out.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils.state_dict_utils import (
    convert_state_dict_to_diffusers,
    convert_state_dict_to_peft,
    convert_unet_state_dict_to_peft,
)
from torch import Tensor

from pipelines import artefact, seams
from pipelines.artefact import Header, now, told
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Made, Report, Started
from pipelines.newcomer import look
from pipelines.spec import Subject
from pipelines.tasks import Adopt

ENCODERS = {"text": "text_encoder", "text2": "text_encoder_2"}
METADATA = "lora_adapter_metadata"
Pair = tuple[Tensor, Tensor, float]


def run(task: Adopt, report: Report) -> dict[str, Any]:
    """Take a file over, and write the artefact to `task.out`.

    Returns:
        `artefact` (its file), `holds` ("LoRA" or "embedding"), `layers` (how many), `bytes`; `name`, `noun` and
        `trigger` of whom it knows, and in `subjects` the id.

    Raises:
        BadInput: when it is a pickle, no LoRA or embedding, of another kind, or of another base; says which.
    """
    path = Path(task.file)
    report(Started(f"Taking over {path.name}"))
    new, notes, tensors = look(path), artefact.read_notes(path), artefact.load(path)
    backbone = Backbone.at_hand(task.base)
    rows = {part: torch.atleast_2d(tensors[key]) for part, key in new.rows.items()}
    trigger, name = (task.trigger or new.trigger).split(",")[0].strip(), task.name or new.title
    trigger = trigger.removesuffix(f" {task.noun}")  # which is said after the word anyhow
    subject = Subject(task.subject or path.stem, name, task.noun, trigger)
    if rows:
        edits, kept = _words(rows, backbone, path.name)
    else:
        edits, kept = _low_rank(low_rank(tensors, notes, backbone, path.name))
    header = Header("adopted", {"file": path.name}, told([subject]), backbone.name, backbone.hash, edits=edits,
                    parents=[path.name], created=now())  # fmt: skip
    header = artefact.save(task.out, kept, header)
    facts = {
        "holds": new.holds, "layers": len({key.rpartition("/")[0] for key in kept}), "bytes": header.bytes,
        "name": subject.name, "noun": subject.noun, "trigger": subject.trigger, "subjects": [subject.id],
    }  # fmt: skip
    report(Made("artefact", task.out, facts))
    return {"artefact": task.out, **facts}


def low_rank(tensors: Mapping[str, Tensor], notes: Mapping[str, str], backbone: Backbone, name: str) -> dict[str, Pair]:
    """Layer → matrices (rank, in) and (out, rank), and alpha; convolutions bring kernels.

    Raises:
        BadInput: when it is not one of this base.
    """
    plain = {_bare(key): tensor for key, tensor in tensors.items()}
    try:
        state, alphas = StableDiffusionPipeline.lora_state_dict(dict(plain), unet_config=backbone.unet.config)
    except (ValueError, KeyError, IndexError, NotImplementedError) as error:
        raise BadInput(f"{name} is a LoRA in a naming that is not known.", f"diffusers says: {error}.") from error
    said, found = json.loads(notes.get(METADATA, "{}")), {}
    for part, model in backbone.parts.items():
        root = ENCODERS.get(part, part)
        mine = {key.removeprefix(f"{root}."): v for key, v in state.items() if key.startswith(f"{root}.")}
        layers, heard = dict(model.named_modules()), _heard(alphas or {}, root, part in ENCODERS)
        for inner, (down, up) in _paired(mine, part in ENCODERS).items():
            place = _place(inner, layers)
            if place is None or not _fits(layers[place], down, up):
                advice = "Choose the base that it was taught on."
                raise BadInput(f"{name} was taught on another base: {backbone.name} has no such {inner}.", advice)
            alpha = heard.get(inner, _alpha(said, root, inner, len(down)))
            found[f"{part}.{place}"] = down.float(), up.float(), float(alpha)
    if not found or 2 * len(found) < sum("lora" in key and "alpha" not in key for key in state):
        raise BadInput(f"{name} was taught on another base than {backbone.name}.", "Choose the base of the file.")
    return found


def _bare(key: str) -> str:
    """A key of a UNet that PEFT saved itself, as diffusers names it."""
    return f"unet.{key.removeprefix('base_model.model.')}" if key.startswith("base_model.model.") else key


def _paired(state: Mapping[str, Tensor], text: bool) -> dict[str, tuple[Tensor, Tensor]]:
    state = _in_peft(state, text)
    names = [key.removesuffix(".lora_A.weight") for key in state if key.endswith(".lora_A.weight")]
    return {name: (state[f"{name}.lora_A.weight"], state[f"{name}.lora_B.weight"]) for name in names}


def _heard(alphas: Mapping[str, float], root: str, text: bool) -> dict[str, float]:
    """Layer → alpha, of one network. diffusers names an alpha after the layer or, where it keeps to its first naming,
    after the first matrix; so it is translated as that matrix is."""
    mine = {
        key.removeprefix(f"{root}.").removesuffix(".alpha"): a
        for key, a in alphas.items()
        if key.startswith(f"{root}.")
    }
    named = {key if key.endswith(".weight") else f"{key}.lora.down.weight": a for key, a in mine.items()}
    return {key.removesuffix(".lora_A.weight"): float(alpha) for key, alpha in _in_peft(named, text).items()}


def _in_peft(state: Mapping[str, Any], text: bool) -> dict[str, Any]:
    """Keys of one network in PEFT's naming."""
    if not state or (not text and any("lora_A" in key for key in state)):
        return dict(state)
    if text:
        return convert_state_dict_to_peft(convert_state_dict_to_diffusers(dict(state)))
    return convert_unet_state_dict_to_peft(dict(state))


def _place(inner: str, layers: Mapping[str, Any]) -> str | None:
    """A layer's name in the library at hand; old files have "text_model." before those of text encoders."""
    short = inner.removeprefix("text_model.")
    return next((name for name in (inner, short, f"text_model.{short}") if name in layers), None)


def _fits(layer: torch.nn.Module, down: Tensor, up: Tensor) -> bool:
    weight = getattr(layer, "weight", None)
    if weight is None or weight.dim() != down.dim() or len(down) != up.shape[1]:
        return False
    return tuple(down.shape[1:]) == tuple(weight.shape[1:]) and len(up) == len(weight)


def _alpha(said: Mapping[str, Any], root: str, inner: str, rank: int) -> float:
    """A layer's alpha as diffusers' own metadata has it; the rank where nothing is said."""
    found = said.get(f"{root}.lora_alpha", rank)
    for pattern, alpha in said.get(f"{root}.alpha_pattern", {}).items():
        if re.match(rf"(.*\.)?({pattern})$", inner):
            found = alpha
    return found * rank**0.5 if said.get(f"{root}.use_rslora") else found


def _low_rank(pairs: Mapping[str, Pair]) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
    """One edit for all layers of a rank and an alpha."""
    groups: dict[tuple[int, float], list[str]] = {}
    kept = {}
    for layer, (down, up, alpha) in pairs.items():
        groups.setdefault((len(down), alpha), []).append(layer)
        kept |= {f"lora/{layer}/down.weight": down, f"lora/{layer}/up.weight": up}
    edits = [{"name": "lora", "settings": {"where": "+".join(layers), "rank": rank, "alpha": alpha}}
             for (rank, alpha), layers in groups.items()]  # fmt: skip
    return edits, kept


def _words(rows: Mapping[str, Tensor], backbone: Backbone, name: str) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
    tables = seams.layers(backbone.parts, "words")
    kept = {}
    for layer, table in tables.items():
        mine = rows.get(layer.partition(".")[0])
        if mine is None or mine.shape[1] != table.weight.shape[1] or len(rows) != len(tables):
            raise BadInput(f"{name} was taught on another base than {backbone.name}.", "Choose the base of the file.")
        kept[f"token/{layer}/vectors.0"] = mine.float()
    return [{"name": "token", "settings": {"vectors": len(next(iter(rows.values())))}}], kept
