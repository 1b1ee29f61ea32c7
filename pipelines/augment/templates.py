"""Photos without a caption are spoken of in many neutral ways, so that the word is learnt and not the sentence.

Textual Inversion (arXiv 2208.01618, section 4.2 and its supplement) draws from a list of neutral phrases for objects
and another for styles. The lists here are our own, after their pattern.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipelines.examples import Example, Kit

OBJECT = (
    "a photo of {}", "a picture of {}", "a rendering of {}", "a close photo of {}", "a bright photo of {}",
    "a dark photo of {}", "a good photo of {}", "a cropped photo of {}", "a photo of one {}", "{}",
)  # fmt: skip
STYLE = (
    "a picture in the style of {}", "a painting in the style of {}", "a drawing in the style of {}",
    "a rendering in the style of {}", "{} style",
)  # fmt: skip
PHRASES = {"object": OBJECT, "person": OBJECT, "style": STYLE}


class Templates:
    """Puts another phrase around the subject's word each time.

    Args:
        noun: whether the class noun follows the word.
    """

    def __init__(self, noun: bool = True):
        self.noun = noun

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The example in other words; the same when it has a caption, or shows nobody or several."""
        if example.caption or len(example.subjects) != 1:
            return example
        (subject,) = example.subjects
        phrases = PHRASES[subject.kind]
        word = f"{subject.trigger} {subject.noun}" if self.noun and subject.kind != "style" else subject.trigger
        return replace(example, prompt=phrases[chance.integers(len(phrases))].format(word))
