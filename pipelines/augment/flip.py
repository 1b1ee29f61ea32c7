"""Half of the photos are seen mirrored, masks with them: twice the pictures for things alike on both sides."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.examples import Example, Kit


class Flip:
    """Mirrors left and right.

    Args:
        share: of the examples that are mirrored, 0 to 1.
    """

    def __init__(self, share: float = 0.5):
        self.share = share

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The mirrored example, or the same; one that has no pixels stays as it is."""
        if chance.random() >= self.share or example.pixels is None:
            return example
        masks = {word: mask.flip(-1) for word, mask in example.masks.items()}
        return replace(example, pixels=example.pixels.flip(-1), masks=masks, posterior=None)
