"""How far a set of pictures is from another: Fréchet distance of Gaussians fitted to their features (FID)."""

import numpy as np

from pipelines.against import Against


class Fid(Against):
    """Squared Fréchet distance (arXiv 1706.08500, eq. 6), in double precision."""

    label = "FID"
    how = (
        "Fréchet distance between Gaussians fitted to the features of these pictures and of those they are held "
        "against; biased upwards by small sets, so compare only sets of the same size."
    )
    looks = ("features",)

    def apart(self, x: np.ndarray, y: np.ndarray) -> float:
        return frechet(gauss(x), gauss(y))


def gauss(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and covariance (D, D), divided by N - 1, of features (N, D)."""
    return x.mean(0), np.atleast_2d(np.cov(x, rowvar=False))


def frechet(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of two Gaussians, each a mean (D,) and a covariance (D, D).

    The trace of the root is the sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric: no matrix root
    of a product is needed, and none of its imaginary parts arise.
    """
    (mu1, sigma1), (mu2, sigma2) = one, other
    values, vectors = np.linalg.eigh(sigma1)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    cross = np.linalg.eigvalsh(root @ sigma2 @ root).clip(0)
    return float(((mu1 - mu2) ** 2).sum() + np.trace(sigma1) + np.trace(sigma2) - 2 * np.sqrt(cross).sum())
