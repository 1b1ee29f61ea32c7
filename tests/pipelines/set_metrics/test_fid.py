import math

import numpy as np
import pytest
import torch

from pipelines.judging import Case
from pipelines.set_metrics.fid import Fid, frechet, gauss


def turned(values, degrees):
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    return turn @ np.diag(values) @ turn.T


@pytest.mark.parametrize("one, other, apart", [
    (([1.0, 2.0], np.eye(2)), ([1.0, 2.0], np.eye(2)), 0),
    (([0.0], np.eye(1)), ([3.0], 4 * np.eye(1)), 10),
    (([0, 0, 0], np.diag([1.0, 4, 9])), ([1, 2, 2], np.diag([4.0, 1, 1])), 15),
    (([0, 0], turned([4.0, 1], 30)), ([0, 0], turned([1.0, 9], 30)), 5),
    (([0, 0], np.array([[2.0, 1], [1, 2]])), ([1, 0], np.diag([1.0, 3])), 9 - 2 * math.sqrt(14)),
    (([0, 0], np.zeros((2, 2))), ([0, 0], np.diag([1.0, 3])), 4),
])  # fmt: skip
def test_gaussians_are_as_far_apart_as_the_closed_form_says(one, other, apart):
    one, other = (tuple(np.asarray(x, float) for x in pair) for pair in (one, other))
    assert frechet(one, other) == pytest.approx(apart, abs=1e-9)
    assert frechet(other, one) == pytest.approx(apart, abs=1e-9)


def test_samples_of_one_distribution_are_apart_by_the_known_bias():
    rng, d, n = np.random.default_rng(0), 64, 256
    found = [frechet(gauss(rng.normal(size=(n, d))), gauss(rng.normal(size=(n, d)))) for _ in range(8)]
    assert np.mean(found) == pytest.approx(2 * d / n + d * (d + 1) / (2 * (n - 1)), rel=0.05)


def test_fewer_pictures_than_features_still_have_a_distance(eyes, cat):
    pixels = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    fid = Fid(Case(cat, pixels, eyes))
    assert fid(pixels, [""] * 3, pixels) == pytest.approx(0, abs=1e-4)
    assert fid(pixels, [""] * 3, 1 - pixels) > 0.01
    assert math.isnan(fid(pixels, [""] * 3)) and math.isnan(fid(pixels[:1], [""], pixels))
