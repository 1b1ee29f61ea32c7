import math

import pytest
import torch

from pipelines.judging import Case
from pipelines.metrics.copy import Copy


@pytest.fixture
def photos():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_a_photo_and_its_mirror_image_are_copies_and_the_nearest_counts(eyes, cat, photos):
    metric = Copy(Case(cat, photos[:2], eyes))
    same, mirrored, other = metric(torch.stack([photos[1], photos[1].flip(-1), photos[2]]), [""] * 3)
    assert same == mirrored == pytest.approx(1, abs=1e-5) and other < 0.9999
    each = [Copy(Case(cat, photos[[k]], eyes))(photos[2:], [""])[0] for k in (0, 1)]
    assert other == pytest.approx(max(each), abs=1e-5)


def test_the_ceiling_leaves_a_photo_itself_out(eyes, cat, photos):
    pair = Copy(Case(cat, photos[:1], eyes))(photos[1:2], [""])[0]
    back = Copy(Case(cat, photos[1:2], eyes))(photos[:1], [""])[0]
    assert Copy(Case(cat, photos[:2], eyes)).ceiling == pytest.approx(max(pair, back), abs=1e-5)
    twice = Copy(Case(cat, torch.cat([photos[:1], photos[:1].flip(-1)]), eyes))
    assert twice.ceiling == pytest.approx(1, abs=1e-5)
    assert math.isnan(Copy(Case(cat, photos[:1], eyes)).ceiling)
