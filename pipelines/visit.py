"""A visit to a frozen network: voices and attention operations are attached, and come off again.

When the context is left, also by an exception, the network answers as before, to the bit.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipelines.anatomy import Site, role, sites
from pipelines.seams import AttentionOp, Call, Stage, Voice


@contextmanager
def adapted(
    parts: Mapping[str, nn.Module], voices: Mapping[str, Voice] | None = None, ops: Sequence[AttentionOp] = ()
) -> Iterator[Stage]:
    """Attach voices and attention operations to a network for as long as the context lasts.

    Args:
        parts: the frozen networks by name; see `layers`.
        voices: by name; all speak fully until `Stage.speaking` says otherwise.
        ops: around every attention, the first outermost.
    """
    voices = voices or {}
    stage = Stage(voices, dict.fromkeys(voices, 1.0))
    edits: dict[str, list[tuple[str, nn.Module]]] = {}
    for name, voice in voices.items():
        for key, module in voice.modules.items():
            edits.setdefault(key.partition("/")[2], []).append((name, module))
    places = sites(parts["unet"])
    stock = [site.attention.processor for site in places]
    hooks = []
    try:
        for path, answers in edits.items():
            layer = _layer(parts, path)
            if path not in parts and not isinstance(layer, nn.Embedding):  # those are asked by Stage.spoken, with ids
                hooks.append(layer.register_forward_hook(_Hook(stage, role(path), answers)))
        for site in places:
            site.attention.processor = _Processor(stage, site, tuple(ops))
        yield stage
    finally:
        for hook in hooks:
            hook.remove()
        for site, processor in zip(places, stock, strict=True):
            site.attention.processor = processor


def _layer(parts: Mapping[str, nn.Module], path: str) -> nn.Module:
    part, _, inner = path.partition(".")
    return parts[part].get_submodule(inner)


@dataclass
class _Hook:
    """Lets the voices answer, one after the other, after a layer has."""

    stage: Stage
    role: str
    answers: list[tuple[str, nn.Module]]

    def __call__(self, layer: nn.Module, args: tuple[Tensor, ...], y: Tensor) -> Tensor:
        for voice, edit in self.answers:
            weight = self.stage.weight(voice, self.role, args[0])
            if isinstance(weight, Tensor):
                y = torch.lerp(y, edit(args[0], y), weight)
            elif weight:
                y = edit(args[0], y) if weight == 1.0 else y + weight * (edit(args[0], y) - y)
        return y


@dataclass
class _Processor:
    """Stands in for diffusers' attention processor, and lets the operations around the attention have their way."""

    stage: Stage
    site: Site
    ops: tuple[AttentionOp, ...]

    def __call__(
        self,
        attention: nn.Module,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
    ) -> Tensor:
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        out = self._around(Call(self.site, hidden_states, context, self.stage, attention_mask), self.ops)
        return attention.to_out[1](attention.to_out[0](out))

    def _around(self, call: Call, ops: tuple[AttentionOp, ...]) -> Tensor:
        if not ops:
            return self.stage.attend(call)
        return ops[0](call, lambda inner: self._around(inner, ops[1:]))
