"""Whether what a subject has by nature stayed: its colour and its pattern (attribute preservation, in the place of
Stellar's APS, arXiv 2312.06116, whose classifiers of faces are replaced by the oracles of toys)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines import toybox
from pipelines.asked import named
from pipelines.judging import Case

OWN = ("colour", "pattern")
"""What captions can name; the second colour of a pattern is none of it."""


class AttributePreservation:
    """Share of the attributes read in the photos that are read in the picture, too; what a prompt names may change."""

    label = "Attribute preservation (APS)"
    how = (
        "Share of colour and pattern, as read in the photos together, that are read in the picture; "
        "what the prompt names does not count."
    )
    looks, better = ("read",), "more"

    def __init__(self, case: Case):
        self.eyes, self.own = case.eyes, {}
        if case.subject.noun in toybox.NOUNS:
            read = case.eyes.read(case.photos)
            self.own = {name: int(read[name].mean(0).argmax()) for name in OWN}

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        read = {name: found.argmax(1).tolist() for name, found in self.eyes.read(pixels).items() if name in OWN}
        told = []
        for k, prompt in enumerate(prompts):
            kept = [read[name][k] == value for name, value in self.own.items() if name not in named(prompt)]
            told.append(sum(kept) / len(kept) if kept else math.nan)
        return told
