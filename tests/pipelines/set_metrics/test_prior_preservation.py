import pytest
import torch

from pipelines.judging import Case
from pipelines.set_metrics.prior_preservation import PriorPreservation


def test_every_picture_is_held_against_every_photo(eyes, cat):
    photos, pixels = torch.rand(2, 3, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    found = PriorPreservation(Case(cat, photos[:2], eyes))(pixels, [""] * 3)
    means = eyes.likeness(pixels).mean(0) @ eyes.likeness(photos[:2]).mean(0)  # of what is not normalised again
    assert found == pytest.approx(float(means), abs=1e-6)
    assert PriorPreservation(Case(cat, photos[:1], eyes))(photos[:1], [""]) == pytest.approx(1, abs=1e-5)
