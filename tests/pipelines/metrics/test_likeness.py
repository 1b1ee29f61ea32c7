import pytest
import torch

from pipelines.judging import Case
from pipelines.metrics.likeness import Likeness


def test_a_photo_of_itself_is_most_alike_and_the_mean_is_over_all_photos(eyes, cat):
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    one = Likeness(Case(cat, photos[:1], eyes))(photos, ["", ""])
    assert one[0] == pytest.approx(1, abs=1e-5) and one[1] < 1
    both = Likeness(Case(cat, photos, eyes))(photos[:1], [""])[0]
    assert both == pytest.approx((1 + one[1]) / 2, abs=1e-5)
