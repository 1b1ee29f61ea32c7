import numpy as np
import pytest

from pipelines.set_metrics.inception_score import score

K = 10


@pytest.mark.parametrize("shares, expected", [
    (np.full((20, K), 1 / K), 1),
    (np.eye(K), K),
    (np.eye(K)[[3] * 7], 1),
    (np.eye(K) * (0.9 - 0.1 / 9) + 0.1 / 9, 5.799546),
    (np.eye(K)[[0] * 9 + [1]], np.exp(-0.9 * np.log(0.9) - 0.1 * np.log(0.1))),
])  # fmt: skip
def test_from_one_to_the_number_of_classes(shares, expected):
    assert score(shares) == pytest.approx(expected, abs=1e-6)


def test_no_shares_leave_the_bounds():
    rng = np.random.default_rng(0)
    for sharp in (0.05, 1, 20):
        assert 1 <= score(rng.dirichlet(np.full(K, sharp), 50)) <= K
