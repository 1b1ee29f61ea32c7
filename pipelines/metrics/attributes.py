"""Whether what a prompt names is there: the share of its colours, places, styles ... that the oracles read."""

import math
import re
from collections.abc import Sequence
from functools import cache

from torch import Tensor

from pipelines.eyes import Eyes
from pipelines.judging import Case

UNSAID = {"", "photo", "standing", "day", "clear", "plain"}
"""Words that no prompt has to mean, or that every prompt says."""


OTHERWISE = [("falling snow", "weather", "snowfall"), ("raining", "weather", "rain"), ("foggy", "weather", "fog")]
WORN, PAINT = "·", ("colour", "pattern")


class Attributes:
    """Share of the named attributes that the oracle sees; the words must be the toybox's own."""

    label = "Attributes"
    how = "Share of the attributes named in the prompt that the oracles read in the picture."

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


def named(prompt: str) -> dict[str, str]:
    """The attributes a prompt names; the colour or pattern of an accessory is not the thing's own."""
    text, found = prompt.lower(), {}
    for phrase, name, word in _phrases():
        behind = rf"(?! {WORN})" if name in PAINT else ""
        text, times = re.subn(rf"\b{re.escape(phrase)}\b{behind}", WORN if name == "accessory" else "", text)
        if times and name != "noun":
            found.setdefault(name, word)
    return found


@cache
def _phrases() -> list[tuple[str, str, str]]:
    """(phrase, kind, word), long phrases first, so that no "flower" is seen in a "flower field"; paint last."""
    kinds = {name: words for name, words in Eyes.WORDS.items() if name != "second"}  # no caption names it
    said = [(word, name, word) for name, words in kinds.items() for word in set(words) - UNSAID]
    return sorted([*said, *OTHERWISE], key=lambda one: (one[1] in PAINT, -len(one[0])))
