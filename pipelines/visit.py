"""A visit to a frozen network: voices and attention operations are attached, and come off again.

When the context is left, also by an exception, the network answers as before, to the bit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipelines.anatomy import Site, role, sites
from pipelines.seams import AttentionOp, Call, Stage, Voice


@contextmanager
def adapted(
    parts: Mapping[str, nn.Module],
    voices: Mapping[str, Voice] | None = None,
    ops: Sequence[AttentionOp] = (),
    encoders: Sequence = (),
) -> Iterator[Stage]:
    """Attach voices and attention operations to a network for as long as the context lasts.

    Args:
        parts: the frozen networks by name; see `layers`.
        voices: by name; all speak fully until `Stage.speaking` says otherwise.
        ops: around every attention, the first outermost.
        encoders: what looks at references; see `references`.
    """
    voices = voices or {}
    stage = Stage(voices, dict.fromkeys(voices, 1.0), encoders=tuple(encoders))
    edits: dict[str, list[tuple[str, nn.Module]]] = {}
    for name, voice in voices.items():
        for key, module in voice.modules.items():
            edits.setdefault(key.partition("/")[2], []).append((name, module))
    places = sites(parts["unet"])
    stock = [site.attention.processor for site in places]
    hooks, swaps = [], []
    try:
        for path, answers in edits.items():
            layer = _layer(parts, path)
            if path not in parts and not isinstance(layer, nn.Embedding):  # those are asked by Stage.spoken, with ids
                hook = _Hook(stage, path, answers)
                hooks += [layer.register_forward_pre_hook(hook.before), layer.register_forward_hook(hook)]
                swaps.append((hook, layer))
        for site in places:
            site.attention.processor = _Processor(stage, site, tuple(ops))
        yield stage
    finally:
        for hook in hooks:
            hook.remove()
        for hook, layer in swaps:
            hook.restore(layer)
        for site, processor in zip(places, stock, strict=True):
            site.attention.processor = processor


def _layer(parts: Mapping[str, nn.Module], path: str) -> nn.Module:
    part, _, inner = path.partition(".")
    return parts[part].get_submodule(inner)


@dataclass
class _Hook:
    """Lets the voices answer, one after the other, after a layer has."""

    stage: Stage
    path: str
    answers: list[tuple[str, nn.Module]]
    frozen: dict[str, nn.Parameter | None] | None = None
    finish: Callable[[Tensor], Tensor] | None = None

    def __post_init__(self) -> None:
        self.reads = any(hasattr(edit, "reads") for _, edit in self.answers)
        self.role = "cross.out" if self.reads else role(self.path)  # a block's tokens have their places, too

    def before(self, layer: nn.Module, args: tuple[Tensor, ...]) -> None:
        """Where one edit alone speaks fully, and can put other weights in the place of the frozen ones, the layer
        answers with those, and the frozen ones are not asked in vain. They are back before anybody else looks, and
        before the layer is asked again where it failed."""
        self.restore(layer)
        if len(self.answers) != 1 or not hasattr(self.answers[0][1], "instead"):
            return
        if not isinstance(layer._parameters["weight"], nn.Parameter):  # a visit round this one has put its own there
            return
        ((voice, edit),) = self.answers
        weight = self.stage.weight(voice, self.role, args[0])
        if not isinstance(weight, Tensor) and weight == 1.0 and (found := edit.instead(args[0])):
            self.frozen = {name: layer._parameters[name] for name in ("weight", "bias")}
            layer._parameters |= {"weight": found[0], "bias": found[1]}
            self.finish = found[2]

    def restore(self, layer: nn.Module) -> None:
        """Put the frozen weights back; nothing where they are."""
        if self.frozen:
            layer._parameters |= self.frozen
            self.frozen = None

    def __call__(self, layer: nn.Module, args: tuple[Tensor, ...], y: Tensor) -> Tensor:
        if self.frozen:
            self.restore(layer)
            return self.finish(y)
        if self.reads and self.stage.noted is not None:
            self.stage.noted[self.path] = y
        for voice, edit in self.answers:
            weight, given = self.stage.weight(voice, self.role, args[0]), (args[0], y)
            if hasattr(edit, "reads"):
                shown = self.stage.shown.get(voice, {}).get(self.path)
                weight, given = (0.0, given) if shown is None else (weight, (*given, shown))
            if isinstance(weight, Tensor):
                y = torch.lerp(y, edit(*given), weight)
            elif weight:
                y = edit(*given) if weight == 1.0 else y + weight * (edit(*given) - y)
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
        noted = self.stage.noted
        if noted is not None and self.site.kind == "self":
            noted[self.site.name] = hidden_states
        ops = self.ops if noted is None else ()
        out = self._around(Call(self.site, hidden_states, context, self.stage, attention_mask), ops)
        return attention.to_out[1](attention.to_out[0](out))

    def _around(self, call: Call, ops: tuple[AttentionOp, ...]) -> Tensor:
        if not ops:
            return self.stage.attend(call)
        return ops[0](call, lambda inner: self._around(inner, ops[1:]))
