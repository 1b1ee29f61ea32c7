"""Whether the other things that a prompt names are there (Stellar's grounding objects accuracy, arXiv 2312.06116)."""

import math
import re
from collections.abc import Sequence
from statistics import fmean

from torch import Tensor

from pipelines import toybox
from pipelines.eyes import Eyes
from pipelines.judging import Case


class Objects:
    """Mean over the things and accessories named beside the subject of how surely the oracle sees each."""

    label = "Objects there (GOA)"
    how = "How surely each thing and accessory named beside the subject is seen in the picture, mean over them."
    looks, better = ("read",), "more"

    def __init__(self, case: Case):
        self.eyes, self.noun = case.eyes, case.subject.noun

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        read, told = self.eyes.read(pixels), []
        for k, prompt in enumerate(prompts):
            things = [read["there"][k, toybox.NOUNS.index(one)] for one in _named(prompt, toybox.NOUNS, self.noun)]
            worn = [read["accessory"][k, Eyes.WORDS["accessory"].index(one)]
                    for one in _named(prompt, toybox.ACCESSORIES, self.noun)]  # fmt: skip
            told.append(fmean(map(float, things + worn)) if things or worn else math.nan)
        return told


def _named(prompt: str, among: Sequence[str], but: str) -> list[str]:
    """Which of some words a prompt says; a flower field holds no flower that anybody asked for."""
    text = prompt.lower().replace("flower field", "")
    return [one for one in among if one != but and re.search(rf"\b{re.escape(one)}\b", text)]
