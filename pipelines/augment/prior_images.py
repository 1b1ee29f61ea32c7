"""Pictures of the class, made by the base itself before it learns, so that the class is not forgotten.

DreamBooth's prior preservation (arXiv 2208.12242, section 3.3). They are made once for all runs and recipes: the second
subject of a class waits for nothing.
"""

from collections.abc import Sequence

import numpy as np

from pipelines.bank import bank, still
from pipelines.examples import PRIOR, Example, Kit


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
            made = bank(kit, prompt, [prompt] * self.count, self.steps, self.scale, "making class images")
            for k, latents in enumerate(made):
                added.append(Example(prompt, role=PRIOR, source=f"{prompt} {k}", posterior=still(latents)))
        return [*examples, *added]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example
