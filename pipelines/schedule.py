"""The noise of a base model: how it is added, what the network was taught to answer, and how a picture walks back.

x_t = α_t·x_0 + σ_t·ε with α² + σ² = 1. The network answers ε, or v = α·ε − σ·x_0 (Salimans and Ho, arXiv 2202.00512).
A schedule that ends in pure noise (α = 0, "zero SNR", Lin et al., arXiv 2305.08891) works as it is.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Schedule:
    """A base model's noise schedule.

    Fields:
        alphas: cumulative products ᾱ_t = α_t², (T,), float32.
        prediction: what the network answers.
        spacing, offset: how a run's time steps are chosen out of T; table 2 of arXiv 2305.08891.
    """

    alphas: Tensor
    prediction: Literal["epsilon", "v_prediction"] = "epsilon"
    spacing: Literal["leading", "linspace", "trailing"] = "leading"
    offset: int = 0

    def noised(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """x_t from clean latents (B, C, H, W), noise of their shape and time steps (B,)."""
        a, s = self._levels(t, x0)
        return a * x0 + s * noise

    def target(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """What the network should answer at x_t."""
        if self.prediction == "epsilon":
            return noise
        a, s = self._levels(t, x0)
        return a * noise - s * x0

    def clean(self, x: Tensor, answer: Tensor, t: Tensor) -> Tensor:
        """The clean latents that an answer at x_t stands for."""
        a, s = self._levels(t, x)
        return a * x - s * answer if self.prediction == "v_prediction" else (x - s * answer) / a

    def snr(self, t: Tensor) -> Tensor:
        """Signal-to-noise ratio ᾱ / (1 − ᾱ) at time steps (B,)."""
        alpha = self.alphas.to(t.device)[t]
        return alpha / (1 - alpha)

    def times(self, steps: int) -> Tensor:
        """The time steps of a run, noisiest first: (steps,)."""
        total = len(self.alphas)
        if self.spacing == "trailing":
            return torch.linspace(total, 0, steps + 1, dtype=torch.float64)[:-1].round().long() - 1
        if self.spacing == "linspace":
            return torch.linspace(0, total - 1, steps + 1, dtype=torch.float64).round().long().flip(0)[:-1]
        return torch.arange(steps, 0, -1) * (total // (steps + 1)) + self.offset

    def _levels(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        alpha = self.alphas.to(like)[t.to(like.device)].view(-1, 1, 1, 1)
        return alpha.sqrt(), (1 - alpha).sqrt()


class Walk:
    """DPM-Solver++(2M), arXiv 2211.01095 algorithm 2: second order in λ = log(α/σ), the last step first order.

    Args:
        schedule: the base model's.
        steps: how many predictions the run asks for, at least 1.
    """

    def __init__(self, schedule: Schedule, steps: int):
        self.times = schedule.times(steps)
        alpha = torch.cat([schedule.alphas[self.times], torch.ones(1)]).double()
        self.a, self.s = alpha.sqrt().tolist(), (1 - alpha).sqrt().tolist()
        self.lambdas = (alpha.sqrt() / (1 - alpha).sqrt()).log()
        self.seen: dict[int, Tensor] = {}

    def step(self, x: Tensor, clean: Tensor, i: int) -> Tensor:
        """From x at the run's i-th time step, and the clean latents foreseen there, to the next. A step may be gone
        again."""
        ahead, best = self.lambdas[i + 1] - self.lambdas[i], clean
        if i - 1 in self.seen and i + 1 < len(self.times):
            ratio = float((self.lambdas[i] - self.lambdas[i - 1]) / ahead)
            best = clean + (clean - self.seen[i - 1]) / (2 * ratio)
        self.seen = {i - 1: self.seen[i - 1], i: clean} if i - 1 in self.seen else {i: clean}
        kept = self.s[i + 1] / self.s[i]
        return kept * x + self.a[i + 1] * (1 - float(torch.exp(-ahead))) * best
