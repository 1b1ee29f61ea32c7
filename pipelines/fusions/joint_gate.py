"""Subjects behind gates of their own, side by side: one file that knows them all, without a step of training.

Perfusion (arXiv 2305.01644, section 4.3): what is said is projected on the directions of all subjects together, taken
out, and each subject's output is let in by its own gate. The projections of files that merely speak one after the other
overlap where the directions do. A weight below 1 moves a subject's outputs back towards what the base answers there.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.errors import BadInput
from pipelines.fusing import Fused, Part, words
from pipelines.spec import Use

NAME = "locked_rank_one"


class JointGate:
    """Joins files of Perfusion."""

    @torch.no_grad()
    def __call__(self, parts: Sequence[Part], backbone, report) -> Fused:
        gates = _gates(parts)
        use, tensors = words(parts)
        for key in _gated(parts[0]):
            alike = [part.voice.modules[key] for part in parts]
            for name, _ in alike[0].named_parameters():
                tensors[f"{key}/{name}"] = torch.cat([module.get_parameter(name) for module in alike])
            tensors[f"{key}/output"] = torch.cat([_output(part, key) for part in parts])
        return Fused((use, *gates), tensors)


def _gated(part: Part) -> list[str]:
    return [key for key in part.voice.modules if key.startswith(f"{NAME}/")]


def _gates(parts: Sequence[Part]) -> list[Use]:
    """The edits of the first part's gates; the others must have theirs in the same layers."""
    for part in parts:
        modules = part.voice.modules
        others = [key for key in modules if key not in _gated(part) and not hasattr(modules[key], "words")]
        if others or not _gated(part):
            what = f"holds {others[0].partition('/')[0].replace('_', ' ')}" if others else "has no gates"
            advice = "This fusion is for files of Perfusion."
            raise BadInput(f"{part.name} {what}, so it cannot be joined so.", advice)
        if part.voice.modules.keys() != parts[0].voice.modules.keys():
            advice = "Tune both with the same recipe."
            raise BadInput(f"{part.name} has its gates in other layers than {parts[0].name}.", advice)
    return [use for use in parts[0].header.uses() if use.name == NAME]


def _output(part: Part, key: str) -> Tensor:
    """(n, C): what a part lets in at a layer, its weight told in."""
    module = part.voice.modules[key]
    usual = F.linear(module.aim.directions.to(module.layer.weight), module.layer.weight).to(module.output)
    return torch.lerp(usual, module.output, part.weight)
