"""Each region keeps away from its own words, while the whole picture is made from the picture's words.

PACGen's regionally guided sampling (arXiv 2306.17154): outside its box the words to keep away from are the subject
itself, so that it does not appear twice; inside, a pull towards words of quality mends the texture. The paper gives no
formula; ε̂ = ε_neg + s·(ε_c - ε_neg) + M·d·(ε_d - ε_∅) with ε_neg mixed by the regions' masks is our reading of it.
"""

from dataclasses import replace

import torch
from torch import Tensor

from pipelines.conditioning import Conditioning
from pipelines.denoise import At, Guidance, Predict


class RegionalNegative(Guidance):
    """Needs a CFG scale above 1; a prediction for each region, one for the rest and one for the quality.

    Args:
        quality: words to pull towards. pull: how much (d), 0 for not at all. whole: pull in the whole picture.
    """

    def __init__(self, quality: str = "", pull: float = 0.0, whole: bool = False):
        self.quality, self.pull, self.whole = quality, pull, whole
        self._said: dict[object, tuple[object, Conditioning]] = {}

    def predict(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        if not at.regions or at.scale == 1:
            return proceed(x, at)
        high, wide = x.shape[-2:]
        shares = [one.place.on(high * wide, x).view(high, wide) for one in at.regions]
        total = sum(shares)
        covered = total.clamp(max=1)
        out = proceed(x, replace(at, regions=())) * (1 - covered) if (covered < 1).any() else torch.zeros_like(x)
        for one, share in zip(at.regions, shares, strict=True):
            words = self._kept(one.words, lambda own=one.words: _mixed(own, at.words))
            out = out + proceed(x, replace(at, words=words, regions=())) * (share / total.clamp(min=1))
        if self.pull and self.quality:
            prompts = ["", self.quality]
            words = self._kept(self, lambda: at.backbone.encode(prompts).rows([0] * len(x) + [1] * len(x)))
            nothing, good = replace(at, words=words, regions=()).answer(torch.cat([x, x])).chunk(2)
            out = out + self.pull * (good - nothing) * (1 if self.whole else covered)
        return out

    def _kept(self, whose: object, make) -> Conditioning:
        """What was put together once is the same tensors for the whole run."""
        if id(whose) not in self._said:
            self._said[id(whose)] = whose, make()
        return self._said[id(whose)][1]


def _mixed(own: Conditioning, picture: Conditioning) -> Conditioning:
    """The region's words to keep away from, and the picture's to make."""
    half = len(picture.text) // 2
    return own.rows(range(half)) + picture.rows(range(half, 2 * half))
