import numpy as np
import pytest

from pipelines.set_metrics.cmmd import discrepancy

X = np.array([[1.0, 0]])


@pytest.mark.parametrize("other, apart", [
    ([[0.0, 1]], 19.900332501664), ([[-1.0, 0]], 39.602653386489), ([[1.0, 0]], 0),
    ([[1.0, 0], [1.0, 0]], 0), ([[1.0, 0], [-1.0, 0]], 39.602653386489 / 4),
])  # fmt: skip
def test_unit_vectors_by_hand(other, apart):
    assert discrepancy(X, np.array(other)) == pytest.approx(apart, abs=1e-9)


def test_equal_sets_are_nothing_apart_in_any_order():
    x = np.random.default_rng(0).normal(size=(30, 16))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    assert discrepancy(x, x) == 0
    assert discrepancy(x, x[::-1]) == pytest.approx(0, abs=1e-9)
