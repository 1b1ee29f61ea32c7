"""From noise to a picture, step by step: the loop, where it stands, and how a guidance has its say in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from pipelines.backbone import Backbone
from pipelines.conditioning import Conditioning, Joint, Moment, Place, Portion
from pipelines.schedule import Walk
from pipelines.seams import Stage
from pipelines.spec import Region

SAMPLER = "DPM++ 2M"


@dataclass(frozen=True)
class Spoken:
    """A region ready to speak.

    Fields:
        number: its place among the scene's regions, from 1. region: as the scene has it. place: where it is.
        words: what is said there, in the same rows as `At.words`.
        voices: name → strength of those that speak only there.
        named: (rows, M), where `At.words` speak of it; see `Portion`.
        portion: all of that as an attention operation needs it. The text is the same tensor for the whole run.
    """

    number: int
    region: Region
    place: Place
    words: Conditioning
    voices: dict[str, float] = field(default_factory=dict)
    named: Tensor | None = None
    portion: Portion = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "portion", Portion(self.place, self.words.text, self.voices, self.named, self.words))

    def rows(self, which: Sequence[int]) -> "Spoken":
        """The same with some rows of its words."""
        named = None if self.named is None else self.named[list(which)]
        return replace(self, words=self.words.rows(which), named=named)


@dataclass(frozen=True)
class At:
    """Where a run stands, and all that is said there. B pictures at once.

    Fields:
        backbone, stage: the network and the performance on it.
        words: 2B prompts, first what to keep away from, then what to make; only the latter B where `scale` is 1.
        scale: of classifier-free guidance.
        voices: name → strength of those that speak in the whole picture.
        regions: those that speak at this step.
        i, steps: the step under way, from 0. t: its time step.
        seeds: one for each picture, for what is left to chance on the way.
    """

    backbone: Backbone
    stage: Stage
    words: Conditioning
    scale: float
    voices: dict[str, float] = field(default_factory=dict)
    regions: tuple[Spoken, ...] = ()
    i: int = 0
    steps: int = 1
    t: int = 0
    seeds: tuple[int, ...] = (0,)
    _told: dict[tuple[int, int], tuple] = field(default_factory=dict, repr=False)
    _joint: dict[tuple, dict[str, Joint]] = field(default_factory=dict, repr=False)

    @property
    def signal(self) -> float:
        """ᾱ of the time step: 0 for pure noise, 1 for clean."""
        return float(self.backbone.schedule.alphas[self.t])

    def told(self) -> "At":
        """The same without the words to keep away from: B rows, and a `scale` of 1."""
        return self if self.scale == 1 else self._half(len(self.words.text) // 2, len(self.words.text))

    def away(self) -> "At":
        """The words to keep away from alone: B rows, and a `scale` of 1. Only where the `scale` is not 1."""
        return self._half(0, len(self.words.text) // 2)

    def _half(self, first: int, end: int) -> "At":
        # What was cut once is kept for the run, and the whole with it, so that no id is given to another.
        known = [((id(one), first), one) for one in (self.words, *self.regions)]
        cut = [self._told.setdefault(key, (one, one.rows(range(first, end))))[1] for key, one in known]
        return replace(self, words=cut[0], regions=tuple(cut[1:]), scale=1)

    def answer(self, x: Tensor) -> Tensor:
        """What the network says at latents x, one for each row of the words."""
        t = torch.full((len(x),), self.t, device=x.device)
        placed = {name: place for name, place in self._places().items() if name not in self.voices}
        portions, when = tuple(one.portion for one in self.regions), Moment(self.i / self.steps, self.signal)
        with self.stage.speaking({**self.voices, **placed}, portions, when):
            return self.backbone.predict(x, t, self.words)

    def _places(self) -> dict[str, Joint]:
        """Where each voice of the regions speaks, put together once for the run."""
        key = tuple(id(one.place) for one in self.regions)
        if key not in self._joint:
            own: dict[str, list[Place]] = {}
            for one in self.regions:
                for name in one.voices:
                    own.setdefault(name, []).append(one.place)
            every = [one.place for one in self.regions]
            self._joint[key] = {name: Joint(places, every) for name, places in own.items()}
        return self._joint[key]

    def clean(self, x: Tensor, answer: Tensor) -> Tensor:
        """The clean latents that an answer at x stands for."""
        return self.backbone.schedule.clean(x, answer, torch.full((len(x),), self.t, device=x.device))


Predict = Callable[[Tensor, At], Tensor]


class Guidance:
    """Steers a run: override one or both. The first of a sequence is the outermost.

    `predict` stands around the guided prediction (B, C, h, w) at latents x: it may ask `proceed` with other words,
    voices or regions (`dataclasses.replace(at, ...)`), more than once, and mix the answers. `step` stands around a
    whole step: it may move x before it proceeds, for instance down a gradient, and what comes back after. Nothing
    keeps gradients unless the guidance asks for them with `torch.enable_grad()`.
    """

    def step(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        return proceed(x, at)

    def predict(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        return proceed(x, at)


def guided(x: Tensor, at: At) -> Tensor:
    """Classifier-free guidance (arXiv 2207.12598), both predictions in one pass."""
    if at.scale == 1:
        return at.answer(x)
    plain, told = at.answer(torch.cat([x, x])).chunk(2)
    return plain + at.scale * (told - plain)


Watch = Callable[[int, Tensor], None]


@torch.no_grad()
def denoise(at: At, x: Tensor, guidance: Sequence[Guidance] = (), watch: Watch = lambda i, clean: None) -> Tensor:
    """Walk from noise x (B, C, h, w) to clean latents in `at.steps` steps.

    Args:
        at: what is said; its regions speak while the run is between their `start` and `stop`.
        guidance: the first outermost.
        watch: given the number of steps done and the clean latents foreseen; it may raise to end the run.
    """
    walk = Walk(at.backbone.schedule, at.steps)
    predict, foreseen = _around(guidance, "predict", guided), [x]

    def onward(x: Tensor, here: At) -> Tensor:
        foreseen[0] = here.clean(x, predict(x, here))
        return walk.step(x, foreseen[0], here.i)

    step = _around(guidance, "step", onward)
    with at.stage.remembering():
        for i, t in enumerate(walk.times.tolist()):
            x = step(x, _now(at, i, t))
            watch(i + 1, foreseen[0])
    return x


def noise(backbone: Backbone, seeds: Sequence[int], width: int = 0, height: int = 0) -> Tensor:
    """Where runs begin: (B, C, h, w) for pictures of a size in pixels (0 is the base's own), each from its own seed."""
    high, wide = (height or backbone.size) // backbone.factor, (width or backbone.size) // backbone.factor
    drawn = [torch.randn(backbone.channels, high, wide, generator=torch.Generator().manual_seed(s)) for s in seeds]
    return torch.stack(drawn).to(backbone.device)


def _now(at: At, i: int, t: int) -> At:
    share = i / at.steps
    heard = tuple(one for one in at.regions if one.region.start <= share < one.region.stop)
    return replace(at, regions=heard, i=i, t=t)


def _around(guidance: Sequence[Guidance], what: str, inner: Predict) -> Predict:
    for one in reversed(guidance):
        inner = _wrapped(getattr(one, what), inner)
    return inner


def _wrapped(outer: Callable[[Tensor, At, Predict], Tensor], inner: Predict) -> Predict:
    return lambda x, at: outer(x, at, inner)
