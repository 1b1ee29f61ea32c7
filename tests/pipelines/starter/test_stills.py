"""Still lifes are deterministic, full of things, and say truly where each thing is."""

import numpy as np
import pytest

from pipelines.starter import stills


def drawn(seed: int, size: int = 96):
    return stills.draw(np.random.default_rng(seed), size)


def test_same_seed_same_picture():
    (a, b), (c, d) = drawn(3), drawn(3)
    assert np.array_equal(a, c) and np.array_equal(b, d)
    assert not np.array_equal(a, drawn(4)[0])


@pytest.mark.parametrize("size", [64, 128])
def test_shapes_and_types(size):
    pixels, owner = drawn(0, size)
    assert pixels.shape == (size, size, 3) and pixels.dtype == np.uint8
    assert owner.shape == (size, size) and owner.dtype == np.uint8


def test_most_pictures_hold_things_and_use_the_whole_range():
    pictures = [drawn(seed) for seed in range(12)]
    assert sum(owner.max() > 0 for _, owner in pictures) >= 10
    spread = [pixels.astype(float).std() for pixels, _ in pictures]
    assert np.median(spread) > 20


def test_a_thing_differs_from_what_is_round_it():
    """Inside and outside of an owner's edge the pixels differ more than two neighbours inside do."""
    across, within = [], []
    for seed in range(10):
        pixels, owner = drawn(seed)
        step = np.abs(np.diff(pixels.astype(float), axis=1)).mean(2)
        edge = owner[:, 1:] != owner[:, :-1]
        if edge.sum() > 20:
            across.append(step[edge].mean())
            within.append(step[~edge & (owner[:, 1:] > 0)].mean())
    assert np.mean(across) > 1.5 * np.mean(within)


def test_a_backdrop_is_a_picture():
    assert stills.backdrop(np.random.default_rng(0), 64).shape == (64, 64, 3)
