"""A training run that can be stopped at any moment and goes on as if it had not been.

Everything random in a step comes from a generator seeded by the step's number, so a checkpoint needs no random state:
model, averaged model, optimiser and step are enough for the same numbers.
"""

import json
import math
import os
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pipelines.starter.muon import optimisers

Say = Callable[[str], None]
Loss = Callable[[int, np.random.Generator, torch.Generator], tuple[Tensor, dict]]
"""(step, NumPy generator, torch generator) -> (scalar to lower, numbers to record)."""


def quick(device: torch.device | str) -> torch.autocast:
    """Computes in bfloat16 where the device is quicker at it, else in single precision.

    A processor without instructions for bfloat16 imitates it, and takes eight times as long.
    """
    kind = torch.device(device).type
    native = torch.cpu.get_capabilities().get("avx512_bf16", False) if kind == "cpu" else torch.cuda.is_bf16_supported()
    return torch.autocast(kind, torch.bfloat16, enabled=native)


class Course:
    """Trains one module for `steps` steps: a short warm-up, a plateau, then a straight way down to zero.

    Args:
        folder: where `<name>.pt` (checkpoint) and `<name>.json` (record) lie. model: what is trained. steps: how many
            in all; may be changed between runs. rate: peak learning rate of Muon, for inner weights; Adam takes the
            rest at a third of it.
        fall: share of the steps spent going down. average: decay of the running mean of the weights, which is what
            `averaged` returns. clip: largest norm of the gradient. seconds: by the clock; a course that reaches them
            before its steps ends then, and its rate falls in time for it. noted: what else its record should say.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        model: nn.Module,
        steps: int,
        rate: float,
        *,
        warm: int = 200,
        fall: float = 0.4,
        average: float = 0.999,
        clip: float = 1.0,
        save_every: float = 120.0,
        seconds: float = math.inf,
        noted: dict | None = None,
        say: Say = print,
    ):
        self.limit, self.noted = seconds, noted or {}
        self.folder, self.name, self.model, self.steps, self.rate = Path(folder), name, model, steps, rate
        self.warm, self.fall, self.average, self.clip = warm, fall, average, clip
        self.save_every, self.say = save_every, say
        self.folder.mkdir(parents=True, exist_ok=True)
        self.optimisers = optimisers(model, rate, rate / 3)
        self.peaks = [[group["lr"] for group in o.param_groups] for o in self.optimisers]
        self.averaged = deepcopy(model).requires_grad_(False)
        self.step, self.seconds, self.curve = 0, 0.0, []
        self._resume()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    @property
    def gone(self) -> float:
        """How much of the course is behind it, 0 to 1."""
        return max(self.step / self.steps, self.seconds / self.limit)

    def pace(self) -> float:
        """The share of the peak rate at which the next step is taken, 0 to 1."""
        down = (1 - self.gone) / max(self.fall, 1 / self.steps)
        return min(1.0, (self.step + 1) / self.warm) * min(1.0, max(down, 0.0))

    def run(self, loss: Loss, until: int = 0) -> nn.Module:
        """Take the remaining steps (or up to step `until`); returns the averaged model."""
        begun, saved, seen, before = time.monotonic(), time.monotonic(), {}, self.seconds
        device = next(self.model.parameters()).device
        self.model.train()
        while self.step < (until or self.steps) and self.seconds < self.limit:
            draws = np.random.default_rng((self.step, 17))
            value, numbers = loss(self.step, draws, torch.Generator(device).manual_seed(self.step))
            value.backward()
            self._learn()
            self.step += 1
            self.seconds = before + time.monotonic() - begun
            for key, number in {"loss": value.detach(), **numbers}.items():
                seen.setdefault(key, []).append(number)
            if self.step % 50 == 0:
                self._note(seen)
            if time.monotonic() - saved > self.save_every:
                self._save()
                saved = time.monotonic()
        self._note(seen)
        self._save()
        return self.averaged.eval()

    def _note(self, seen: dict[str, list]) -> None:
        """Put the means of what was seen since the last note on the curve."""
        if seen:
            mean = {key: round(float(np.mean([float(n) for n in numbers])), 5) for key, numbers in seen.items()}
            self.curve.append({"step": self.step, "seconds": round(self.seconds, 1), **mean})
            self.say(f"{self.name} {self.step}/{self.steps} {self.seconds:.0f}s {mean}")
            seen.clear()

    def _learn(self) -> None:
        """Step against the gradient. What is not a number in it counts as nothing; waiting to see whether there is any
        would cost a GPU more."""
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        for p in parameters:
            p.grad.nan_to_num_(0.0, 0.0, 0.0)
        nn.utils.clip_grad_norm_(parameters, self.clip)
        for optimiser, peaks in zip(self.optimisers, self.peaks, strict=True):
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * self.pace()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self._follow()

    def _follow(self) -> None:
        keep = min(self.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            slow, fast = list(self.averaged.parameters()), [p.detach() for p in self.model.parameters()]
            torch._foreach_lerp_(slow, fast, 1 - keep)
            for a, b in zip(self.averaged.buffers(), self.model.buffers(), strict=True):
                a.copy_(b)

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "step": self.step,
            "seconds": self.seconds,
            "curve": self.curve,
        }
        rough = self.path.with_suffix(".part")
        torch.save(state, rough)
        os.replace(rough, self.path)
        record = {
            "name": self.name, "steps": self.step, "seconds": round(self.seconds, 1), "rate": self.rate,
            "torch": torch.__version__, "device": _named(next(self.model.parameters()).device), **self.noted,
        }  # fmt: skip
        self.path.with_suffix(".json").write_text(json.dumps({**record, "curve": self.curve}))

    def _resume(self) -> None:
        if not self.path.exists():
            return
        state = torch.load(self.path, weights_only=True, map_location="cpu")
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        for optimiser, kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self.step, self.seconds, self.curve = state["step"], state["seconds"], state["curve"]
        self.say(f"{self.name} goes on from step {self.step}")


def _named(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
