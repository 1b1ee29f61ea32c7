"""The word looks at its subject: where it is not, the word's attention is penalised.

Mix-of-Show's attention regularisation (in the authors' code for arXiv 2305.18292): for every size of map, averaged over
layers and heads and divided by its largest value, the word's first part must not look outside the mask, and its last
part must look like the mask, or, where only a part of what is inside belongs to the subject, also only not outside.
"""

import torch
from torch import Tensor

from pipelines.examples import on_grid
from pipelines.glimpse import Glimpse


class AttentionToMask:
    """Cross-attention maps of taught words against the masks.

    Args:
        role: of the examples it looks at.
        weight: how much it counts.
        whole: whether everything inside the mask is the subject; for a person, clothes are not.
    """

    needs = frozenset({"maps", "masks"})

    def __init__(self, role: str = "subject", weight: float = 0.01, whole: bool = True):
        self.role, self.weight, self.whole = role, weight, whole

    def __call__(self, seen: Glimpse) -> Tensor:
        """Sum over map sizes of the mean over cells, words and examples; zero without masks, words or cells outside."""
        said = [
            (int(i), places, seen.parts[i][word])
            for i in seen.rows(self.role)
            for word, places in seen.words.spans[i].items()
            if word in seen.parts[i] and places
        ]
        loss = seen.clean.new_zeros(())
        if not said:
            return loss
        rows = torch.tensor([i for i, _, _ in said], device=loss.device)
        first, last = (torch.tensor([places[k] for _, places, _ in said], device=loss.device) for k in (0, -1))
        masks = torch.stack([mask for _, _, mask in said])
        for shares in _by_size(seen):
            height, width = _grid(shares.shape[1], masks)
            inside = (on_grid(masks, height, width) > 0.5).flatten(1).to(shares)
            loss = loss + _leak(shares[rows, :, first], inside)
            final = shares[rows, :, last]
            loss = loss + ((_scaled(final) - inside).square().mean() if self.whole else _leak(final, inside))
        return loss


def _by_size(seen: Glimpse) -> list[Tensor]:
    """(B, N, M) for each number of cells N: cross-attention shares, averaged over layers and heads."""
    found: dict[int, list[Tensor]] = {}
    for site, shares in seen.maps.items():
        if site.endswith("attn2"):
            found.setdefault(shares.shape[2], []).append(shares.mean(1))
    return [torch.stack(same).mean(0) for same in found.values()]


def _grid(cells: int, masks: Tensor) -> tuple[int, int]:
    side = (masks.shape[-2] * masks.shape[-1] / cells) ** 0.5
    return round(masks.shape[-2] / side), round(masks.shape[-1] / side)


def _scaled(column: Tensor) -> Tensor:
    """(n, N) with the largest value of the whole batch at 1."""
    return column / column.max().clamp(min=1e-8)


def _leak(column: Tensor, inside: Tensor) -> Tensor:
    """Mean over cells outside the masks; zero where a full mask leaves none."""
    outside = 1 - inside
    return (_scaled(column) * outside).sum() / outside.sum().clamp(min=1)
