from dataclasses import replace

import pytest
import torch

from pipelines.denoise import guided
from pipelines.guidance.regional_negative import RegionalNegative
from pipelines.spec import Region
from tests.pipelines.scenes import ALL, HALVES, LEFT, begun


def asked(tiny, at, x, prompt):
    with torch.no_grad():
        return replace(at, words=tiny.encode([prompt]), regions=()).answer(x)


def test_in_a_region_and_round_it_the_words_to_keep_away_from_differ(tiny):
    regions, words = (Region(LEFT, "a cat"),), {"quality": "fine", "pull": 0.7}
    with begun(tiny, prompt="a cat on grass", negative="fog", regions=regions, how="regional_negative", scale=3.0) as (
        at,
        _,
        x,
    ):
        c, fog, subject, fine, nothing = (asked(tiny, at, x, said) for said in
                                          ("a cat on grass", "fog", "fog, a cat", "fine", ""))  # fmt: skip
        inside = torch.zeros(8, 8)
        inside[:, :4] = 1
        away = inside * fog + (1 - inside) * subject
        wanted = away + 3 * (c - away)
        out = RegionalNegative().predict(x, at, guided)
        torch.testing.assert_close(out, wanted, rtol=1e-4, atol=1e-4)
        for whole, where in ((False, inside), (True, torch.ones(8, 8))):
            out = RegionalNegative(whole=whole, **words).predict(x, at, guided)
            torch.testing.assert_close(out, wanted + 0.7 * where * (fine - nothing), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("strength, negative", [(1.0, "fog"), (0.0, "fog, a cat")])
def test_at_its_limits_it_is_plain_guidance(tiny, strength, negative):
    regions = (Region(ALL, "a cat", strength=strength),)
    with begun(tiny, prompt="a cat", negative="fog", regions=regions, how="regional_negative") as (at, _, x):
        out = RegionalNegative().predict(x, at, guided)
    with begun(tiny, prompt="a cat", negative=negative) as (plain, _, x):
        assert torch.equal(out, guided(x, plain))


def test_a_region_does_not_keep_away_from_itself(tiny):
    with begun(tiny, negative="fog", regions=HALVES, how="regional_negative") as (at, _, _x):
        for one, away in zip(at.regions, ("fog, a dog", "fog, a cat"), strict=True):
            assert torch.equal(one.words.text[0], tiny.encode([away, away]).text[0])
        assert torch.equal(at.words.text[0], tiny.encode(["fog, a cat, a dog", ""]).text[0])
