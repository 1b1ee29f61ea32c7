import numpy as np
import torch

from pipelines.augment.flip import Flip
from tests.pipelines.steps import examples, shot


def test_it_mirrors_its_share_of_the_photos(tiny, tmp_path):
    (example, *_), chance = examples(tiny, shot(tmp_path)), np.random.default_rng(0)
    drawn = [Flip(0.25).draw(example, [], chance) for _ in range(200)]
    mirrored = [one for one in drawn if one is not example]
    assert 30 < len(mirrored) < 70
    assert torch.equal(mirrored[0].pixels.flip(-1), example.pixels)
    assert torch.equal(mirrored[0].masks["<tom>"].flip(-1), example.masks["<tom>"])
