"""The subject is seen at many places and sizes, so that neither is learnt with it.

PACGen (arXiv 2306.17154): a photo is scaled down by r ~ U(0.2, 1) and put anywhere on a canvas, or, one time in ten,
cut close around the subject. Its authors published no code; the ranges are a reconstruction. A plain canvas is what
makes later pictures look pasted together, so it can also be the photo itself, blurred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.examples import SUBJECT, Example, Kit

CLOSE, MIDDLE = 1.1, 0.7
"""Side of a close cut: in lengths of the masked subject, or as a share of a photo without a mask."""


class PlaceAndScale:
    """Scales and moves photos of subjects, and their masks with them.

    A photo without masks comes back with one, the place where it was put.

    Args:
        smallest, largest: range of r, 0 to 1.
        close: share of close cuts, 0 to 1.
        fill: what is around the photo, "blur" or "grey".
        cut: whether only what is masked is put on the canvas, instead of the whole photo.
    """

    def __init__(
        self, smallest: float = 0.2, largest: float = 1.0, close: float = 0.1, fill: str = "blur", cut: bool = False
    ):
        self.smallest, self.largest, self.close, self.fill, self.cut = smallest, largest, close, fill, cut

    def prepare(self, examples: Sequence[Example], kit: Kit) -> Sequence[Example]:
        return examples

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """The example somewhere else; pictures of other roles, and those without pixels, stay as they are."""
        if example.role != SUBJECT or example.pixels is None:
            return example
        if chance.random() < self.close:
            return _close(example)
        high, wide = example.pixels.shape[-2:]
        ratio = chance.uniform(self.smallest, self.largest)
        size = max(1, round(high * ratio)), max(1, round(wide * ratio))
        top, left = (int(chance.integers(0, whole - part + 1)) for whole, part in ((high, size[0]), (wide, size[1])))

        def put(small: Tensor) -> Tensor:
            return F.pad(small, (left, wide - left - size[1], top, high - top - size[0]))

        here = put(torch.ones(size))
        masks = {word: put(_sized(mask, size)) for word, mask in example.masks.items()}
        covers = replace(example, masks=masks).mask() if self.cut and masks else here
        pixels = torch.lerp(self._canvas(example.pixels), put(_sized(example.pixels, size)), covers)
        return _moved(example, pixels, masks or {one.trigger: here for one in example.subjects})

    def _canvas(self, pixels: Tensor) -> Tensor:
        """(3, H, W) of the photo's size."""
        if self.fill == "grey":
            return torch.full_like(pixels, 0.5)
        few = F.adaptive_avg_pool2d(pixels, 4)
        return F.interpolate(few[None], pixels.shape[-2:], mode="bilinear", align_corners=False)[0]


def _close(example: Example) -> Example:
    """Cut close around what is masked, or in the middle."""
    high, wide = example.pixels.shape[-2:]
    side, centre = round(MIDDLE * min(high, wide)), (high / 2, wide / 2)
    mask = example.mask()
    if mask is not None and (mask > 0.5).any():
        rows, columns = ((mask > 0.5).any(dim).nonzero().flatten() for dim in (1, 0))
        centre = float(rows[0] + rows[-1] + 1) / 2, float(columns[0] + columns[-1] + 1) / 2
        long = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
        side = min(high, wide, round(CLOSE * float(long)))
    top, left = (round(min(max(0, c - side / 2), n - side)) for c, n in zip(centre, (high, wide), strict=True))
    size = (high, wide)

    def cut(whole: Tensor) -> Tensor:
        return _sized(whole[..., top : top + side, left : left + side], size)

    return _moved(example, cut(example.pixels), {word: cut(one) for word, one in example.masks.items()})


def _moved(example: Example, pixels: Tensor, masks: Mapping[str, Tensor]) -> Example:
    return replace(example, pixels=pixels, masks=masks, posterior=None)


def _sized(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """A picture (..., H, W) in another size."""
    flat = picture.reshape(1, -1, *picture.shape[-2:])
    sized = F.interpolate(flat, size, mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)
    return sized.reshape(*picture.shape[:-2], *size)
