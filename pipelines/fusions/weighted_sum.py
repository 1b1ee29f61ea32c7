"""The changes of several artefacts added up, each with a weight; words stay as they are.

The weight fusion that every method of this kind is compared with (Mix-of-Show, arXiv 2305.18292, section 3.3). Low-rank
changes stay low-rank: the sum of two of rank r is one of rank 2r, so nothing is rounded away. Subjects still speak over
each other where their changes meet; gradient fusion is the remedy.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pipelines.errors import BadInput
from pipelines.fusing import Fused, Part, words
from pipelines.spec import Use
from pipelines.voices import edit_of


class WeightedSum:
    """Adds up what is added in the artefacts: low-rank changes exactly, whole changes of weights exactly, and shifts of
    singular values as they are (SVDiff, arXiv 2303.11305, section 3.4)."""

    def __call__(self, parts: Sequence[Part], backbone, report) -> Fused:
        kinds = {"low_rank": self._low_rank, "words": _words, "change": self._whole, "shift": self._whole}
        held = {kind: [(part, _of(part, kind)) for part in parts] for kind in kinds}
        for part in parts:
            left = set(part.voice.modules) - {key for kind in kinds for key in _of(part, kind)}
            if left:
                name = next(iter(left)).partition("/")[0]
                advice = "Make pictures with both files instead, or choose another fusion."
                raise BadInput(f"{part.name} holds {name}, which cannot be added up.", advice)
        edits, tensors = [], {}
        for kind, add in kinds.items():
            if any(modules for _, modules in held[kind]):
                uses, found = add(held[kind])
                edits += uses
                tensors |= found
        return Fused(tuple(edits), tensors)

    def _low_rank(self, held: list[tuple[Part, dict[str, nn.Module]]]) -> tuple[list[Use], dict[str, Tensor]]:
        """Both factors side by side, the weight and the scale taken into the second."""
        ranks = [max((m.low_rank()[0].shape[0] for m in modules.values()), default=0) for _, modules in held]
        layers = {key.partition("/")[2]: None for _, modules in held for key in modules}
        tensors = {}
        for layer in layers:
            pairs = [
                _factors(modules, layer, part.weight, rank) for (part, modules), rank in zip(held, ranks, strict=True)
            ]
            wide, high = (next(pair[k].shape for pair in pairs if pair) for k in (0, 1))
            beside = list(zip(pairs, ranks, strict=True))
            downs = [pair[0] if pair else torch.zeros(rank, *wide[1:]) for pair, rank in beside]
            ups = [pair[1] if pair else torch.zeros(high[0], rank, *high[2:]) for pair, rank in beside]
            tensors |= {f"lora/{layer}/down.weight": torch.cat(downs), f"lora/{layer}/up.weight": torch.cat(ups, 1)}
        return [Use("lora", {"where": _where(held, "lora"), "rank": sum(ranks)})], tensors

    def _whole(self, held: list[tuple[Part, dict[str, nn.Module]]]) -> tuple[list[Use], dict[str, Tensor]]:
        """Sum of the changes; a layer that a part left alone adds nothing."""
        tensors: dict[str, Tensor] = {}
        for part, modules in held:
            for key, module in modules.items():
                for name, parameter in module.named_parameters():
                    place = f"{key}/{name}"
                    tensors[place] = tensors.get(place, 0) + part.weight * parameter.detach().float().cpu()
        names = dict.fromkeys(key.partition("/")[0] for _, modules in held for key in modules)
        return [Use(name, {"where": _where(held, name)}) for name in names], tensors


def _words(held: list[tuple[Part, dict[str, nn.Module]]]) -> tuple[list[Use], dict[str, Tensor]]:
    use, tensors = words([part for part, _ in held])
    return [use], tensors


def _of(part: Part, kind: str) -> dict[str, nn.Module]:
    """The modules of a part that can be added in one way: they have `low_rank()`, `words`, a whole `change` or a
    `shift`."""
    return {key: module for key, module in part.voice.modules.items() if hasattr(module, kind)}


def _where(held: list[tuple[Part, dict[str, nn.Module]]], name: str) -> str:
    """Every layer that an edit of this name changes in any part, as `seams.layers` names them."""
    uses = [use for part, modules in held if modules for use in part.header.uses() if use.name == name]
    return "+".join(dict.fromkeys(where for use in uses for where in edit_of(use).where.split("+")))


def _factors(modules: dict[str, nn.Module], layer: str, weight: float, rank: int) -> tuple[Tensor, Tensor] | None:
    """(rank, in) and (out, rank) of one part's change of a layer; None where it leaves the layer alone."""
    found = [module for key, module in modules.items() if key.partition("/")[2] == layer]
    if not found:
        return None
    down, up, alpha = found[0].low_rank()
    down, up = down.detach().float().cpu(), up.detach().float().cpu()
    short = rank - down.shape[0]
    up = up * (weight * alpha / down.shape[0])
    down = torch.cat([down, down.new_zeros(short, *down.shape[1:])])
    return down, torch.cat([up, up.new_zeros(len(up), short, *up.shape[2:])], dim=1)
