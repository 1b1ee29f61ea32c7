"""Where a frozen network can be visited: edits on its layers, operations around its attentions.

Nothing here changes a weight, a module's name or its class; see `visit` for how a visit begins and ends.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.again import Again
from pipelines.anatomy import Site
from pipelines.anatomy import layers as layers  # seen from here too
from pipelines.anatomy import sites as sites
from pipelines.conditioning import Conditioning, Moment, Place, Portion
from pipelines.spec import Subject

READERS = ("text", "text2")


@dataclass(frozen=True)
class Call:
    """One call of one attention. B batch, N image tokens, M context tokens, h heads.

    Fields:
        hidden: (B, N, C), what asks.
        context: (B, M, D), what is asked; the hidden states themselves at a self-attention. Words that differ from
            layer to layer come as (B, S, M, D); each of the S cross-attentions hears its own, see `heard`.
        bias: added to the scores before the softmax, broadcastable to (B, h, N, M), or None.
        edit: changes the shares (B, h, N, M) after the softmax, or None.
        stage: the performance under way: its `speaking`, and the `portions` of a regional pass.
    """

    site: Site
    hidden: Tensor
    context: Tensor
    stage: "Stage"
    bias: Tensor | None = None
    edit: Callable[[Tensor], Tensor] | None = None


class AttentionOp(Protocol):
    """Wraps one attention call: asks `proceed`, before, after, more than once or never.

    Returns (B, N, C) before the output projection. The first of a sequence is the outermost.
    """

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor: ...


@dataclass(frozen=True)
class Lesson:
    """What an edit may know when it is built.

    Fields:
        subjects: who is taught.
        ids: text → token ids, without start and end.
        chance: where randomness comes from.
        depth: how many cross-attentions listen.
        listen: prompts → `Conditioning`, as the base hears them.
        fresh: False when every number will be read from a file, so that a costly start need not be worked out.
        shared: what the edits of one voice have in common, by a name of their own.
        taught: prompts → `Conditioning`, as the network that was just taught hears them, for what is worked out of it
            (`Plan.keeps`); else None.
        side, latent: a picture's side in pixels, and the shape (C, h, w) of its latents.
        develop: pixels (B, 3, side, side), 0 to 1 → latents (B, C, h, w), the posterior's mean.
    """

    subjects: tuple[Subject, ...]
    ids: Callable[[str], list[int]]
    chance: torch.Generator
    depth: int
    listen: Callable[[Sequence[str]], Conditioning]
    fresh: bool = True
    shared: dict[str, nn.Module] = field(default_factory=dict)
    taught: Callable[[Sequence[str]], Conditioning] | None = None
    side: int = 0
    latent: tuple[int, int, int] = (0, 0, 0)
    develop: Callable[[Tensor], Tensor] | None = None


class Edit(Protocol):
    """A trained answer for frozen layers, saved in the artefact.

    Attributes:
        where: which layers; see `layers`.
        rate: its own learning rate, or None for the phase's.
        decay: AdamW's weight decay on its parameters, 0 for none.
        silent: whether it changes nothing until it is trained.
    """

    where: str
    rate: float | None
    decay: float
    silent: bool

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """A module called as (x, y) → y': what the layer was given, what it answered, what to answer instead.

        If a part of it has a method `heed(words: Conditioning)`, it is told after each training step what was said.
        With a method `aside(latents)` it looks at pictures; see `Stage.aside`. With an attribute `reads` it is called
        as (x, y, shown), and only where a reference is shown; see `references`. With a method `instead(x)` it may say
        with which weight and bias the layer is to answer, and what is made of that answer; see `visit`.
        """
        ...


@dataclass(frozen=True)
class Voice:
    """The built edits of one artefact, by `edit/layer`: the part of a taught network that is not the base."""

    modules: Mapping[str, nn.Module]

    def parameters(self) -> dict[str, nn.Parameter]:
        """What is trained and saved, by `edit/layer/parameter`."""
        return {
            f"{key}/{name}": parameter
            for key, module in self.modules.items()
            for name, parameter in module.named_parameters()
        }

    def heed(self, words: Conditioning) -> None:
        """Let those parts that follow what is said know what was said."""
        for module in self.modules.values():
            for part in module.modules():
                if hasattr(part, "heed"):
                    part.heed(words)

    def words(self) -> dict[str, int]:
        """Taught words → how many vectors each speaks with."""
        return self._told("words")

    def nouns(self) -> dict[str, str]:
        """Taught words that say their class noun themselves → that noun, which is then not said twice."""
        return self._told("nouns")

    def deep(self) -> dict[str, int]:
        """Taught words that mean something else in each cross-attention → how many cross-attentions."""
        return self._told("deep")

    def _told(self, what: str) -> dict:
        return {word: said for module in self.modules.values() for word, said in getattr(module, what, {}).items()}


@dataclass
class Stage:
    """A performance on a visited network: who may speak, who speaks now, and what is remembered of it.

    Fields:
        voices: by name, those attached.
        now: name → strength of those that speak now; a missing name is silent. A `Place` as strength speaks in that
            part of the picture, in the queries and outputs of cross-attention only: all else belongs to no one place.
        portions, when: the regions of the pass under way, and when in the run it is.
        maps: where attention shares go while `recording`, else None; `kept` are the sites that keep them, None for all.
        memory: projected keys and values of contexts already seen, while `remembering`, else None.
        encoders: what looks at references before the network is asked, see `references`. shown: what can be read of
            them, by voice and by layer or site.
        pictures: references for all who speak, (B, C, h, w) and masks (B, 1, h, w), instead of those they hold.
        noted: where layers' tokens go while a reference is `noting`, else None.
        sight: by how many time steps a reference that is noised is noisier than the picture; None sees no reference.
    """

    voices: Mapping[str, Voice]
    now: Mapping[str, float | Place]
    portions: tuple[Portion, ...] = ()
    when: Moment = Moment()
    kept: Collection[str] | None = None
    maps: dict[str, list[Tensor]] | None = None
    memory: dict | None = field(default=None, repr=False)
    encoders: Sequence = ()
    shown: Mapping[str, Mapping] = field(default_factory=dict, repr=False)
    pictures: tuple[Tensor, Tensor] | None = field(default=None, repr=False)
    noted: dict[str, Tensor] | None = field(default=None, repr=False)
    sight: int | None = 0

    @property
    def everywhere(self) -> dict[str, float]:
        """Those of the voices speaking now that are not bound to a place."""
        return {name: strength for name, strength in self.now.items() if not isinstance(strength, Place)}

    @contextmanager
    def speaking(
        self, now: Mapping[str, float | Place], portions: tuple[Portion, ...] | None = None, when: Moment | None = None
    ) -> Iterator[None]:
        """Within, only these voices answer; `portions` and `when` stay as they are unless given."""
        before = self.now, self.portions, self.when
        self.now, self.portions, self.when = now, before[1] if portions is None else portions, when or before[2]
        try:
            yield
        finally:
            self.now, self.portions, self.when = before

    @contextmanager
    def recording(self, only: Collection[str] | None = None) -> Iterator[dict[str, list[Tensor]]]:
        """Within, attentions (`only` these) keep their shares: site name → list of (B, h, N, M), one for each call."""
        before, self.maps, self.kept = (self.maps, self.kept), {}, only
        try:
            yield self.maps
        finally:
            self.maps, self.kept = before

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Within, cross-attention projects each context once per voice: exact, for sampling with fixed words."""
        before, self.memory = self.memory, {}
        try:
            yield
        finally:
            self.memory = before

    @contextmanager
    def noting(self) -> Iterator[dict[str, Tensor]]:
        """Within, self-attentions note what they are given, and layers that read references what they answer; attention
        operations rest, and nothing is remembered."""
        before, self.noted, self.memory = (self.noted, self.memory), {}, None
        try:
            yield self.noted
        finally:
            self.noted, self.memory = before

    @contextmanager
    def referring(self, pictures: tuple[Tensor, Tensor] | None) -> Iterator[None]:
        """Within, these are the references."""
        before, self.pictures = self.pictures, pictures
        try:
            yield
        finally:
            self.pictures = before

    @contextmanager
    def sighted(self, sight: int | None) -> Iterator[None]:
        """Within, references are seen like this; see `sight`."""
        before, self.sight = self.sight, sight
        try:
            yield
        finally:
            self.sight = before

    def again(self) -> Again:
        """Within, all is as it is now."""
        return Again(self)

    def learns(self) -> bool:
        """Whether anybody here is being taught."""
        return any(one.requires_grad for voice in self.voices.values() for one in voice.parameters().values())

    def lexicon(self) -> dict[str, int]:
        """The taught words of those who speak now, with their number of vectors."""
        return {word: count for name in self.now for word, count in self.voices[name].words().items()}

    def nouns(self) -> dict[str, str]:
        """Of those who speak now: see `Voice.nouns`."""
        return {word: noun for name in self.now for word, noun in self.voices[name].nouns().items()}

    def deep(self) -> dict[str, int]:
        """Of those who speak now: see `Voice.deep`."""
        return {word: count for name in self.now for word, count in self.voices[name].deep().items()}

    def spoken(self, layer: str, ids: Tensor, y: Tensor) -> Tensor:
        """What a token embedding, or a text encoder by its part's name, answers (B, M, D) once the taught words
        (negative ids, B M) have had their say. A word is there or not; what is added to an encoder's answer is as loud
        as its voice."""
        for name, strength in self.now.items():
            for key, module in self.voices[name].modules.items():
                if key.partition("/")[2] == layer:
                    said = module(ids, y)
                    full = strength == 1 or isinstance(strength, Place) or layer not in READERS
                    y = said if full else y + strength * (said - y)
        return y

    def aside(self, latents: Tensor) -> Tensor | None:
        """What those who speak now say of pictures (B, C, h, w) beside the words: (B, D), for every token the same, or
        None where nobody looks at pictures."""
        said: dict[str, Tensor] = {}
        for name, strength in self.everywhere.items():
            for key, module in self.voices[name].modules.items():
                if hasattr(module, "aside"):
                    part = key.partition("/")[2]
                    said[part] = said.get(part, 0) + strength * module.aside(latents)
        return torch.cat([said[part] for part in sorted(said)], dim=-1) if said else None

    def attend(self, call: Call) -> Tensor:
        """Plain attention: (B, N, C) before the output projection."""
        attention, heads = call.site.attention, call.site.attention.heads
        query = _split(attention.to_q(call.hidden), heads)
        key, value = self._keys(call)
        kept = self.maps is not None and (self.kept is None or call.site.name in self.kept)
        if kept or call.edit:
            half = query.dtype == torch.float16  # which cannot hold what SD 2's attentions come to before the softmax
            asks, told = (query.float(), key.float()) if half else (query, key)
            scores = asks @ told.transpose(-1, -2) / query.shape[-1] ** 0.5
            shares = (scores if call.bias is None else scores + call.bias).softmax(-1).to(query)
            shares = call.edit(shares) if call.edit else shares
        if kept:
            self.maps.setdefault(call.site.name, []).append(shares)
        out = shares @ value if call.edit else F.scaled_dot_product_attention(query, key, value, attn_mask=call.bias)
        return out.transpose(1, 2).flatten(2)

    def scores(self, call: Call) -> Tensor:
        """How well each image token and each context token match, before the softmax: (B, h, N, M)."""
        attention = call.site.attention
        query = _split(attention.to_q(call.hidden), attention.heads)
        return query @ self._keys(call)[0].transpose(-1, -2) / query.shape[-1] ** 0.5

    def _keys(self, call: Call) -> tuple[Tensor, Tensor]:
        if self.memory is None or call.site.kind == "self":
            return self._projected(call)
        # The context is part of the entry, so that its id is not given to another while the entry lives.
        known = call.site.name, id(call.context), tuple((name, _loudness(w)) for name, w in self.now.items())
        if known not in self.memory:
            self.memory[known] = call.context, *self._projected(call)
        return self.memory[known][1:]

    def _projected(self, call: Call) -> tuple[Tensor, Tensor]:
        attention, context = call.site.attention, heard(call)
        key, value = attention.to_k(context), attention.to_v(context)
        return _split(key, attention.heads), _split(value, attention.heads)

    def weight(self, voice: str, role: str, x: Tensor) -> float | Tensor:
        """How loud a voice is at a layer that was given x: a number, or (N, 1) shares."""
        strength = self.now.get(voice, 0.0)
        if not isinstance(strength, Place):
            return strength
        return strength.on(x.shape[1], x) if role in ("cross.q", "cross.out") else 0.0


def heard(call: Call) -> Tensor:
    """The context one attention hears: (B, M, D)."""
    return call.context[:, call.site.index] if call.context.dim() == 4 else call.context


def _loudness(weight: float | Place) -> float:
    """Keys and values have no place, so a voice bound to one is silent there."""
    return 0.0 if isinstance(weight, Place) else weight


def _split(x: Tensor, heads: int) -> Tensor:
    """(B, N, C) → (B, h, N, C / h)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
