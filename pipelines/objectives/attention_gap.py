"""In the reference, the taught word looks at what the whole text looks at.

ViCo's regularisation (arXiv 2306.00971, section 3.3): the end of the text sees the main thing well, the new word may
come to see the background. Over the layers that read the reference, Σ mean (a_S/max a_S − a_E/max a_E)², where a_S and
a_E are the columns of the word and of the end token in the reference's text cross-attention. The end is not moved.
"""

import torch
from torch import Tensor

from pipelines.glimpse import Glimpse


class AttentionGap:
    """Distance of the word's map from the end's; zero where no reference is shown.

    Args:
        role: of the examples it looks at.
        weight: how much it counts; 5e-4 in the authors' code.
    """

    needs = frozenset({"prediction"})

    def __init__(self, role: str = "subject", weight: float = 5e-4):
        self.role, self.weight = role, weight

    def __call__(self, seen: Glimpse) -> Tensor:
        """Sum over layers of the mean over cells and examples."""
        rows = seen.rows(self.role)
        pairs = [(one.word[rows], one.end[rows]) for layers in seen.shown.values() for one in layers.values()]
        found = [gap(word, end) for word, end in pairs if len(rows)]
        return torch.stack(found).sum() if found else seen.clean.new_zeros(())


def gap(word: Tensor, end: Tensor) -> Tensor:
    """Mean squared distance of maps (B, N), each with its largest value at 1."""
    word, end = (one / one.amax(-1, keepdim=True).clamp(min=1e-8) for one in (word, end.detach()))
    return (word - end).square().mean()
