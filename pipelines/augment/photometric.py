"""Photos are seen in other lights: brighter, flatter, paler, a little shifted in hue, now and then grey.

The photometric half of PACGen's augmentation (arXiv 2306.17154). Its authors published no code; the ranges are a
reconstruction.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import cos, pi, sin

import numpy as np
import torch
from torch import Tensor

from pipelines.examples import SUBJECT, Example, Kit

LUMA = torch.tensor([0.299, 0.587, 0.114])
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


class Photometric:
    """Changes light and colour of photos of subjects; where they are stays.

    Args:
        light: brightness, contrast and saturation are multiplied by 1 ± this, each by itself.
        hue: the greatest turn of hue either way, as a share of the circle.
        grey: share of photos that lose their colour, 0 to 1.
    """

    def __init__(self, light: float = 0.2, hue: float = 0.05, grey: float = 0.05):
        self.light, self.hue, self.grey = light, hue, grey

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The example in another light; pictures of other roles, and those without pixels, stay as they are."""
        if example.role != SUBJECT or example.pixels is None:
            return example
        brightness, contrast, saturation = 1 + self.light * chance.uniform(-1, 1, 3)
        turn = 2 * pi * self.hue * chance.uniform(-1, 1)
        pixels = (example.pixels * brightness).clamp(0, 1)
        pixels = torch.lerp(_grey(pixels).mean().expand_as(pixels), pixels, contrast).clamp(0, 1)
        pixels = torch.lerp(_grey(pixels), pixels, 0.0 if chance.random() < self.grey else saturation).clamp(0, 1)
        return replace(example, pixels=_turned(pixels, turn).clamp(0, 1), posterior=None)


def _grey(pixels: Tensor) -> Tensor:
    """(3, H, W) without colour."""
    return torch.tensordot(LUMA, pixels, 1).expand_as(pixels)


def _turned(pixels: Tensor, angle: float) -> Tensor:
    """Hue turned by an angle: a rotation of I and Q in YIQ."""
    turn = torch.tensor([[1, 0, 0], [0, cos(angle), -sin(angle)], [0, sin(angle), cos(angle)]])
    return torch.tensordot(torch.linalg.solve(YIQ, turn @ YIQ), pixels, 1)
