"""Masks survive every form they travel in, and lies about them are refused."""

import numpy as np
import pytest

from pipelines import masks
from pipelines.errors import BadInput


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (9, 5), (64, 48)])
def test_run_lengths_come_back_as_the_mask_they_were(size):
    rng = np.random.default_rng(0)
    for share in (0.0, 0.1, 0.5, 1.0):
        mask = rng.random(size) < share
        lengths = masks.runs(mask)
        assert sum(lengths) == mask.size and (masks.from_runs(lengths, size[1], size[0]) == mask).all()


@pytest.mark.parametrize("lengths", [[], [3], [5, -1], [2, 2, 1], [4.0], [[4]], ["4"], [True] * 4])
def test_run_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(BadInput):
        masks.from_runs(lengths, 2, 2)


def test_a_png_holds_the_mask_exactly_and_scales_without_stairs():
    y, x = np.mgrid[:64, :96]
    disc = np.hypot(x - 48, y - 32) < 20
    assert (masks.from_png(masks.to_png(disc)) == disc).all()
    large = masks.from_png(masks.to_png(disc, 960, 640))
    y, x = np.mgrid[:640, :960]
    true = np.hypot(x - 484.5, y - 324.5) < 200
    assert large.shape == (640, 960) and (large & true).sum() / (large | true).sum() > 0.97
    assert masks.from_png(masks.to_png(disc), longest=48).shape == (32, 48)


def test_what_is_no_picture_is_no_mask():
    with pytest.raises(BadInput):
        masks.from_png(b"not a picture")


def test_the_loss_sees_shares_of_cells_and_never_less_than_the_background():
    mask = np.zeros((64, 128), bool)
    mask[:, :68] = True
    weights = masks.weights(mask, 16, background=0.2)
    assert weights.shape == (8, 16) and weights[:, :8].min() == 1.0
    assert np.allclose(weights[:, 8], 0.5) and np.allclose(weights[:, 9:], 0.2)
