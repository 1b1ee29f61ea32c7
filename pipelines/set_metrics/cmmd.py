"""How far a set of pictures is from another, also for small sets: kernel distance of CLIP's vectors (CMMD)."""

import numpy as np

from pipelines.against import Against

SIGMA, SCALE = 10.0, 1000.0
"""Width of the kernel, and what the distance is multiplied by, as in the paper's code."""


class Cmmd(Against):
    """Squared maximum mean discrepancy with a Gaussian kernel, the estimator that counts every pair (arXiv 2401.09603;
    its code's σ and scale), in double precision. Equal sets are exactly 0 apart."""

    label = "CMMD"
    how = (
        "Kernel distance (Gaussian, σ = 10, times 1000) between unit vectors of these pictures and of those they are "
        "held against; 0 where both are the same."
    )
    looks, least = ("gist",), 1

    def apart(self, x: np.ndarray, y: np.ndarray) -> float:
        return discrepancy(x, y)


def discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """1000 times the squared discrepancy of unit vectors (N, D) and (M, D)."""
    return SCALE * float(_kernel(x, x).mean() + _kernel(y, y).mean() - 2 * _kernel(x, y).mean())


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    apart = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * a @ b.T
    return np.exp(-apart.clip(0) / (2 * SIGMA**2))
