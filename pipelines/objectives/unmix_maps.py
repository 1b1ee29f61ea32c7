"""A subject's word does not look at the half of the picture that belongs to somebody else.

SVDiff's Unmix (arXiv 2303.11305, section 3.3): on pictures of two subjects side by side, Σ ‖A ⊙ (1 − H)‖², where A is
the word's column of a cross-attention and H its subject's half. It looks at maps of a half and a quarter of the
latents' side. The paper tells neither the normalisation nor the weight: here the squares are summed over a map's cells,
and averaged over maps, heads, words and pictures. A weight of 1 hardly moves anything beside the base's own objective,
because a word gets a hundredth of a cell's attention; 10 takes more than half of it off the other half. That was found
on 256 latent cells. The base's own objective is a mean, so on more of them the sum is brought down to as many: without
that, the same weight would count 16 times as much on Stable Diffusion, and 64 times on XL.
"""

import torch
from torch import Tensor

from pipelines.glimpse import Glimpse

GRAINS = 4, 16
"""Latent cells in a cell of the maps that count."""
CELLS = 256
"""Latent cells of the base that weights were found on."""


class UnmixMaps:
    """Attention of taught words to the other half.

    Args:
        role: of the examples it looks at; those that show two subjects or more count.
        weight: γ, how much it counts.
    """

    needs = frozenset({"maps", "masks"})

    def __init__(self, role: str = "subject", weight: float = 10.0):
        self.role, self.weight = role, weight

    def __call__(self, seen: Glimpse) -> Tensor:
        """Zero without pictures of two."""
        found = [
            shares[i, :, :, list(places)].mean(-1)[:, _other_half(shares.shape[2], seen.parts[i][word])]
            for i in seen.rows(self.role).tolist()
            if len(seen.parts[i]) > 1
            for word, places in seen.words.spans[i].items()
            if word in seen.parts[i] and places
            for site, shares in seen.maps.items()
            if site.endswith("attn2") and seen.clean[0, 0].numel() in [grain * shares.shape[2] for grain in GRAINS]
        ]
        each = [looked.square().sum(-1).mean() for looked in found]
        share = CELLS / seen.clean[0, 0].numel()
        return share * torch.stack(each).mean() if each else seen.clean.new_zeros(())


def _other_half(cells: int, part: Tensor) -> Tensor:
    """(N,) bool: cells of a map in the half in which a subject's mask (h, w) does not lie."""
    height, width = part.shape
    side = (height * width / cells) ** 0.5
    rows, columns = round(height / side), round(width / side)
    left = part[:, : width // 2].sum() >= part[:, -(width // 2) :].sum()
    right_half = torch.arange(columns, device=part.device) >= columns / 2
    return (right_half == left).expand(rows, columns).flatten()
