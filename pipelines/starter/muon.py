"""Steps of equal size in every direction: learns more from each picture than Adam, which is what a CPU is short of."""

import torch
from torch import nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal, for the weights of inner layers (Jordan et al., 2024, "Muon").

    The momentum of a weight, seen as a matrix (out, in x kernel), is replaced by the nearest orthogonal matrix, found
    by five Newton-Schulz steps of the quintic with `COEFFICIENTS`. Steps are scaled by 0.2 sqrt(max(rows, columns)),
    so that they are as large as Adam's and one rate serves both (Liu et al., arXiv:2502.16982, eq. 4).

    Args:
        parameters: weights of two or more dimensions. rate: learning rate. momentum: 0 to 1. decay: weight decay.
    """

    def __init__(self, parameters, rate: float, momentum: float = 0.95, decay: float = 0.01):
        super().__init__(parameters, dict(lr=rate, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                m = state["momentum"].mul_(group["momentum"]).add_(p.grad)
                direction = orthogonal((p.grad + group["momentum"] * m).flatten(1))
                p.mul_(1 - group["lr"] * group["decay"])
                p.add_(direction.view_as(p), alpha=-0.2 * group["lr"] * max(direction.shape) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix (m, n) with its singular values moved close to 1.

    The five steps are worked out on the small square matrix of inner products and applied in one product at the end:
    for a matrix nine times as wide as high, as convolutions have them, that is two fifths of the work.
    """
    a, b, c = COEFFICIENTS
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = (x / (x.norm() + 1e-7)).float()
    gram, turn = x @ x.T, None
    for _ in range(5):
        step = b * gram + c * gram @ gram
        step.diagonal().add_(a)
        turn = step if turn is None else step @ turn
        gram = step @ gram @ step
    x = turn @ x
    return (x.T if matrix.shape[0] > matrix.shape[1] else x).to(matrix.dtype)


def optimisers(model: nn.Module, rate: float, small: float | None = None) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside, Adam for everything else: first and last layers, words, norms, biases.

    A module may list the parameters that meet the outside in `outer` (names or their beginnings).
    """
    outer = tuple(getattr(model, "outer", ())) + ("conv_in", "conv_out", "embeddings", "pos_embed")
    inner, other = [], []
    for name, p in model.named_parameters():
        if p.requires_grad:
            (inner if p.ndim >= 2 and not any(part in name for part in outer) else other).append(p)
    adam = torch.optim.AdamW(other, small or rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [Muon(inner, rate), adam] if inner else [adam]
