"""Whether what a prompt names is there: the share of its colours, places, styles ... that the oracles read."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.asked import named
from pipelines.eyes import Eyes
from pipelines.judging import Case


class Attributes:
    """Share of the named attributes that the oracle sees; the words must be the toybox's own."""

    label = "Attributes"
    how = "Share of the attributes named in the prompt that the oracles read in the picture."
    looks, better = ("read",), "more"

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        wanted = [named(prompt) for prompt in prompts]
        if not any(wanted):
            return [math.nan] * len(pixels)
        read = {name: found.argmax(1).tolist() for name, found in self.eyes.read(pixels).items() if name in Eyes.WORDS}
        shares = []
        for k, asked in enumerate(wanted):
            right = [Eyes.WORDS[name][read[name][k]] == word for name, word in asked.items()]
            shares.append(sum(right) / len(right) if right else math.nan)
        return shares
