"""Each word looks at its own subject: its attention map and its mask are drawn together.

Break-A-Scene (arXiv 2305.16311, section 3.3). A map is the word's column of the cross-attentions, averaged over heads
and over the layers of one size on the way down and up, without the middle, and divided by its largest value; what
counts is its mean squared distance from the mask. The words of a picture are added up, the pictures averaged.

The paper's maps are 16 cells a side, a quarter of its latents' side. Small latents would leave four, which show no
shapes, so eight are kept where the network has them.
"""

import torch
from torch import Tensor

from pipelines.examples import on_grid
from pipelines.glimpse import Glimpse

FEWEST = 8


class MapsMatchMask:
    """Cross-attention maps of taught words against masks of their own.

    Args:
        role: of the examples it looks at.
        weight: λ, how much it counts.
    """

    needs = frozenset({"maps", "masks"})

    def __init__(self, role: str = "subject", weight: float = 0.01):
        self.role, self.weight = role, weight

    def __call__(self, seen: Glimpse) -> Tensor:
        """Zero without masks or taught words."""
        rows, found = seen.rows(self.role).tolist(), []
        if rows:
            height, width = seen.clean.shape[-2:]
            shares = _layers(seen, max(FEWEST, min(height, width) // 4) * max(height, width) // min(height, width))
            for i in rows:
                for word, places in seen.words.spans[i].items():
                    if word in seen.parts[i] and places:
                        found.append(_distance(shares[i][:, list(places)], seen.parts[i][word]))
        return torch.stack(found).sum() / len(rows) if found else seen.clean.new_zeros(())


def _layers(seen: Glimpse, side: int) -> Tensor:
    """(B, N, M): cross-attention shares whose grids' long side is nearest to `side`, averaged over heads and layers."""
    long = max(seen.clean.shape[-2:])
    cells = seen.clean.shape[-2] * seen.clean.shape[-1]
    sizes: dict[int, list[Tensor]] = {}
    for site, shares in seen.maps.items():
        if site.endswith("attn2") and not site.startswith("unet.mid_block"):
            sizes.setdefault(shares.shape[2], []).append(shares.mean(1))
    nearest = min(sizes, key=lambda n: abs((n / cells) ** 0.5 * long - side))
    return torch.stack(sizes[nearest]).mean(0)


def _distance(columns: Tensor, mask: Tensor) -> Tensor:
    """One word's shares (N, its vectors) from its mask (h, w)."""
    shrunk = (mask.numel() / len(columns)) ** 0.5
    wanted = on_grid(mask[None], round(mask.shape[0] / shrunk), round(mask.shape[1] / shrunk)).flatten()
    looked = columns.mean(1)
    return (looked / looked.max().clamp(min=1e-8) - wanted.to(looked)).square().mean()
