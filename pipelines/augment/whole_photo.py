"""Beside its cut, a photo is shown whole: somewhere on black, and only it counts.

Mix-of-Show's placing (in the authors' code for arXiv 2305.18292): one time of two a photo is cut, otherwise all of it
is scaled until its long side fills the picture and laid somewhere on black, with masks that end where it ends. A photo
as wide as it is high fills the picture. The authors' cuts keep the top of high photos and any part of wide ones; here
they are those around the subject that all recipes look at.
"""

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from pipelines.examples import SUBJECT, Example, Kit, whole


class WholePhoto:
    """Adds each photo as a whole; cuts and other examples stay as they are.

    Args:
        views: at how many places a photo is seen. Each is encoded once.
    """

    def __init__(self, views: int = 16):
        self.views, self.sizes = views, {}

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        """The same, and as many again that are whole."""
        found = []
        for one in examples:
            if one.role == SUBJECT and one.pixels is not None:
                added, size = whole(one, kit.backbone.size)
                found.append(added)
                self.sizes[added.source] = size
        return [*examples, *found]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """A whole photo at one of its places, with its masks; what fills the picture stays where it is."""
        if example.source not in self.sizes:
            return example
        dice = np.random.default_rng([zlib.crc32(example.source.encode()), int(chance.integers(self.views))])
        spare = [side - size for side, size in zip(example.pixels.shape[-2:], self.sizes[example.source], strict=True)]
        moved = [int(dice.integers(0, free + 1)) - free // 2 for free in spare]
        if not any(moved):
            return example
        masks = {word: torch.roll(mask, moved, (-2, -1)) for word, mask in example.masks.items()}
        return replace(example, pixels=torch.roll(example.pixels, moved, (-2, -1)), masks=masks, posterior=None)
