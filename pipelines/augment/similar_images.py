"""Class images that already look like the subject, so that only what still differs has to be learnt.

DreamTuner's regular images (arXiv 2312.13691, section 3.4): the base makes them while every self-attention looks at the
reference, its background too, with the photo's own caption where there is one. In the paper its subject-encoder helps.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from pipelines import catalogue, voices
from pipelines.bank import bank, still
from pipelines.examples import PRIOR, Example, Kit, says
from pipelines.spec import Subject, use


class SimilarImages:
    """Adds examples of the role "prior", `count` for each subject.

    Args:
        count: pictures for each subject; 32 in the paper.
        weight: how much the reference counts, see `reference_attention`.
        which: which of the photos is the reference, from 1.
        steps, scale: sampling steps and CFG scale of the pictures.
    """

    def __init__(self, count: int = 32, weight: float = 3.0, which: int = 1, steps: int = 20, scale: float = 5.0):
        self.count, self.weight, self.which, self.steps, self.scale = count, weight, which, steps, scale

    def prepare(self, examples: Sequence[Example], kit: Kit) -> list[Example]:
        """The same examples and those of the banks, which are filled first."""
        return [*examples, *(one for subject in kit.subjects for one in self._made(subject, kit))]

    def _made(self, subject: Subject, kit: Kit) -> list[Example]:
        voice = voices.build(kit.backbone, [use("reference_photo", which=self.which)], [subject])
        shown = b"".join(one.cpu().numpy().tobytes() for one in voice.parameters().values())
        said = f"a photo of a {subject.noun}"
        caption = subject.photos[self.which - 1].caption if len(subject.photos) >= self.which else ""
        asked = said if not caption or says(caption, subject.trigger) else caption
        name = f"like {hashlib.sha256(shown).hexdigest()} {self.weight} {asked}"
        ops = [catalogue.load("attention", "reference_attention")(self.weight)]
        encoders = [catalogue.load("encoders", "noised_stream")(masked=False)]
        with kit.backbone.adapted({"reference": voice}, ops, encoders) as stage:
            made = bank(kit, name, [asked] * self.count, self.steps, self.scale, "making similar images", stage)
        return [Example(said, role=PRIOR, source=f"{name} {k}", posterior=still(one)) for k, one in enumerate(made)]

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        return example
