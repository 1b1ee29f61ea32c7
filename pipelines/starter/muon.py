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
            alike: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    alike.setdefault(p.shape, []).append(p)
                    if not self.state[p]:
                        self.state[p]["momentum"] = torch.zeros_like(p)
            for parameters in alike.values():
                self._step(parameters, group["lr"], group["momentum"], group["decay"])

    def _step(self, parameters: list[torch.Tensor], rate: float, momentum: float, decay: float) -> None:
        """Step weights of one shape together: one product for all of them."""
        gradients, kept = [p.grad for p in parameters], [self.state[p]["momentum"] for p in parameters]
        torch._foreach_mul_(kept, momentum)
        torch._foreach_add_(kept, gradients)
        ahead = torch._foreach_add(gradients, kept, alpha=momentum)
        directions = orthogonal(torch.stack([a.flatten(1) for a in ahead]))
        torch._foreach_mul_(parameters, 1 - rate * decay)
        moves = [direction.view(p.shape) for direction, p in zip(directions, parameters, strict=True)]
        torch._foreach_add_(parameters, moves, alpha=-0.2 * rate * max(directions.shape[1:]) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix (..., m, n) with its singular values moved close to 1.

    The five steps are worked out on the small square matrix of inner products and applied in one product at the end:
    for a matrix nine times as wide as high, as convolutions have them, that is two fifths of the work.
    """
    a, b, c = COEFFICIENTS
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if tall else matrix
    x = (x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)).float()
    gram, turn = x @ x.mT, None
    for _ in range(5):
        step = b * gram + c * gram @ gram
        step.diagonal(dim1=-2, dim2=-1).add_(a)
        turn = step if turn is None else step @ turn
        gram = step @ gram @ step
    x = turn @ x
    return (x.mT if tall else x).to(matrix.dtype)


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
