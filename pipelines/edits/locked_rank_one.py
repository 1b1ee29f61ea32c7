"""One direction of what is said answers with another output; what is said otherwise answers as before.

Perfusion (arXiv 2305.01644, section 4, equation 3): wherever text states e come near a subject's direction i*, a frozen
layer W answers with o* instead,

    h(e) = W·(e − Πe) + Σ_j σ((s_j(e) − β) / τ)·o*_j,    s_j(e) = ⟨i*_j, e⟩ / ‖i*_j‖²

in the metric ⟨a, b⟩ = aᵀ·C₀⁻¹·b, where C₀ is the second moment of what captions look like to the encoder, and Π
projects on the directions of all subjects. Keys are locked: their o* is what the class noun looks like, and stays so;
values learn. i* follows the encoded word as it learns (moving average, 0.99).

Choose it for small files and for subjects that keep to their prompts: attention goes where the noun's would.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines import corpus
from pipelines.conditioning import Conditioning
from pipelines.device import precise
from pipelines.seams import Lesson

FOLLOW = 0.01
SAME = 1e-4
"""Directions that differ by less than this share, measured in C₀⁻¹, count as one."""


class LockedRankOne:
    """A gated rank-one change for each subject.

    Args:
        where: which layers, among those that read text; see `seams.layers`.
        learn: whether the output is trained; if not, the layer is locked to the noun.
        threshold, softness: β and τ while training.
        said_threshold, said_softness: β and τ when the artefact speaks. A lower threshold lets more of it through.
        rate: learning rate of the outputs; None takes the phase's.
    """

    decay, silent = 0.0, False

    def __init__(
        self,
        where: str = "cross.v",
        learn: bool = True,
        threshold: float = 0.75,
        softness: float = 0.1,
        said_threshold: float = 0.7,
        said_softness: float = 0.15,
        rate: float | None = None,
    ):
        self.where, self.learn, self.rate = where, learn, rate
        self.taught, self.said = (threshold, softness), (said_threshold, said_softness)

    def build(self, layer: nn.Linear, lesson: Lesson) -> nn.Module:
        """Outputs for the subjects of a lesson. The first layer of a voice also keeps the directions of all."""
        first = "aim" not in lesson.shared
        aim = lesson.shared.setdefault("aim", _aim(lesson, layer.in_features)) if first else lesson.shared["aim"]
        return _Locked(layer, aim, first, self.learn, (self.taught, self.said))


def _aim(lesson: Lesson, wide: int) -> "_Aim":
    triggers = [subject.trigger for subject in lesson.subjects]
    if not lesson.fresh:
        return _Aim(triggers, torch.zeros(len(triggers), wide), None)
    states = corpus.rows(corpus.captions(), lesson.listen, lesson.ids, first=0)
    nouns = [subject.noun for subject in lesson.subjects]
    return _Aim(triggers, corpus.slots(nouns, lesson.listen, lesson.ids), corpus.moment(states))


class _Aim(nn.Module):
    """Where the n subjects lie among text states: i* and, to measure with, C₀⁻¹·i* / ‖i*‖², (n, D) each."""

    def __init__(self, triggers: list[str], directions: Tensor, moment: Tensor | None):
        super().__init__()
        self.triggers, self.moment = triggers, moment
        self.directions = nn.Parameter(directions.float(), requires_grad=False)
        self.duals = nn.Parameter(torch.zeros_like(self.directions), requires_grad=False)
        if moment is not None:
            self._measure()

    @torch.no_grad()
    def heed(self, words: Conditioning) -> None:
        """Follow the words: i* ← 0.99·i* + 0.01·(what they were encoded as, on average)."""
        for row, trigger in enumerate(self.triggers):
            heard = [i for i, span in enumerate(words.spans) if span.get(trigger)]
            if heard:
                states = torch.stack([words.text[i, words.spans[i][trigger][-1]] for i in heard])
                self.directions[row].lerp_(states.mean(0).to(self.directions), FOLLOW)
        self._measure()

    @torch.no_grad()
    def _measure(self) -> None:
        self.duals.copy_(duals(self.directions, self.moment))

    def near(self, e: Tensor) -> tuple[Tensor, Tensor]:
        """How near e (B, M, D) is to each subject, s; and its projection on all, in terms of the i*: (B, M, n) each."""
        duals = self.duals.float()
        s = e.float() @ duals.T
        return s, s @ torch.linalg.pinv(duals @ self.directions.float().T, rtol=SAME).T


def duals(directions: Tensor, moment: Tensor) -> Tensor:
    """C₀⁻¹·i* / ‖i*‖² (n, D) in float32, of i* (n, D) and C₀ (D, D)."""
    wide = precise(directions)
    found = torch.linalg.solve(moment.to(wide), wide.T).T
    return (found / (found * wide).sum(-1, keepdim=True)).float()


class _Locked(nn.Module):
    def __init__(self, layer: nn.Linear, aim: _Aim, keeps: bool, learn: bool, gates: tuple[tuple[float, float], ...]):
        super().__init__()
        object.__setattr__(self, "layer", layer)
        if keeps:
            self.aim = aim
        else:
            object.__setattr__(self, "aim", aim)
        start = F.linear(aim.directions.to(layer.weight), layer.weight).float()
        self.output, self.gates = nn.Parameter(start, requires_grad=learn), gates

    def forward(self, e: Tensor, y: Tensor) -> Tensor:
        """e (B, M, D), y = W·e (B, M, C) → h(e)."""
        s, along = self.aim.near(e)
        threshold, softness = self.gates[0] if self.training else self.gates[1]
        gate = ((s - threshold) / softness).sigmoid()
        usual = F.linear(self.aim.directions.to(self.layer.weight), self.layer.weight).float()
        return (y + gate @ self.output.float() - along @ usual).to(y.dtype)
