"""Whether the things that a prompt lists are there, by a detector of anything that has a name (Stellar's grounding
objects accuracy, arXiv 2312.06116)."""

import math
from collections.abc import Sequence

from torch import Tensor

from pipelines.judging import Case


class Grounded:
    """Mean over the things listed with a prompt of how sure the detector's surest box of each is."""

    label = "Objects there (GOA)"
    how = (
        "How sure the detector's surest box is of each thing listed with the prompt, mean over them; roles such as "
        "clown or astronaut, which Stellar leaves out, count as well."
    )
    looks, better = ("seen",), "more"

    def __init__(self, case: Case):
        self.eyes, self.listed = case.eyes, case.listed

    def __call__(self, pixels: Tensor, prompts: Sequence[str]) -> list[float]:
        told = [math.nan] * len(pixels)
        for prompt in dict.fromkeys(prompts):
            mine = [k for k, one in enumerate(prompts) if one == prompt]
            if things := self.listed.get(prompt):
                for k, sure in zip(mine, self.eyes.seen(pixels[mine], things).mean(1).tolist(), strict=True):
                    told[k] = sure
        return told
