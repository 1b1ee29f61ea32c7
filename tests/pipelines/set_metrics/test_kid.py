import numpy as np
import pytest

from pipelines.set_metrics import kid
from pipelines.set_metrics.kid import discrepancy

X, Y = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 1], [-1, 0]])


def test_two_points_by_hand():
    assert discrepancy(X, Y) == pytest.approx(-2.8125)
    assert discrepancy(X, X) == pytest.approx(-2.375)


def test_it_is_the_sum_over_pairs_written_out():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 3)), rng.normal(1, 2, size=(4, 3))
    k = lambda a, b: (a @ b / 3 + 1) ** 3  # noqa: E731
    own = np.mean([k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j])
    theirs = np.mean([k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j])
    across = np.mean([k(a, b) for a in x for b in y])
    assert discrepancy(x, y) == pytest.approx(own + theirs - 2 * across)


def test_samples_of_one_distribution_are_zero_apart_on_average():
    rng = np.random.default_rng(2)
    found = [discrepancy(*rng.normal(size=(2, 30, 8))) for _ in range(300)]
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error and min(found) < 0
    moved = discrepancy(rng.normal(size=(30, 8)), rng.normal(1, 1, size=(30, 8)))
    assert moved > 5 * np.std(found)


def test_large_sets_are_compared_by_parts(monkeypatch, eyes, cat):
    import torch

    from pipelines.judging import Case

    pixels = torch.rand(12, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    metric, prompts = kid.Kid(Case(cat, pixels, eyes)), [""] * 8
    whole = metric(pixels[:8], prompts, pixels[8:])
    monkeypatch.setattr(kid, "SIZE", 6)
    parts = metric(pixels[:8], prompts, pixels[8:])
    assert parts != whole and parts == metric(pixels[:8], prompts, pixels[8:])
