"""Captions of several parts are said in another order each time, so that none is learnt by its place.

Mix-of-Show's (in the authors' code for arXiv 2305.18292): what stands between commas is shuffled; the first part, which
says who it is, stays in front.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.examples import Example, Kit


class ShuffledTags:
    """Shuffles what is said of photos that have a caption."""

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The example with its parts in another order; the same without a caption."""
        if not example.caption:
            return example
        first, *others = example.prompt.split(", ")
        shuffled = [others[k] for k in chance.permutation(len(others))]
        return replace(example, prompt=", ".join([first, *shuffled]))
