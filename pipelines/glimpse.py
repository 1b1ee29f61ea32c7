"""What an objective sees of one training step, and what it has to answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from pipelines.conditioning import Conditioning
from pipelines.examples import Example
from pipelines.references import Shown
from pipelines.schedule import Schedule
from pipelines.seams import Stage


@dataclass(frozen=True)
class Glimpse:
    """One step, seen through the visited network. B examples of all roles, C channels on an h x w latent grid.

    Fields:
        examples: the B examples, in order; their roles, captions, subjects.
        clean: (B, C, h, w) latents x_0. noise: ε, of the same shape. t: (B,) time steps. noisy: x_t.
        target: what the network should answer; ε or v, as the base was taught.
        prediction: what it answers, or None when no objective of the phase needs "prediction".
        weights: (B,) how much each time step counts, as in the base's own training; see `importance`.
        masks: (B, 1, h, w), 0 to 1, where the subjects are; ones for examples without a mask. None unless an objective
            needs "masks".
        parts: per example, taught word → (h, w), 0 to 1; like `masks`, but one for each subject.
        words: what was said; `words.spans[i]` maps a taught word to its token positions in example i.
        maps: site name → attention shares (B, heads, N, M) of the cross-attentions in this step, with gradients; None
            unless an objective needs "maps". The N cells are the grid of the site, row by row.
        shown: what could be read of references, by voice and layer; see `references`.
        step, steps: of the phase, from 0.
        schedule: the base's noise schedule.
        stage: the performance; `stage.speaking({})` silences the taught voices, for a look at the base itself.
        listen: (prompts, stage) → `Conditioning` with gradients, `Backbone.encode`.
        answer: (x_t, t, words) → another prediction by the same network, `Backbone.predict`.
    """

    examples: tuple[Example, ...]
    clean: Tensor
    noise: Tensor
    t: Tensor
    noisy: Tensor
    target: Tensor
    weights: Tensor
    words: Conditioning
    schedule: Schedule
    stage: Stage
    listen: Callable[[Sequence[str], Stage | None], Conditioning]
    answer: Callable[[Tensor, Tensor, Conditioning], Tensor]
    prediction: Tensor | None = None
    masks: Tensor | None = None
    parts: tuple[Mapping[str, Tensor], ...] = ()
    maps: Mapping[str, Tensor] | None = None
    shown: Mapping[str, Mapping[str, Shown]] = field(default_factory=dict)
    step: int = 0
    steps: int = 1
    _error: list = field(default_factory=list, repr=False)

    def rows(self, role: str) -> Tensor:
        """(n,) positions of the examples that have a role."""
        found = [i for i, example in enumerate(self.examples) if example.role == role]
        return torch.tensor(found, dtype=torch.long, device=self.t.device)

    def errors(self) -> Tensor:
        """(B, C, h, w): squared distance of the prediction from its target, weighted by time step."""
        if not self._error:
            self._error.append((self.prediction - self.target).square() * self.weights[:, None, None, None])
        return self._error[0]


class Objective(Protocol):
    """A number to make small. The loop adds up `weight` times the answers of all objectives of a phase.

    Attributes:
        needs: what the loop has to gather, of "prediction" (ask the network at x_t), "maps" (keep its attention
            shares) and "masks".
        weight: how much it counts.

    The answer is a scalar with gradients. Where it has nothing to say (no example of its role in the batch) it answers
    zero: `seen.clean.new_zeros(())`.
    """

    needs: frozenset[str]
    weight: float

    def __call__(self, seen: Glimpse) -> Tensor: ...


GAMMA = 5.0


def importance(schedule: Schedule, t: Tensor) -> Tensor:
    """How much time steps (B,) count: all the same for a network that answers ε, min-SNR with γ = 5 (arXiv 2303.09556)
    for one that answers v, whose loss would otherwise be ruled by the steps at which little is to be learnt."""
    if schedule.prediction == "epsilon":
        return torch.ones(len(t), device=t.device)
    snr = schedule.snr(t)
    return 2 * snr.clamp(max=GAMMA) / (snr + 1)
