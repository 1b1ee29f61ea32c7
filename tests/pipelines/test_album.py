"""Pictures read a part at a time are seen as if they had been read at once, and take no more memory than a part."""

import tracemalloc

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.album import Album, pixels

SIDE = 64


@pytest.fixture
def pictures(tmp_path):
    rng, made = np.random.default_rng(0), []
    for k in range(40):
        side = SIDE if k != 7 else 2 * SIDE  # of another size
        made.append(tmp_path / f"{k}.png")
        Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8)).save(made[-1])
    return made


def test_judges_see_the_same(pictures, eyes):
    album, whole = Album(pictures), pixels(pictures)
    assert album.shape == whole.shape and len(album) == len(whole)
    assert torch.equal(torch.cat(list(album.split(16))), whole)
    assert torch.equal(album[[3, 7]].whole(), whole[[3, 7]])
    assert torch.equal(eyes.features(album), eyes.features(whole))


def test_as_many_as_are_looked_at_together_are_in_memory(pictures):
    def peak(parts) -> int:
        tracemalloc.start()
        for _ in parts():
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    album = Album(pictures * 4)
    assert peak(lambda: album.split(8)) < peak(lambda: album.split(160)) / 5
