"""Writes what an artefact learnt in the forms other programs read: LoRA as diffusers and kohya name it, words as
textual-inversion files. Only what has an exact form there is written.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from pipelines import artefact
from pipelines.artefact import Header
from pipelines.errors import BadInput

FORMS = "diffusers", "kohya"
OF = "likeness.subjects"
READERS = {"text": ("text_encoder", "lora_te"), "text2": ("text_encoder_2", "lora_te2")}
TABLES = {"text": "clip_l", "text2": "clip_g"}
SD2_WORDS, SDXL_WORDS = 1024, 2048  # numbers of a word as the UNet hears it, SDXL's from both encoders
LAYERS = 2  # in a block of SDXL's UNet, and of what was distilled from it
ROOMS = {"down_blocks": "input_blocks", "mid_block": "middle_block", "up_blocks": "output_blocks"}
SAMPLERS = {"downsamplers": "0.op", "upsamplers": "2.conv"}
RESNET = {"conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "conv2": "out_layers.3",
          "conv_shortcut": "skip_connection"}  # fmt: skip
OUTSIDE = {"conv_in": "input_blocks.0.0", "conv_out": "out.2", "time_embedding.linear_1": "time_embed.0",
           "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0",
           "add_embedding.linear_2": "label_emb.0.2"}  # fmt: skip


def export(path: str | Path, folder: str | Path) -> dict[str, str]:
    """Write every exact form of an artefact into a folder.

    Returns:
        What was written, by form: "diffusers" and "kohya" (one file each, where LoRA was learnt), and "word <pip>" for
        each taught word.

    Raises:
        BadInput: when it is not an artefact, nothing in it has a form other programs know, or a file of that name is
            there that holds somebody else; nothing is written then.
    """
    header, tensors = artefact.read_header(path), artefact.load(path)
    stem, folder, found = Path(path).stem, Path(folder), {}
    whom = {OF: " ".join(one["id"] for one in header.subjects)}
    pairs, two = low_rank(header, tensors), of_two(tensors)
    if pairs:
        kohyas = _notes(header, pairs, _kind(two, heard(tensors) == SD2_WORDS))
        made = (to_diffusers(pairs), {"format": "pt"}), (to_kohya(pairs, two), kohyas)
        found |= {form: (folder / f"{stem}-{form}.safetensors", *one) for form, one in zip(FORMS, made, strict=True)}
    taught = words(header, tensors)
    for (trigger, rows), name in zip(taught.items(), names(taught), strict=True):
        keys = {TABLES[part] if len(rows) > 1 else trigger: value for part, value in rows.items()}
        notes = {"format": "pt", "trigger": trigger}
        found[f"word {trigger}"] = folder / f"{stem}-{name}.safetensors", keys, notes
    if not found:
        advice = "Other programs read LoRA and new words; this recipe learns something else."
        raise BadInput(f"{Path(path).name} holds nothing that has a form in other programs.", advice)
    for place, _, _ in found.values():
        _check(place, whom)
    for place, keys, notes in found.values():
        artefact.write(place, keys, notes | whom)
    return {form: str(place) for form, (place, _, _) in found.items()}


def _check(place: Path, whom: dict[str, str]) -> None:
    """Refuse to write over a tuned file, or what was written of other subjects."""
    if place.exists():
        notes = artefact.read_notes(place)
        if artefact.KEY in notes or notes.get(OF, whom[OF]) != whom[OF]:
            advice = "Choose another folder, or give the tuned file another name."
            raise BadInput(f"{place.name} is there already, and holds something else.", advice)


def low_rank(header: Header, tensors: dict[str, Tensor]) -> dict[str, tuple[Tensor, Tensor, float]]:
    """Layer ("unet.down_blocks…to_q") → matrices (rank, in) and (out, rank), and alpha."""
    alphas: dict[tuple[str, str], float | None] = {}
    for one in header.edits:  # an edit may name its layers one by one, each with its own alpha, or in groups
        places = one["settings"].get("where", "").split("+")
        alphas |= {(one["name"], place): one["settings"].get("alpha") for place in ("", *places)}
    found = {}
    for key, down in tensors.items():
        if key.endswith("/down.weight"):
            edit, layer, _ = key.split("/")
            up = tensors[f"{edit}/{layer}/up.weight"]
            alpha = alphas.get((edit, layer), alphas.get((edit, "")))
            found[layer] = down, up, float(len(down) if alpha is None else alpha)
    return found


def of_two(tensors: dict[str, Tensor]) -> bool:
    """Whether the base has two text encoders, as SDXL: the second is spoken in, or words are as wide as SDXL's."""
    return any(key.partition("/")[2].startswith("text2") for key in tensors) or heard(tensors) == SDXL_WORDS


def heard(tensors: dict[str, Tensor]) -> int:
    """How many numbers of a word the base's UNet hears; 0 where no LoRA tells."""
    widths = (one.shape[1] for key, one in tensors.items() if key.endswith("attn2.to_k/down.weight"))
    return next(widths, 0)


def to_diffusers(pairs: dict[str, tuple[Tensor, Tensor, float]]) -> dict[str, Tensor]:
    """PEFT's naming; alpha divided by rank goes into the second matrix, so that no reader can miss it."""
    named = {}
    for layer, (down, up, alpha) in pairs.items():
        part, _, inner = layer.partition(".")
        root = f"{READERS[part][0]}.{_old(inner)}" if part in READERS else layer
        named[f"{root}.lora_A.weight"] = down
        named[f"{root}.lora_B.weight"] = up if alpha == len(down) else up * (alpha / len(down))
    return named


def to_kohya(pairs: dict[str, tuple[Tensor, Tensor, float]], two: bool = False) -> dict[str, Tensor]:
    """The naming of sd-scripts, which A1111, Forge, ComfyUI, InvokeAI and SwarmUI read.

    Of bases with one text encoder it takes diffusers' names of layers; of those with `two`, the names of the UNet that
    SDXL was published with, and a number at each encoder.
    """
    named = {}
    for layer, (down, up, alpha) in pairs.items():
        part, _, inner = layer.partition(".")
        root = READERS[part][1] if part in READERS else "lora_unet"
        if two:
            root, inner = ("lora_te1" if part == "text" else root), _published(inner) if part == "unet" else inner
        name = f"{root}_{_old(inner) if part in READERS else inner}".replace(".", "_")
        named |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(alpha)}
    return named


def _published(inner: str) -> str:
    """A layer of SDXL's UNet as Stability's own code calls it, where blocks are counted through."""
    kind, *path = inner.split(".")
    if kind not in ROOMS:
        return next((f"{new}{inner[len(old) :]}" for old, new in OUTSIDE.items() if inner.startswith(old)), inner)
    if kind == "mid_block":
        what, which, *rest = path
        place = "1" if what == "attentions" else str(2 * int(which))
    else:
        block, what, which, *rest = path
        first = int(block) * (LAYERS + 1) + (kind == "down_blocks")
        if what in SAMPLERS:
            return f"{ROOMS[kind]}.{first + LAYERS}.{SAMPLERS[what]}"
        place = f"{first + int(which)}.{int(what == 'attentions')}"
    inside = ".".join(rest)
    return f"{ROOMS[kind]}.{place}.{RESNET.get(inside, inside) if what == 'resnets' else inside}"


def words(header: Header, tensors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Trigger → text encoder → its vectors (n, D)."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, rows in tensors.items():
        edit, layer, name = key.split("/")
        if edit == "token":
            trigger = header.subjects[int(name.rpartition(".")[2])]["trigger"]
            found.setdefault(trigger, {})[layer.partition(".")[0]] = rows
    return found


def names(triggers: Iterable[str]) -> list[str]:
    """What to call the files of words, of their letters alone: other programs say a word by its file's name. No two are
    the same, nor differ in case only, and none takes the name of a form."""
    found: list[str] = []
    for trigger in triggers:
        plain = "".join(letter for letter in trigger if letter.isalnum()) or "word"
        name, again = plain, 2
        while name.casefold() in {*FORMS, *(one.casefold() for one in found)}:
            name, again = f"{plain}-{again}", again + 1
        found.append(name)
    return found


def _old(inner: str) -> str:
    """A text layer's name as files have it, whatever the library in use calls it."""
    return inner if inner.startswith("text_model.") else f"text_model.{inner}"


def _kind(two: bool, second: bool) -> dict[str, str]:
    """Which Stable Diffusion it is for; programs hide what seems to be for another. SD 2 learnt two ways to answer, and
    which of them nothing here tells."""
    version, family = ("sdxl_base_v1-0", "xl-v1-base") if two else ("sd_v2", "v2") if second else ("sd_v1", "v1")
    return {
        "ss_base_model_version": version, "ss_v2": str(second and not two),
        "modelspec.architecture": f"stable-diffusion-{family}/lora",
    }  # fmt: skip


def _notes(header: Header, pairs: dict[str, tuple[Tensor, Tensor, float]], kind: dict[str, str]) -> dict[str, str]:
    """What sd-scripts and model managers read in a file's head."""
    down, _, alpha = next(iter(pairs.values()))
    tags: dict[str, dict[str, int]] = {}
    for one in header.subjects:  # two may bear one name
        tags.setdefault(one["name"], {})[f"{one['trigger']} {one['noun']}"] = 1
    return kind | {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(len(down)),
        "ss_network_alpha": str(alpha),
        "ss_sd_model_name": Path(header.base).name,
        "ss_seed": str(header.seed),
        "ss_steps": str(header.steps),
        "ss_tag_frequency": json.dumps(tags),
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.implementation": "https://github.com/Stability-AI/generative-models",
        "modelspec.title": " and ".join(one["name"] for one in header.subjects),
        "modelspec.trigger_phrase": ", ".join(f"{one['trigger']} {one['noun']}" for one in header.subjects),
        "modelspec.date": header.created,
    }
