"""Readers of faces learn what regressions say they should; what they keep is counted as Stellar counts."""

import math

import pytest
import torch

from pipelines.readers import Noted, preserved, taught


def test_a_regression_lies_where_its_loss_and_weights_are_least():
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 5, generator=draw), torch.randn(60, 3, generator=draw).sign()
    y[:, 2] = -1
    weights = taught(x, y)
    assert weights.shape == (6, 3)
    for w, true in zip(weights[:, :2].T.double(), y[:, :2].T.double(), strict=True):
        wrong = torch.sigmoid(-true * (x.double() @ w[:-1] + w[-1])) * true
        assert torch.allclose(w[:-1], x.double().T @ wrong, atol=1e-5), "no slope: weights against losses"
        assert float(wrong.sum()) == pytest.approx(0, abs=1e-5), "the constant costs nothing"
    told = Noted((1, 1, 1), weights).read([x[:1], x[:0]])
    assert set(told[0].tolist()) <= {1.0, -1.0} and told[0, 2] == -1 and told[1].tolist() == [0, 0, 0]


def test_what_is_kept_is_the_mean_area_of_what_differs_between_people():
    """Of twelve pictures: two of Stellar's attributes 0.8333, two 0.5, one 0.75, three that all have or all lack."""
    truth = torch.ones(12, 8)
    truth[:6, :5] = -1
    truth[:, 5] = -1
    told = truth.clone()
    told[:2, 0] = 1  # four of six that lack it: (1 + 4/6) / 2
    told[6:8, 1] = -1
    told[:, 2] = 1
    told[:, 3] = -1
    told[:3, 4] = 1
    told[:, 6] = -1
    assert preserved(told, truth) == pytest.approx((0.83333 + 0.83333 + 0.5 + 0.5 + 0.75) / 5, abs=1e-4)
    assert preserved(-truth, truth) == 0 and math.isnan(preserved(told[:, 5:], truth[:, 5:]))
