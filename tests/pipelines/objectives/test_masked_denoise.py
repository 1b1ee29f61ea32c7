from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.objectives.denoise import Denoise
from pipelines.objectives.masked_denoise import MaskedDenoise
from pipelines.spec import use
from tests.pipelines.steps import examples, glimpse, shot


@pytest.fixture
def seen(tiny, tmp_path):
    subject = shot(tmp_path)
    with tiny.adapted({"a": voices.build(tiny, [use("token")], [subject])}) as stage:
        yield glimpse(tiny, examples(tiny, subject), stage)


def test_nothing_outside_the_mask_counts(seen):
    outside = seen.masks == 0
    assert outside.any() and (seen.masks > 0).any()
    prediction = seen.prediction.detach().clone().requires_grad_()
    before = MaskedDenoise()(replace(seen, prediction=prediction, _error=[]))
    before.backward()
    everywhere = outside.expand_as(prediction)
    assert (prediction.grad[everywhere] == 0).all() and (prediction.grad[~everywhere] != 0).any()
    spoilt = prediction.detach() + 100 * outside
    assert torch.equal(MaskedDenoise()(replace(seen, prediction=spoilt, _error=[])), before.detach())


def test_with_everything_inside_it_is_the_plain_loss(seen):
    whole = replace(seen, masks=torch.ones_like(seen.masks))
    torch.testing.assert_close(MaskedDenoise()(whole), Denoise()(seen))
    torch.testing.assert_close(MaskedDenoise(background=1.0)(seen), Denoise()(seen))


def test_a_cell_counts_by_its_share(seen):
    """Two cells, one half covered: Σ m·e / Σ m."""
    masks = torch.zeros_like(seen.masks)
    masks[:, :, 0, 0], masks[:, :, 0, 1] = 1.0, 0.5
    error = seen.errors().mean(1)
    wanted = ((error[:, 0, 0] + 0.5 * error[:, 0, 1]) / 1.5).mean()
    torch.testing.assert_close(MaskedDenoise()(replace(seen, masks=masks)), wanted)


def test_over_the_picture_a_small_subject_weighs_little(seen):
    masks = torch.zeros_like(seen.masks)
    masks[:, :, 0, 0] = 1.0
    error = seen.errors().mean(1)[:, 0, 0].mean()
    torch.testing.assert_close(MaskedDenoise(over="picture")(replace(seen, masks=masks)), error / masks[0].numel())
