from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines.augment.place_and_scale import PlaceAndScale
from pipelines.examples import Example
from pipelines.spec import Subject

SIDE = 64
CAT = Subject("c", "Tom", "cat", "<tom>")


@pytest.fixture
def photo():
    """A white square in the middle of a dark photo, and its mask."""
    mask = torch.zeros(SIDE, SIDE)
    mask[20:44, 20:44] = 1.0
    return Example("a", mask * 0.9 + 0.1 * torch.ones(3, SIDE, SIDE), {"<tom>": mask}, subjects=(CAT,))


def drawn(photo, count=300, **settings):
    one = PlaceAndScale(**settings)
    return [one.draw(photo, [photo], np.random.default_rng(k)) for k in range(count)]


def centre(example):
    inside = (example.mask() > 0.5).nonzero().float()
    return inside.mean(0) / SIDE


def share(example):
    return float((example.mask() > 0.5).sum()) / SIDE**2


def test_place_and_size_are_spread_out(photo):
    """Photos all show the subject in the middle, at 14 % of the picture; training sees it nearly everywhere."""
    found = drawn(photo)
    places, sizes = torch.stack([centre(one) for one in found]), [share(one) for one in found]
    assert (places.amin(0) < 0.2).all() and (places.amax(0) > 0.8).all() and (places.std(0) > 0.12).all()
    assert (places.mean(0) - 0.5).abs().max() < 0.04 and abs(np.corrcoef(places.T.numpy())[0, 1]) < 0.2
    assert min(sizes) < 0.02 and max(sizes) > 0.6


def test_photos_that_share_a_corner_are_mostly_seen_elsewhere():
    """Large and at the top left in all photos: as they are, every look has it within a tenth of that place; moved and
    scaled, four in ten at most, where scaling alone leaves six."""
    mask = torch.zeros(SIDE, SIDE)
    mask[2:42, 2:42] = 1.0
    corner = Example("a", mask.expand(3, -1, -1), {"<tom>": mask}, subjects=(CAT,))
    still, moved = drawn(corner, 5, smallest=1.0, close=0.0), drawn(corner, 200)
    near = [sum(bool((centre(one) - centre(corner)).norm() < 0.1) for one in found) for found in (still, moved)]
    assert near[0] == 5 and near[1] <= 80, near


def test_scaled_only_as_asked(photo):
    ratios = [(share(one) / share(photo)) ** 0.5 for one in drawn(photo, close=0.0, smallest=0.5)]
    assert min(ratios) > 0.45 and max(ratios) < 1.05
    assert all(torch.allclose(one.pixels, photo.pixels, atol=1e-5) for one in drawn(photo, 3, close=0.0, smallest=1.0))


def test_close_cuts_come_as_often_as_asked(photo):
    close = sum(share(one) > 0.6 for one in drawn(photo, 400))
    assert 20 <= close <= 65  # 40 expected
    assert all(share(one) > 0.6 for one in drawn(photo, 3, close=1.0))


def test_the_canvas_is_grey_or_a_blurred_photo(photo):
    for fill in ("grey", "blur"):
        one = PlaceAndScale(0.3, 0.3, 0.0, fill).draw(photo, [photo], np.random.default_rng(0))
        around = one.pixels[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        corners = around[(around - 0.1).abs() > 1e-3]
        assert (around == 0.5).sum() >= 9 if fill == "grey" else not len(corners) or (corners < 0.5).all()


def test_cut_out_the_subject_comes_without_its_surroundings(photo):
    one = PlaceAndScale(0.5, 0.5, 0.0, "grey", cut=True).draw(photo, [photo], np.random.default_rng(1))
    assert (one.pixels[:, one.mask() == 0] == 0.5).all() and (one.pixels[:, one.mask() > 0.99] > 0.95).all()


def test_an_unmarked_photo_comes_with_the_place_where_it_was_put(photo):
    one = PlaceAndScale(0.5, 0.5, 0.0, "grey").draw(replace(photo, masks={}), [photo], np.random.default_rng(2))
    mask = one.masks["<tom>"]
    assert mask.sum() == (SIDE // 2) ** 2 and (one.pixels[:, mask == 0] == 0.5).all()


def test_class_images_are_left_alone(photo):
    other = replace(photo, role="prior")
    assert PlaceAndScale().draw(other, [other], np.random.default_rng(0)) is other
