"""Pictures of many things in many manners, made by the base beforehand, that keep people and things what they are.

StyleBoost (ICTC 2023, doi 10.1109/ICTC58733.2023.10392676) replaces DreamBooth's class images by some twenty varied
pictures, bound to the bare word "style", or whatever noun the style goes by: what style means, and how people look, is
held there, and the new word carries the one style. Its authors collect them by hand. Here the base makes them from
detailed prompts, of a thing, its colour, its texture, where it is and how it is drawn, half of them of people.
"""

from collections.abc import Sequence

import numpy as np

from pipelines.bank import bank, still
from pipelines.examples import PRIOR, Example, Kit

PEOPLE = ("woman", "man", "girl", "boy")
THINGS = ("dog", "house", "cat", "car", "tree", "teapot", "robot", "bird", "castle", "boat", "cup")
LOOKS = ("red striped", "blue", "green spotted", "yellow", "white", "purple checked", "orange")
PLACES = ("on a beach", "in a forest", "on a street in the city", "in the snow", "in a kitchen", "on grass",
          "by the sea", "in a desert", "in a studio")  # fmt: skip
MANNERS = ("an oil painting of {}", "a photo of {}", "a watercolour of {}", "a cartoon of {}", "a pencil sketch of {}")


class AuxiliaryImages:
    """Adds examples of the role "prior".

    Args:
        count: how many.
        said: what is said of them while training, with {} for the style's noun, each in turn where there are several;
            empty says of each what it was made from.
        steps, scale: sampling steps and CFG scale of the pictures.
    """

    def __init__(self, count: int = 20, said: str = "a photo of {}", steps: int = 20, scale: float = 5.0):
        self.count, self.said, self.steps, self.scale = count, said, steps, scale

    def prepare(self, examples: Sequence[Example], kit: Kit) -> list[Example]:
        """The same examples and the auxiliary ones."""
        prompts = [detailed(k) for k in range(self.count)]
        made = bank(kit, "auxiliary", prompts, self.steps, self.scale, "making auxiliary pictures")
        nouns = list(dict.fromkeys(subject.noun for subject in kit.subjects))
        added = []
        for k, (prompt, latents) in enumerate(zip(prompts, made, strict=True)):
            said = self.said.format(nouns[k % len(nouns)]) or prompt
            added.append(Example(said, role=PRIOR, source=prompt, posterior=still(latents)))
        return [*examples, *added]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example


def detailed(k: int) -> str:
    """The k-th prompt: always the same. The lists have no common divisor, so that everything meets everything."""
    place, manner = PLACES[k % len(PLACES)], MANNERS[k % len(MANNERS)]
    if k % 2:
        return manner.format(f"a {PEOPLE[k // 2 % len(PEOPLE)]} {place}")
    return manner.format(f"a {LOOKS[k // 2 % len(LOOKS)]} {THINGS[k // 2 % len(THINGS)]} {place}")
