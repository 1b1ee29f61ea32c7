"""What a run will take before one like it was done: reckoned from the base's files, what the recipe changes, and this
computer. Good to a factor of two or three, and called a guess wherever it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from app.anatomy import Anatomy
from pipelines.spec import Phase, Plan, Use

SPEEDS = {"cuda": 1e13, "mps": 1.5e12, "cpu": 1.2e10}
"""Multiplications and additions a second that training reaches: of a usual card, of Apple's, of one processor core."""

SHARE = 0.16
"""Operations of one look of a UNet, over its numbers times the cells of the finest grid: 2 for each number and cell, of
which deeper layers see fewer. 0.19 of SD 1.5 and 0.14 of SDXL, by their published operation counts."""

TRAINING = 3
"""A step of training over one look: forward, and back to the activations and to the weights."""

HELD = 1100
"""Activations kept for the way back, over cells times the first layer's channels, for each picture."""

LEARNING = 16
"""Bytes for each number that is learnt: itself, its slope and AdamW's two moments, in float32."""

IDLE = 0.02
"""Seconds a picture takes however small the model is."""

PROCESS = 0.6e9
"""Bytes of a worker that holds no model, where its memory is the processor's."""

DEFAULTS = {"lora": "attention", "weight_delta": "attention", "key_value_delta": "cross.kv", "spectral_shift": "unet",
            "locked_rank_one": "cross.v"}  # fmt: skip
"""Where the techniques learn when a recipe does not say."""


@dataclass(frozen=True)
class Host:
    """What computes: torch's device, bytes of a model's number, threads, whether models are kept in parts, and the
    bytes there are."""

    device: str
    number: int
    threads: int
    parts: bool
    there: float


@dataclass(frozen=True)
class Estimate:
    """Seconds, bytes of memory at the peak, and bytes of the file."""

    seconds: float
    memory: float
    size: float


def estimate(plan: Plan, base: Anatomy, host: Host) -> Estimate:
    """Reckon a plan on a base."""
    edits = {(one.name, repr(sorted(one.settings.items()))): one for phase in plan.phases for one in phase.edits}
    learnt = max((sum(_learnt(one, base) for one in phase.edits) for phase in plan.phases), default=0)
    kept = sum(_learnt(one, base) for one in (plan.keeps or edits.values()))
    looks = max((phase.batch * _roles(phase) for phase in plan.phases), default=0)
    numbers = {part: base.numbers(part) for part in base.parts}
    weights = host.number * (max(numbers.values()) if host.parts else sum(numbers.values()))
    activations = looks * HELD * base.cells**2 * base.width * host.number * (0.3 if host.parts else 1)
    memory = weights + LEARNING * learnt + activations + (PROCESS if host.device == "cpu" else 0)
    speed = SPEEDS.get(host.device, SPEEDS["cpu"]) * (host.threads if host.device == "cpu" else 1)
    each = IDLE + TRAINING * SHARE * numbers["unet"] * base.cells**2 / speed
    pictures = sum(phase.steps * phase.batch * _roles(phase) for phase in plan.phases)
    return Estimate(pictures * each, memory, 4 * kept)


def _roles(phase: Phase) -> int:
    """How many kinds of examples a step looks at: the subject's photos, and those that hold the class, if any."""
    return len({one.settings.get("role", "subject") for one in phase.objectives})


def _learnt(edit: Use, base: Anatomy) -> int:
    """How many numbers a technique learns on a base; a word counts as its vectors, what is known of no size as none."""
    told: Mapping[str, Any] = edit.settings
    if told.get("learn") is False:
        return 0
    if edit.name in ("token", "layered_token", "residual_token"):
        return told.get("vectors", 1) * base.word * (2 * base.hearing if edit.name == "layered_token" else 1)
    found = base.layers(told.get("where", DEFAULTS[edit.name])) if edit.name in DEFAULTS else []
    if edit.name == "lora":
        return sum(told.get("rank", 4) * (shape[0] + prod(shape[1:])) for shape in found)
    if edit.name == "spectral_shift":
        return sum(min(shape[0], prod(shape[1:])) if len(shape) > 1 else shape[0] for shape in found)
    if edit.name == "locked_rank_one":
        return sum(shape[0] for shape in found)
    if edit.name == "image_branch":  # 20 d² numbers at one in four of the places that hear words
        return 20 * sum(prod(shape) for shape in base.layers("cross.qo")) // 8
    return sum(prod(shape) for shape in found)
