import math
from dataclasses import replace

import pytest
import torch

from pipelines import seams
from pipelines.attention.region_bias import RegionBias
from pipelines.conditioning import Moment, Place, Portion
from pipelines.spec import Region
from tests.pipelines.scenes import ALL, LEFT

WORDS = (2, 3)


@pytest.fixture
def seen(tiny):
    """Shares (2, h, 64, 77) of a cross-attention on an 8 x 8 grid, first the words to keep away from."""
    site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross")
    x = torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1))
    words = tiny.encode(["", "a cat"]).text

    def shares(ops, box=LEFT, signal=0.5, done=0.0, **region):
        named = torch.zeros(2, 77)
        named[1, list(WORDS)] = 1
        portion = Portion(Place(Region(box, **region), 64, 64), words, {}, named)
        with (
            tiny.adapted(ops=ops) as stage,
            stage.speaking({}, (portion,), Moment(done, signal)),
            stage.recording() as maps,
        ):
            site.attention(x, encoder_hidden_states=words)
        return maps[site.name][0]

    return shares


def column(shares, left):
    grid = shares[1].unflatten(1, (8, 8))[:, :, :4] if left else shares[1].unflatten(1, (8, 8))[:, :, 4:]
    return float(grid[..., list(WORDS)].mean())


def test_inside_it_grows_with_the_noise_and_outside_it_is_none(seen):
    plain = column(seen([]), True)
    signals = [1 / (1 + sigma**2) for sigma in (0.1, 1.0, 5.0, 14.6)]
    inside = [column(seen([RegionBias()], signal=signal), True) for signal in signals]
    assert plain < inside[0] < inside[1] < inside[2] < inside[3]
    assert all(column(seen([RegionBias()], signal=signal), False) == 0 for signal in signals)
    assert torch.isfinite(seen([RegionBias()], signal=0.0)).all(), "pure noise has no end of σ"


@pytest.mark.parametrize("sigma, strength", [(0.5, 1.0), (3.0, 1.0), (3.0, 0.5)])
def test_it_is_the_released_formula(tiny, seen, sigma, strength):
    """P = softmax((S + g·W·ln(1 + σ²)·std(S)) / √d) with S = QKᵀ, of the words to make alone."""
    attention = next(s for s in seams.sites(tiny.unet) if s.kind == "cross").attention
    x, words = torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1)), tiny.encode(["", "a cat"]).text
    query, key = (y.unflatten(-1, (attention.heads, -1)).transpose(0, 1)
                  for y in (attention.to_q(x[1]), attention.to_k(words[1])))  # fmt: skip
    scores, wanted = query @ key.transpose(-1, -2), torch.zeros(64, 77)
    left = torch.arange(64) % 8 < 4
    for word in WORDS:
        wanted[:, word] = torch.where(left, 2.5, -4.0) * strength
    told = scores + 0.08 * wanted * math.log(1 + sigma**2) * scores.std()
    shares = (told / query.shape[-1] ** 0.5).softmax(-1)
    op = RegionBias(inside=2.5, outside=-4.0, weight=0.08)
    torch.testing.assert_close(seen([op], signal=1 / (1 + sigma**2), strength=strength)[1], shares)


def test_the_words_to_keep_away_from_are_untouched(seen):
    assert torch.equal(seen([RegionBias()])[0], seen([])[0])


@pytest.mark.parametrize(
    "op, region", [(RegionBias(weight=0), {}), (RegionBias(until=0.5), {"done": 0.5}), (RegionBias(), {"box": ALL})]
)
def test_with_nothing_to_say_it_says_nothing(seen, op, region):
    assert torch.equal(seen([op], **region), seen([]))


def test_soft_outside_is_weaker_not_silent(seen):
    soft = column(seen([RegionBias(outside=-2.5)]), False)
    assert 0 < soft < column(seen([]), False)
    assert replace(Moment(), signal=0.5).done == 0
