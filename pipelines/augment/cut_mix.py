"""Two subjects are cut into one picture, side by side, and the words say both: they learn to be together and apart.

SVDiff's Cut-Mix (arXiv 2303.11305, section 3.3). Pictures of the classes are mixed in the same way, as latents.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from pipelines.examples import Example, Kit

PHOTO = "a photo of "


class CutMix:
    """Puts the middle of a picture beside the middle of another's. Does nothing where there is only one subject.

    Args:
        share: of the pictures that are mixed, 0 to 1.
        placed: whether the words say who is on the left and who on the right.
    """

    def __init__(self, share: float = 0.6, placed: bool = True):
        self.share, self.placed = share, placed

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """A picture of two, the halves in an order of chance; or the same example."""
        name = _named(example)
        others = [one for one in among if one.role == example.role and name and _named(one) not in ("", name)]
        if chance.random() >= self.share or not others:
            return example
        pair = [example, others[chance.integers(len(others))]]
        left, right = pair if chance.random() < 0.5 else pair[::-1]
        mixed = replace(
            example, prompt=self._said(left, right), caption="", source=f"{left.source}+{right.source}",
            subjects=left.subjects + right.subjects,
        )  # fmt: skip
        if left.pixels is None or right.pixels is None:
            halves = [_middle(one.posterior, one.posterior.shape[-1] / 2) for one in (left, right)]
            return replace(mixed, pixels=None, masks={}, posterior=torch.cat(halves, -1))
        (seen, counts), (other, others_count) = _half(left), _half(right)
        empty = torch.zeros_like(seen[0])
        masks = {word: torch.cat([mask, empty], -1) for word, mask in counts.items()}
        masks |= {word: torch.cat([empty, mask], -1) for word, mask in others_count.items()}
        return replace(mixed, pixels=torch.cat([seen, other], -1), masks=masks, posterior=None)

    def _said(self, left: Example, right: Example) -> str:
        first, second = _named(left), _named(right)
        if self.placed:
            return f"{PHOTO}{first} on the left and {second} on the right"
        return f"{PHOTO}{first} and {second}"


def _named(example: Example) -> str:
    """Whom an example shows, in words; empty where it shows several."""
    if not example.subjects:
        return example.prompt.removeprefix(PHOTO)
    if len(example.subjects) > 1:
        return ""
    (one,) = example.subjects
    return f"{one.trigger} {one.noun}"


def _half(example: Example) -> tuple[Tensor, dict[str, Tensor]]:
    """Half of a photo's width around its subject, and what of it counts: all of it, where nobody marked the subject."""
    width = example.pixels.shape[-1]
    mask, at = example.mask(), width / 2
    if mask is not None:
        reach = mask.sum(0).cumsum(0)
        at = float((reach < reach[-1] / 2).sum())
    masks = {word: _middle(one, at) for word, one in example.masks.items()}
    if not masks:
        masks = {one.trigger: torch.ones_like(_middle(example.pixels[0], at)) for one in example.subjects}
    return _middle(example.pixels, at), masks


def _middle(x: Tensor, at: float) -> Tensor:
    """Half of the columns (..., W), around one of them."""
    half = x.shape[-1] // 2
    begin = round(min(max(0, at - half / 2), x.shape[-1] - half))
    return x[..., begin : begin + half]
