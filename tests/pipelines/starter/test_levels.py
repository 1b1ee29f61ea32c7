"""The noise levels a step of the denoiser learns at."""

import numpy as np

from pipelines.starter.unet import FORMING, _spread


def test_batches_are_alike_and_most_of_each_lies_where_shapes_form():
    batches = [_spread(np.random.default_rng(seed), 64) for seed in range(50)]
    low, high = FORMING
    within = [np.mean((one >= low) & (one < high)) for one in batches]
    assert all(0.84 <= share <= 0.96 for share in within) and 0.88 < np.mean(within) < 0.92
    every = np.concatenate(batches)
    assert every.min() >= 0 and every.max() <= 999 and every.min() < 20 and every.max() > 980
    assert np.mean(every < low) > 0.03 and np.mean(every >= high) > 0.03
