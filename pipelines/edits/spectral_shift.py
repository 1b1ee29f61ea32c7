"""Moving the singular values of weights: W = U·diag(σ)·Vᵀ becomes U·diag(ReLU(σ + δ))·Vᵀ, and only δ is learnt.

SVDiff (arXiv 2303.11305, section 3.2). U, σ and V come from the frozen weight and are not saved, so a whole UNet's
change is one number for each singular value. The scales of normalisations have no spectrum: there, as in the authors'
own file, δ is added to them. Biases and embeddings stay as they are.

An artefact spoken at a strength s adds s times the change of the weight, which is the paper's σ + s·δ wherever ReLU
does not bite.
"""

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.device import precise
from pipelines.seams import Lesson

Factors = tuple[Tensor, Tensor, Tensor]


class SpectralShift:
    """One shift for each singular value of a layer's weight.

    Args:
        where: which layers; see `seams.layers`.
        rate: learning rate; None takes the phase's.
    """

    decay, silent = 0.01, True

    def __init__(self, where: str = "unet", rate: float | None = None):
        self.where, self.rate = where, rate

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """Shifts for a linear layer, a convolution or a normalisation, all zero."""
        return _ScaleShift(layer) if layer.weight.ndim == 1 else _Shift(layer)


_known: WeakKeyDictionary[nn.Module, Factors] = WeakKeyDictionary()


def factors(layer: nn.Module) -> Factors:
    """U (o, r), σ (r), Vᵀ (r, i·k·k) of a frozen layer's weight, in float32. Each layer is taken apart once.

    Worked out in float64, so that another machine finds the same directions and the same shifts mean the same.
    """
    if layer not in _known:
        matrix = precise(layer.weight.detach().flatten(1))
        parts = torch.linalg.svd(matrix, full_matrices=False)
        _known[layer] = tuple(part.float().to(layer.weight.device) for part in parts)
    return _known[layer]


class _Shift(nn.Module):
    def __init__(self, layer: nn.Linear | nn.Conv2d):
        super().__init__()
        weight = layer.weight
        self.shift = nn.Parameter(torch.zeros(min(len(weight), weight[0].numel()), device=weight.device))
        object.__setattr__(self, "layer", layer)  # unregistered, because it is the frozen one
        self._still: tuple[tuple, Tensor] | None = None

    def added(self) -> Tensor:
        """What is added to the frozen weight, in float32 and its shape."""
        u, gain, v = self._gained()
        return ((u * gain) @ v).view_as(self.layer.weight)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The frozen answer y, and what the change adds to it."""
        if not self._learns():
            return y + _through(self.layer, x, self._kept(x.dtype))
        wide, (high, deep) = x.float(), (len(self.layer.weight), self.layer.weight[0].numel())
        cells, rank = y.numel() // high, len(self.shift)
        if rank * high * deep + cells * high * deep < cells * rank * (high + deep):
            return y + _through(self.layer, wide, self.added()).to(y.dtype)
        u, gain, v = self._gained()
        inner = _through(self.layer, wide, v.view(rank, *self.layer.weight.shape[1:]))
        return y + _across(inner, gain, u).to(y.dtype)

    def instead(self, x: Tensor) -> tuple[Tensor, Tensor | None, Callable[[Tensor], Tensor]] | None:
        """What the layer is to answer with: the shifted weight, multiplied out once while nothing learns; while it
        learns Vᵀ, whose answer goes through U·diag(ReLU(σ + δ)), or, where that is more work, the product.

        None where the frozen weight has to stay: at no shift, which is the frozen layer to the bit, and at fewer digits
        than float32, which could not hold a small change of a weight.
        """
        weight, bias = self.layer.weight, self.layer.bias
        if weight.dtype != torch.float32:
            return None
        if not self._learns():
            return self._kept(torch.float32, whole=True), bias, _as_it_is
        if not self.shift.any():
            return None
        u, sigma, v = (part.to(self.shift.device) for part in factors(self.layer))
        scale, (high, deep) = F.relu(sigma + self.shift.float()), (len(weight), weight[0].numel())
        cells, rank = x.numel() // weight.shape[1], len(scale)
        if 3 * high * deep * (cells + rank) < 2 * cells * rank * (high + deep):
            return ((u * scale) @ v).view_as(weight), bias, _as_it_is
        return v.view(rank, *weight.shape[1:]), None, partial(_across, gain=scale, u=u, bias=bias)

    def _learns(self) -> bool:
        learns = torch.is_grad_enabled() and self.shift.requires_grad
        if learns:
            self._still = None  # a fused optimiser moves the shift without counting a version
        return learns

    def _gained(self) -> Factors:
        u, sigma, v = (part.to(self.shift.device) for part in factors(self.layer))
        shift = self.shift.float()
        return u, F.relu(sigma + shift) - sigma, v

    def _kept(self, dtype: torch.dtype, whole: bool = False) -> Tensor:
        """The change, or the whole weight with it, while nothing learns: multiplied out once."""
        stamp = self.shift._version, self.shift.device, dtype, whole
        if self._still is None or self._still[0] != stamp:
            change = self.added().detach()
            self._still = stamp, (self.layer.weight + change if whole else change).to(dtype)
        return self._still[1]


def _through(layer: nn.Module, x: Tensor, weight: Tensor) -> Tensor:
    """What a layer would answer with another weight and no bias."""
    if isinstance(layer, nn.Linear):
        return F.linear(x, weight)
    return F.conv2d(x, weight, None, layer.stride, layer.padding, layer.dilation)


def _as_it_is(y: Tensor) -> Tensor:
    return y


def _across(x: Tensor, gain: Tensor, u: Tensor, bias: Tensor | None = None) -> Tensor:
    """U·diag(gain) along the channels of tokens (B, N, r) or pictures (B, r, H, W), and a bias. The gain comes first:
    its slope then costs a sum, not a matrix."""
    if x.ndim == 4:
        return F.conv2d(x * gain[:, None, None], u[..., None, None], bias)
    return F.linear(x * gain, u, bias)


class _ScaleShift(nn.Module):
    def __init__(self, layer: nn.GroupNorm | nn.LayerNorm):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(layer.weight.shape, device=layer.weight.device))
        object.__setattr__(self, "layer", layer)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        wide, shift, eps = x.float(), self.shift.float(), self.layer.eps
        if isinstance(self.layer, nn.GroupNorm):
            return y + F.group_norm(wide, self.layer.num_groups, shift, None, eps).to(y.dtype)
        return y + F.layer_norm(wide, self.layer.normalized_shape, shift, None, eps).to(y.dtype)
