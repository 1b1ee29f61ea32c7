"""Of several subjects in one photo, some are spoken of at a time, and only those count.

Break-A-Scene's union sampling (arXiv 2305.16311, section 3.2): each time a photo is looked at, k subjects out of its N
are drawn, k from 1 to N alike, in an order of chance. The prompt names those, and what counts is the union of their
masks. Without it, subjects that were always named together cannot be taken apart, or put together anew.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.examples import Example, Kit, said


class ConceptSubset:
    """Draws whom a photo with several subjects is said to show. Other examples stay as they are."""

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The same picture with other words and fewer masks."""
        whole = example.subjects
        if len(whole) < 2:
            return example
        count = chance.integers(1, len(whole) + 1)
        some = tuple(whole[i] for i in chance.permutation(len(whole))[:count])
        masks = {one.trigger: example.masks[one.trigger] for one in some if one.trigger in example.masks}
        return replace(example, prompt=said(some[0], "", *some[1:]), masks=masks, subjects=some, caption="")
