"""How far a set of pictures is from another, without bias at any size: kernel distance of their features (KID)."""

import numpy as np

from pipelines.against import Against

SUBSETS, SIZE = 100, 1000
"""Sets larger than SIZE are compared by the mean over so many random parts of that size, as is usual."""


class Kid(Against):
    """Unbiased squared maximum mean discrepancy with a cubic kernel (arXiv 1801.01401, section 4), in double."""

    label = "KID"
    how = (
        "Unbiased kernel distance (cubic kernel) between the features of these pictures and of those they are held "
        "against; about 0, at times below, where both are alike."
    )
    looks = ("features",)

    def apart(self, x: np.ndarray, y: np.ndarray) -> float:
        if max(len(x), len(y)) <= SIZE:
            return discrepancy(x, y)
        rng = np.random.default_rng(0)
        parts = [
            [one[rng.choice(len(one), min(SIZE, len(one)), replace=False)] for one in (x, y)] for _ in range(SUBSETS)
        ]
        return float(np.mean([discrepancy(*part) for part in parts]))


def discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """Unbiased squared discrepancy of features (N, D) and (M, D), N and M at least 2; kernel (x·y / D + 1)³."""
    kernel = lambda a, b: (a @ b.T / a.shape[1] + 1) ** 3  # noqa: E731
    return float(_between(kernel(x, x)) + _between(kernel(y, y)) - 2 * kernel(x, y).mean())


def _between(k: np.ndarray) -> float:
    """The mean of what lies off the diagonal of (N, N)."""
    n = len(k)
    return (k.sum() - np.trace(k)) / (n * (n - 1))
