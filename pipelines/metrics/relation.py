"""Whether two things stand to each other as the prompt says (in the place of Stellar's relation fidelity, RFS, whose
scene-graph model was never released): left and right, which the oracles can read."""

import math
import re
from collections.abc import Sequence

from torch import Tensor

from pipelines import toybox
from pipelines.judging import THERE, Case


class Relation:
    """1 where both things are seen and the left one is left of the right one, else 0; other relations are not read."""

    label = "Relation (RFS)"
    how = "Whether both things of a named left and right are seen in the picture, and in that order."
    looks, better = ("read",), "more"

    def __init__(self, case: Case):
        self.eyes = case.eyes

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        read, told = self.eyes.read(pixels), []
        for k, pair in enumerate(map(sides, prompts)):
            if pair is None:
                told.append(math.nan)
                continue
            left, right = (toybox.NOUNS.index(noun) for noun in pair)
            both = bool(read["there"][k, [left, right]].min() >= THERE)
            told.append(float(both and bool(read["side"][k, left] < read["side"][k, right])))
        return told


def sides(prompt: str) -> tuple[str, str] | None:
    """The classes that a prompt wants left and right; None where it says nothing of the kind, or names one class."""
    text, nouns = prompt.lower(), "|".join(sorted(map(re.escape, toybox.NOUNS), key=len, reverse=True))
    thing = rf"\b({nouns})\b[^,.]*?"
    for first, second, turned in (
        (" on the left and ", " on the right", False), (" to the left of ", "", False),
        (" to the right of ", "", True), (" on the right and ", " on the left", True),
    ):  # fmt: skip
        found = re.search(rf"{thing}{first}[^,.]*?\b({nouns})\b[^,.]*?{second}", text)
        if found and found[1] != found[2]:
            return (found[2], found[1]) if turned else (found[1], found[2])
    return None
