"""What is round the subject becomes white, so that nothing of it is learnt.

DreamTuner (arXiv 2312.13691, section 3.4) trains on its reference like this. Photos without a mask stay as they are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.examples import SUBJECT, Example, Kit


class PlainBackground:
    """Photos, cut out on white."""

    def prepare(self, examples: Sequence[Example], kit: Kit) -> list[Example]:
        """The same examples; those that show subjects with masks are changed."""
        return [_cut(one) if one.role == SUBJECT and one.pixels is not None else one for one in examples]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example


def _cut(example: Example) -> Example:
    mask = example.mask()
    if mask is None:
        return example
    return replace(example, pixels=example.pixels * mask + (1 - mask), posterior=None)
