from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.denoise import guided
from pipelines.guidance.saliency_fusion import SaliencyFusion, _heard, saliency
from pipelines.spec import Region, Subject, use
from tests.pipelines.probes import stir
from tests.pipelines.scenes import ALL, LEFT, begun, made


def response(seed, scale=1.0, side=16):
    return torch.randn(2, 4, side, side, generator=torch.Generator().manual_seed(seed)) * scale


def test_a_saliency_is_a_share_of_the_picture(tiny):
    shares = saliency(response(1)).exp()
    assert shares.shape == (2, 1, 16, 16) and shares.dtype == torch.float32
    torch.testing.assert_close(shares.flatten(1).sum(1), torch.ones(2))
    lifted = saliency(torch.full((1, 4, 8, 8), 3.0))
    torch.testing.assert_close(lifted.exp(), torch.full((1, 1, 8, 8), 1 / 64))
    assert saliency(response(1).half()).dtype == torch.float32
    sharper = saliency(response(1, 3.0))
    assert sharper.max() > saliency(response(1)).max(), "a larger range is a sharper share"
    assert saliency(response(1, side=9), 4).shape[-2:] == (9, 9)


@pytest.fixture
def spoken(tiny, cat):
    return {"one": stir(voices.build(tiny, [use("lora"), use("token")], [cat]), 1)}


def test_every_cell_comes_whole_from_the_more_responsive(tiny, spoken):
    regions = (Region(ALL, "a <tom> cat", artefact="one"),)
    with begun(tiny, spoken, prompt="on grass", regions=regions, how="saliency_fusion") as (at, (fusion,), x):
        scene, scene_response = _heard(x, replace(at, regions=()))
        one = at.regions[0]
        own, own_response = _heard(x, replace(at, words=fusion._noun(one, at), voices=one.voices, regions=()))
        first, middle, last = (fusion.predict(x, replace(at, i=i), guided) for i in (2, 4, 7))
        assert torch.equal(first, scene) and torch.equal(last, own)
        wins = (saliency(own_response) > saliency(scene_response)).expand_as(middle)
        assert torch.equal(middle[wins], own[wins]) and torch.equal(middle[~wins], scene[~wins])
        assert 0 < wins.float().mean() < 1


def test_one_subject_over_the_whole_picture_does_not_draw_the_scene(tiny, spoken):
    """The published case, one person and no box: the scene is still the base's alone."""
    regions = (Region(ALL, "a <tom> cat", artefact="one"),)
    asked = {"prompt": "on grass", "how": "saliency_fusion"}
    alone = made(tiny, spoken, regions=regions, **asked, knobs={"start": 1.0})
    torch.testing.assert_close(alone, made(tiny, prompt="on grass, a cat"))


def test_the_subject_sets_out_from_its_noun_and_stays_in_its_region(tiny, spoken):
    regions = (Region(LEFT, "a <tom> cat", artefact="one"),)
    with begun(tiny, spoken, prompt="on grass", regions=regions, how="saliency_fusion") as (at, (fusion,), x):
        one = at.regions[0]
        with at.stage.speaking({"one": 1.0}):
            noun = tiny.encode(["a cat"], at.stage)
        torch.testing.assert_close(fusion._noun(one, at).text[:1], noun.text)
        assert torch.equal(fusion._noun(one, at).text[1], one.words.text[1])
        assert fusion._noun(one, at) is fusion._noun(one, at)
        late = fusion.predict(x, replace(at, i=9), guided)
        assert torch.equal(late[..., 4:], _heard(x, replace(at, regions=()))[0][..., 4:])
        assert torch.equal(at.words.text[1], tiny.encode(["", "on grass, a cat"]).text[1]), (
            "the scene has no taught words"
        )


def test_the_same_expert_twice_is_plain_guidance(tiny):
    regions = (Region(ALL, "a cat"),)
    with begun(tiny, prompt="a cat", regions=regions, how="saliency_fusion") as (at, _, x):
        out = SaliencyFusion(beyond_noun=False).predict(x, replace(at, i=4), guided)
        assert torch.equal(out, guided(x, replace(at, regions=())))


def test_a_subject_that_adds_nothing_to_its_noun_is_told_without_guidance(tiny):
    """R_S = s·(ε_S(a) − ε_S(c)) is nothing where a is c, which leaves ε_S(c): the subject sets out from its noun's
    words, not from no words."""
    new = Subject("s", "S", "k", "<s>")
    spoken = {"one": voices.build(tiny, [use("token", instead=True)], [new])}
    regions = (Region(ALL, "a <s> k", artefact="one"),)
    with begun(tiny, spoken, prompt="on grass", regions=regions, how="saliency_fusion") as (at, (fusion,), x):
        noun = tiny.predict(x, torch.tensor([at.t]), tiny.encode(["a k"]))
        torch.testing.assert_close(fusion.predict(x, replace(at, i=9), guided), noun, rtol=1e-4, atol=1e-5)
        other = SaliencyFusion(beyond_noun=False).predict(x, replace(at, i=9), guided)
        assert (other - noun).abs().max() > 1e-3


def test_what_is_added_to_a_response_is_forgotten_and_what_multiplies_it_is_not():
    calm = response(1).abs()
    torch.testing.assert_close(saliency(calm + 3), saliency(calm), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(saliency(2 * calm), saliency(calm), atol=1e-2)


def test_at_its_limits_one_expert_makes_the_whole_picture(tiny, spoken):
    asked = {"prompt": "on grass", "regions": (Region(LEFT, "a <tom> cat", artefact="one"),), "how": "saliency_fusion"}
    alone = made(tiny, spoken, **asked, knobs={"start": 1.0})
    torch.testing.assert_close(alone, made(tiny, prompt="on grass, a cat"))
    with begun(tiny, spoken, **asked, knobs={"start": 0.0, "stop": 0.0}) as (at, (fusion,), x):
        one = at.regions[0]
        for i in range(1, at.steps, 4):
            here = replace(at, i=i, words=fusion._noun(one, at), voices=one.voices, regions=())
            assert torch.equal(fusion.predict(x, replace(at, i=i), guided)[..., :4], _heard(x, here)[0][..., :4])
