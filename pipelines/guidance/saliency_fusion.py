"""In every cell the more responsive of two experts decides: one for the scene, one for the subject.

Face-Diffuser (arXiv 2311.10329): R_T = s·(ε_T(c) - ε_T(∅)) is how the scene's expert responds to words and
R_S = s·(ε_S(a) - ε_S(c)) how the subject's expert responds to the subject beyond its class noun. Both are smoothed and
turned into a share of the picture by a softmax over all cells, in float32; the larger share gives the cell its
prediction. First the scene alone is made, then both are fused, in the end the subject's expert finishes.

Here the scene's expert is the base, and each region brings a subject's: its tuned file, which may win in its region.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.conditioning import Conditioning
from pipelines.denoise import At, Guidance, Predict
from pipelines.phrases import plain


class SaliencyFusion(Guidance):
    """One more prediction for each region, once the scene has its shape. Needs a CFG scale above 1: without guidance
    nobody responds.

    Args:
        start: share of the run that the scene's expert has alone. stop: share after which the subject's finishes.
        smooth: side of the window that smooths responses, in cells; 0 for a sixteenth of the picture.
        beyond_noun: measure the subject's response against its class noun, as published, not against no words.
    """

    def __init__(self, start: float = 0.2, stop: float = 0.6, smooth: int = 0, beyond_noun: bool = True):
        self.start, self.stop, self.smooth, self.beyond_noun = start, stop, smooth, beyond_noun
        self._nouns: dict[int, tuple[Conditioning, Conditioning]] = {}

    def predict(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        if not at.regions or at.scale == 1:
            return proceed(x, at)
        out, response = _heard(x, replace(at, regions=()))
        done = at.i / at.steps
        if done <= self.start:
            return out
        best = saliency(response, self.smooth)
        for one in at.regions:
            said = self._noun(one, at) if self.beyond_noun else one.words
            answer, response = _heard(x, replace(at, words=said, voices={**at.voices, **one.voices}, regions=()))
            own = saliency(response, self.smooth)
            wins = one.place.inside(own[0].numel(), own).view(own.shape[-2:]) > 0
            wins = (wins if done > self.stop else wins & (own > best)).expand_as(own)
            out, best = torch.where(wins, answer, out), torch.where(wins, own, best)
        return out

    def _noun(self, one, at: At) -> Conditioning:
        """The region's words with the same without taught words to set out from; its own where it has none."""
        noun = plain(one.region.prompt)
        if noun == " ".join(one.region.prompt.split()):
            return one.words
        if id(one.words) not in self._nouns:
            half = len(one.words.text) // 2
            with at.stage.speaking({**at.voices, **one.voices}):
                without = at.backbone.encode([noun] * half, at.stage)
            self._nouns[id(one.words)] = one.words, without + one.words.rows(range(half, 2 * half))
        return self._nouns[id(one.words)][1]


def saliency(response: Tensor, smooth: int = 0) -> Tensor:
    """The logarithm of each cell's share of a response (B, C, h, w): (B, 1, h, w), float32."""
    high, wide = response.shape[-2:]
    side = smooth or max(2, round(max(high, wide) / 16))
    pooled = F.avg_pool2d(response.float().abs(), side, stride=1, padding=(side - 1) // 2)
    if pooled.shape[-2:] != (high, wide):
        pooled = F.interpolate(pooled, (high, wide), mode="bilinear", align_corners=False)
    strength = pooled.mean(1, keepdim=True)
    return strength.flatten(1).log_softmax(1).view_as(strength)


def _heard(x: Tensor, at: At) -> tuple[Tensor, Tensor]:
    """The guided prediction of what `at` says, and how it responds to the words."""
    from_there, told = at.answer(torch.cat([x, x])).chunk(2)
    response = at.scale * (told - from_there)
    return from_there + response, response
