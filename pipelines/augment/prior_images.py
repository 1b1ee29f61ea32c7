"""Pictures of the class, made by the base itself before it learns, so that the class is not forgotten.

DreamBooth's prior preservation (arXiv 2208.12242, section 3.3). The bank is kept as latents, by base and prompt, and
shared by all runs and recipes: the second subject of a class waits for nothing.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pipelines.errors import Stopped
from pipelines.events import Progress
from pipelines.examples import PRIOR, Example, Kit
from pipelines.paint import paint

AT_ONCE = 4


class PriorImages:
    """Adds examples of the role "prior", `count` for each class noun.

    Args:
        count: pictures for each class.
        prompt: what the base is asked, and told while training; {} stands for the class noun.
        steps, scale: sampling steps and CFG scale of the pictures.
    """

    def __init__(self, count: int = 32, prompt: str = "a photo of a {}", steps: int = 20, scale: float = 5.0):
        self.count, self.prompt, self.steps, self.scale = count, prompt, steps, scale

    def prepare(self, examples: Sequence[Example], kit: Kit) -> list[Example]:
        """The same examples and those of the bank, which is filled first if it is short."""
        added = []
        for prompt in dict.fromkeys(self.prompt.format(subject.noun) for subject in kit.subjects):
            for k, latents in enumerate(self._bank(prompt, kit)):
                posterior = torch.stack([latents, torch.zeros_like(latents)])
                added.append(Example(prompt, role=PRIOR, source=f"{prompt} {k}", posterior=posterior))
        return [*examples, *added]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example

    def _bank(self, prompt: str, kit: Kit) -> Tensor:
        """(count, C, h, w). Picture k comes from seed k, so a bank that is too short is only lengthened."""
        backbone = kit.backbone
        said = f"{backbone.hash} {prompt} {self.steps} {self.scale} {backbone.size}"
        name = hashlib.sha256(said.encode()).hexdigest()[:32]
        bank = (kit.recall("class-images", name) or {"latents": torch.empty(0)})["latents"]
        while len(bank) < self.count:
            if kit.report.stop():
                raise Stopped("Nothing was learnt yet; the class images made so far are kept.")
            kit.report.wait()
            kit.report(Progress(len(bank), self.count, "making class images"))
            seeds = range(len(bank), min(self.count, len(bank) + AT_ONCE))
            made = paint(backbone, [prompt] * len(seeds), seeds, steps=self.steps, scale=self.scale).cpu()
            bank = torch.cat([bank, made]) if len(bank) else made
            kit.keep("class-images", name, latents=bank)
        return bank[: self.count]
