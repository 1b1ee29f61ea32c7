"""The reference goes through the network beside the picture: clean, at the same time step, with the same words.

ViCo (arXiv 2306.00971, section 3.2 and the authors' code). What the decoder's blocks answer to it is what their image
cross-attentions read; where the taught word looks in it, above a threshold found by Otsu's method over ten bins, is its
subject. In rows that do not say the word, among them the words to keep away from, the position counts at which another
row says it, as in the authors' code; where no row says it, the end of the text.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from pipelines.references import Asked, Shown

BINS = 10


class PairedStream:
    """Doubles the cost of a picture.

    Args:
        masked: whether only what the word looks at can be read.
    """

    def __init__(self, masked: bool = True):
        self.masked = masked

    def __call__(self, asked: Asked) -> Mapping[str, Shown]:
        """For each block that reads: the reference's tokens (B, N, d) and mask (B, N)."""
        sites = {layer: f"{layer}.attn2" for layer in asked.readers()}
        noted, shares = asked.through(asked.latents, asked.t, asked.words, list(sites.values()))
        places = positions(asked)
        found = {}
        for layer, site in sites.items():
            looked = shares[site].mean(1)
            word = torch.stack([row[:, at].mean(-1) for row, at in zip(looked, places, strict=True)])
            end = torch.stack([row[:, at] for row, at in zip(looked, asked.words.ends, strict=True)])
            found[layer] = Shown(noted[layer], otsu(word) if self.masked else None, word, end)
        return found


def positions(asked: Asked) -> list[list[int]]:
    """For each row, the token positions that speak of the subject."""
    known, words = asked.stage.voices[asked.voice].words(), asked.words
    said = [sorted(p for word, at in span.items() if word in known for p in at) for span in words.spans]
    away = len(said) // 2
    paired = [at or said[(row + away) % len(said)] or next(filter(None, said), []) for row, at in enumerate(said)]
    return [at or [end] for at, end in zip(paired, words.ends, strict=True)]


@torch.no_grad()
def otsu(word: Tensor) -> Tensor:
    """(B, N) → (B, N) bool, the part of each map above the threshold that divides it best: the variance between both
    classes, w₀·w₁·(μ₀ − μ₁)², is largest. All of a map that is the same everywhere."""
    low, high = (getattr(word, end)(-1, keepdim=True) for end in ("amin", "amax"))
    scaled = (word - low) / (high - low).clamp(min=1e-12)
    cuts = torch.arange(1, BINS, device=word.device) / BINS
    above = (scaled[:, None] >= cuts[:, None]).float()
    inside, total = above.mean(-1), scaled.mean(-1, keepdim=True)
    part = (above * scaled[:, None]).mean(-1)
    spread = (total * inside - part).square() / (inside * (1 - inside)).clamp(min=1e-12)
    best = cuts[spread.argmax(-1)][:, None]
    return (scaled >= best) | (high <= low)
