"""Photos are seen smaller on a grey ground, or closer than they are, and the words say so.

Custom Diffusion's augmentation (arXiv 2212.04488, appendix C, numbers from the authors' code): two times out of three
the photo is scaled to between a third of the picture's side and all of it and laid somewhere, and only where it lies is
learnt; otherwise it is enlarged by 1.2 to 1.4 and cut.
"""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.examples import SUBJECT, Example, Kit

GREY = 0.5
SMALLER, CLOSER = (1 / 3, 1.0), (1.2, 1.4)
FAR, NEAR = ("a far away ", "very small "), ("zoomed in ", "close up ")


class RandomResize:
    """Changes the size of photos; other examples stay as they are.

    Args:
        share: of the time a photo is made smaller, 0 to 1; the rest it is enlarged.
        views: how many ways a photo is seen. Each is encoded once.
        subject: whether what counts is the subject's mask; if not, all of the photo does.
    """

    def __init__(self, share: float = 2 / 3, views: int = 16, subject: bool = True):
        self.share, self.views, self.subject, self.cell = share, views, subject, 1

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        """The same; what lies within one latent cell of the photo's edge will not count."""
        self.cell = kit.backbone.factor
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """One of its views, with words for its size and masks for what of it counts."""
        if example.pixels is None or example.role != SUBJECT:
            return example
        dice = np.random.default_rng([zlib.crc32(example.source.encode()), int(chance.integers(self.views))])
        words = list(example.masks) or [one.trigger for one in example.subjects]
        known = example.masks if self.subject else {}
        layers = [example.pixels, *(known.get(word, torch.ones(example.pixels.shape[1:]))[None] for word in words)]
        smaller = dice.random() < self.share
        scale = dice.uniform(*(SMALLER if smaller else CLOSER))
        moved = (self._laid if smaller else self._cut)(torch.cat(layers), scale, dice)
        prompt = example.prompt
        if scale < 0.6 or scale > 1:
            prompt = str(dice.choice(FAR if scale < 1 else NEAR)) + prompt
        masks = dict(zip(words, moved[3:], strict=True))
        return replace(example, prompt=prompt, pixels=moved[:3], masks=masks, posterior=None)

    def _laid(self, layers: Tensor, scale: float, dice: np.random.Generator) -> Tensor:
        """Made smaller and laid on grey; masks end one latent cell inside the photo's edge."""
        side = layers.shape[-1]
        size = max(2 * self.cell + 1, round(side * scale))
        small = _scaled(layers, size)
        top, left = (int(v) for v in dice.integers(0, side - size + 1, 2))
        laid = torch.zeros_like(layers)
        laid[:3] = GREY
        laid[:3, top : top + size, left : left + size] = small[:3]
        inner = slice(self.cell, size - self.cell)
        rows, columns = (slice(at + self.cell, at + size - self.cell) for at in (top, left))
        laid[3:, rows, columns] = small[3:, inner, inner]
        return laid

    def _cut(self, layers: Tensor, scale: float, dice: np.random.Generator) -> Tensor:
        """Enlarged and cut anywhere that keeps the middle of what counts."""
        side = layers.shape[-1]
        large = _scaled(layers, round(side * scale))
        counts = large[3:].amax(0)
        spare, begin = large.shape[-1] - side, []
        for along in (1, 0):
            reach = counts.sum(along).cumsum(0)
            middle = int((reach < reach[-1] / 2).sum())
            low, high = max(0, middle - side + 1), min(spare, middle)
            begin.append(int(dice.integers(low, max(low, high) + 1)))
        return large[:, begin[0] : begin[0] + side, begin[1] : begin[1] + side].contiguous()


def _scaled(layers: Tensor, size: int) -> Tensor:
    return F.interpolate(layers[None], (size, size), mode="bilinear", antialias=True)[0].clamp(0, 1)
