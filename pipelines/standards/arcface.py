"""ArcFace: vectors of aligned faces that tell people apart (arXiv 1801.07698), with the residual network it was
published with (IR), with or without squeezing (SE). Parameters are named as in the weights that are in circulation."""

import re
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

SIDE = 112
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where eyes, nose and corners of the mouth belong in the 112 x 112 pixels of an aligned face, x and y."""


def alignment(points: np.ndarray) -> np.ndarray:
    """The similarity (2, 3) that brings five points (5, 2) nearest to the template, by least squares: turned, scaled
    and moved, never stretched or mirrored (Umeyama 1991). As complex numbers it is w = a z + b."""
    z, w = points @ (1, 1j), TEMPLATE @ (1, 1j)
    a = np.vdot(z - z.mean(), w - w.mean()) / np.vdot(z - z.mean(), z - z.mean())
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


class ArcFace(nn.Module):
    """(N, 3, 112, 112) from -1 to 1 to vectors (N, D), not yet of unit length.

    Args:
        widths: channels in and out of each block. squeezed: channels inside each block's squeeze, 0 for none.
        length: D.
    """

    def __init__(self, widths: list[tuple[int, int]], squeezed: list[int], length: int):
        super().__init__()
        first, last = widths[0][0], widths[-1][1]
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, first, 3, 1, 1, bias=False), nn.BatchNorm2d(first), nn.PReLU(first)
        )
        halves = [k == 0 or wide != out for k, (wide, out) in enumerate(widths)]
        self.body = nn.Sequential(
            *(Block(*width, 1 + half, narrow) for width, half, narrow in zip(widths, halves, squeezed, strict=True))
        )
        side = SIDE // 2 ** sum(halves)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(last), nn.Dropout(), nn.Flatten(), nn.Linear(last * side**2, length), nn.BatchNorm1d(length)
        )

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "ArcFace":
        """The network whose weights these are, not filled yet; their shapes say how large it is.

        Raises:
            KeyError: when they are the weights of something else.
        """
        blocks = 1 + max((int(name.split(".")[1]) for name in weights if re.match(r"body\.\d+\.", name)), default=-1)
        if not blocks:
            raise KeyError("body.0")
        names = [f"body.{k}.res_layer" for k in range(blocks)]
        shapes = [weights[f"{name}.1.weight"].shape for name in names]
        squeezed = [len(weights.get(f"{name}.5.fc1.weight", ())) for name in names]
        return cls([(wide, out) for out, wide, *_ in shapes], squeezed, len(weights["output_layer.3.weight"]))

    @property
    def title(self) -> str:
        """What it is called by: IR-50 has 24 blocks of two layers, and two more."""
        return f"IR{'-SE' if isinstance(self.body[0].res_layer[-1], Squeeze) else ''}-{2 * len(self.body) + 2}"

    def forward(self, x: Tensor) -> Tensor:
        return self.output_layer(self.body(self.input_layer(x)))


class Block(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, wide: int, out: int, stride: int, squeezed: int):
        super().__init__()
        past = nn.Sequential(nn.Conv2d(wide, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        self.shortcut_layer = nn.MaxPool2d(1, stride) if wide == out else past
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(wide), nn.Conv2d(wide, out, 3, 1, 1, bias=False), nn.PReLU(out),
            nn.Conv2d(out, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out),
            *([Squeeze(out, squeezed)] if squeezed else []),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut_layer(x) + self.res_layer(x)


class Squeeze(nn.Module):
    """Weighs channels by what all of them say on the whole (arXiv 1709.01507)."""

    def __init__(self, wide: int, narrow: int):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(wide, narrow, 1, bias=False), nn.Conv2d(narrow, wide, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc2(self.fc1(x.mean((2, 3), keepdim=True)).relu()))
