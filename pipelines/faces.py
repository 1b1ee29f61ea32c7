"""Faces of one picture against those of another, where each may show none, one or several."""

from collections.abc import Sequence

import torch
from torch import Tensor


def alike(seen: Sequence[Tensor], known: Sequence[Tensor]) -> Tensor:
    """(N, M): the largest cosine between any face of N pictures and any of M photos, each (F, D) at unit length; 0
    where either shows no face, as Stellar counts (arXiv 2312.06116)."""
    return torch.tensor([[float((a @ b.T).max()) if len(a) and len(b) else 0.0 for b in known] for a in seen])
