"""The pool holds what the toybox draws, and only whole shards."""

import numpy as np
import pytest

from pipelines import toybox
from pipelines.starter import pool as pools
from pipelines.starter.diet import dead_leaves, grain, texture


@pytest.fixture
def pool(tmp_path):
    pool = pools.Pool(tmp_path, "validation", shard=8)
    pool.fill(16, say=lambda text: None)
    return pool


def test_a_picture_is_what_its_number_draws(pool):
    assert len(pool) == 16
    scene = toybox.draw(11, "validation")
    picture, (pixels, owner) = toybox.render(scene), pool.read(11)
    assert (pixels == picture.pixels).all()
    assert ((owner == 1) == picture.masks[0]).all()
    note = pool.notes(1)[3]
    assert note["full"] == toybox.caption(scene, full=True) and note["place"] == scene.place
    assert [t["noun"] for t in note["things"]] == [t.noun for t in scene.things]


def test_a_gap_ends_the_pool(pool):
    (pool.folder / "00000.raw").unlink()
    pool = pools.Pool(pool.folder.parent, "validation", shard=8)
    assert len(pool) == 0
    pool.fill(16, say=lambda text: None)
    assert len(pool) == 16


def test_dead_leaves_hide_one_another():
    pixels, owner = dead_leaves(np.random.default_rng(1), 64, 30)
    assert pixels.shape == (64, 64, 3) and pixels.dtype == np.uint8
    assert 4 < len(np.unique(owner)) <= 31
    assert pixels.std() > 15


def test_grain_has_the_slope_asked_for():
    rng = np.random.default_rng(0)
    for slope in (0.7, 1.5):
        power = np.mean([np.abs(np.fft.rfft2(grain(rng, 128, slope))) ** 2 for _ in range(8)], 0)
        low, high = power[2:6, 2:6].mean(), power[20:30, 20:30].mean()
        measured = np.log(low / high) / np.log((25 * 25 * 2) ** 0.5 / (4 * 4 * 2) ** 0.5) / 2
        assert abs(measured - slope) < 0.25


def test_a_texture_stays_in_range():
    surface = texture(np.random.default_rng(2), 32)
    assert surface.min() >= 0 and surface.max() <= 1 and surface.std() > 0.01
