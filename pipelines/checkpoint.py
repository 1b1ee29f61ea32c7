"""Where a tuning run stands, as a file: after a stop, a crash or a power cut it goes on with the same numbers."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from pipelines import artefact
from pipelines.errors import BadInput
from pipelines.spec import Recipe
from pipelines.tasks import Tune

KEY = "unfinished"


@dataclass
class Standing:
    """What a run has reached.

    Fields:
        phase, step: of the phase, the next step to do. done: steps done in all phases.
        measured: (step, values) of every look at the run. best_step: the one whose numbers are kept, or None.
        curve: losses of the frozen batch in this phase, every so many steps.
        seconds: spent so far. loss: mean of the last steps. held_before, held: on the frozen batch, at first and now.
        boost: by what losses are multiplied for the way back through a half-precision network, 1 through any other.
    """

    phase: int = 0
    step: int = 0
    done: int = 0
    measured: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    best_step: int | None = None
    curve: list[float] = field(default_factory=list)
    seconds: float = 0.0
    loss: float = 0.0
    held_before: float | None = None
    held: float | None = None
    boost: float = 1.0


def place(task: Tune) -> Path:
    """The checkpoint's file, beside the artefact that is to be."""
    out = Path(task.out)
    return out.with_name(f"{out.stem}.unfinished.safetensors")


def mark(task: Tune, recipe: Recipe, base_hash: str) -> str:
    """Which run it is: runs that share it go through the same numbers."""
    taught = [asdict(subject) for subject in task.subjects]
    told = json.dumps([task.recipe, asdict(recipe), task.seed, taught, base_hash, task.stop], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def save(task: Tune, mark: str, standing: Standing, tensors: dict[str, Tensor]) -> Path:
    """Write where the run stands; raises DiskFull, and then the last checkpoint stays."""
    notes = {KEY: json.dumps({"mark": mark, "standing": asdict(standing)})}
    artefact.write(place(task), tensors, notes)
    return place(task)


def load(task: Tune, mark: str) -> tuple[Standing, dict[str, Tensor]] | None:
    """Where this very run stopped, or None when it is to begin."""
    try:
        notes = json.loads(artefact.read_notes(place(task)).get(KEY, "{}"))
    except (BadInput, ValueError):
        return None
    if notes.get("mark") != mark:
        return None
    told = notes["standing"]
    told["measured"] = [(step, values) for step, values in told["measured"]]
    return Standing(**told), artefact.load(place(task))


def of_optimiser(optimiser: torch.optim.Optimizer, names: dict[int, str]) -> dict[str, Tensor]:
    """An optimiser's memory by parameter name: `names` maps a parameter's id to it."""
    return {
        f"{names[id(parameter)]}/{what}": value
        for parameter, memory in optimiser.state.items()
        for what, value in memory.items()
    }


def to_optimiser(optimiser: torch.optim.Optimizer, names: dict[int, str], tensors: dict[str, Tensor]) -> None:
    """Give it back."""
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            name = f"{names[id(parameter)]}/"
            found = {key.removeprefix(name): value for key, value in tensors.items() if key.startswith(name)}
            if found:
                optimiser.state[parameter] = {w: v.to(parameter.device, copy=True) for w, v in found.items()}
