"""Each region is foreseen by itself, and the foreseen pictures are laid together.

The areas-and-one scheme of regional prompters (their "latent mode"): one prediction of the whole picture for each
region, with its own words and its own tuned file, mixed cell by cell. Nothing of one region reaches another within a
step, so it is the reference for the one-pass ways; it takes as many predictions as there are regions, and one.
"""

from dataclasses import replace

import torch
from torch import Tensor

from pipelines.denoise import At, Guidance, Predict


class RegionBlend(Guidance):
    """Where regions overlap their answers are averaged; strength below 1 blends with the picture's own words."""

    def predict(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        if not at.regions:
            return proceed(x, at)
        high, wide = x.shape[-2:]
        shares = [one.place.on(high * wide, x).view(high, wide) for one in at.regions]
        total = sum(shares)
        rest = 1 - total.clamp(max=1)
        out = proceed(x, replace(at, regions=())) * rest if rest.any() else torch.zeros_like(x)
        for one, share in zip(at.regions, shares, strict=True):
            alone = replace(at, words=one.words, voices={**at.voices, **one.voices}, regions=())
            out = out + proceed(x, alone) * (share / total.clamp(min=1))
        return out
