import math

import pytest
import torch

from pipelines.attention.reference_attention import ReferenceAttention
from pipelines.conditioning import Place
from pipelines.references import Shown
from pipelines.seams import Call, Stage, Voice, sites
from pipelines.spec import Region


def looked(tiny, weight, tokens, hidden, mask=None, strength=1.0, keep=False):
    """What the first self-attention answers, and its shares where they are kept."""
    site = sites(tiny.unet)[0]
    stage = Stage({"a": Voice({})}, {"a": strength}, shown={"a": {site.name: Shown(tokens, mask)}})
    call, op = Call(site, hidden, hidden, stage), ReferenceAttention(weight)
    with torch.no_grad():
        if not keep:
            return op(call, stage.attend)
        with stage.recording() as maps:
            op(call, stage.attend)
        return maps[site.name][0]


@pytest.fixture
def hidden():
    return torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1))


def test_without_weight_or_subject_it_is_plain_attention(tiny, hidden):
    site = sites(tiny.unet)[0]
    plain = Stage({}, {}).attend(Call(site, hidden, hidden, Stage({}, {})))
    other, nothing = torch.randn(2, 40, 32), torch.zeros(2, 40, dtype=torch.bool)
    assert torch.equal(looked(tiny, 0.0, other, hidden), plain)
    assert torch.allclose(looked(tiny, 3.0, other, hidden, nothing), plain, atol=1e-6)
    assert torch.allclose(looked(tiny, 1.0, hidden, hidden), plain, atol=1e-6), "its own features, counted once more"


@pytest.mark.parametrize("weight", [1.0, 2.5, 3.0, 10.0])
def test_features_that_are_alike_share_attention_by_the_weight(tiny, hidden, weight):
    shares = looked(tiny, weight, hidden, hidden, keep=True)
    mass = shares[..., 64:].sum(-1)
    assert torch.allclose(mass, torch.full_like(mass, weight / (1 + weight)), atol=1e-5)


def test_what_the_mask_leaves_out_is_never_seen(tiny, hidden):
    tokens, mask = torch.randn(2, 40, 32), torch.arange(40).expand(2, 40) < 15
    other = torch.where(mask[..., None], tokens, torch.randn_like(tokens))
    assert torch.equal(looked(tiny, 3.0, tokens, hidden, mask), looked(tiny, 3.0, other, hidden, mask))
    assert looked(tiny, 3.0, tokens, hidden, mask, keep=True)[..., 64 + 15 :].max() == 0


def test_a_voice_with_a_place_is_looked_at_from_there_only(tiny, hidden):
    place = Place(Region((0.0, 0.0, 0.5, 1.0)), 64, 64)
    shares = looked(tiny, 3.0, torch.randn(2, 40, 32), hidden, strength=place, keep=True)
    mass = shares[..., 64:].sum(-1).unflatten(-1, (8, 8))
    assert (
        mass[..., 4:].max() == 0
        and mass[..., :4].min() > 0
        and math.isclose(float(shares.sum(-1).mean()), 1, abs_tol=1e-5)
    )
