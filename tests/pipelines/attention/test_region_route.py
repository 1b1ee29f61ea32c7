from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from pipelines import seams, voices
from pipelines.attention.region_route import RegionRoute
from pipelines.conditioning import Place, Portion
from pipelines.spec import Region, use
from tests.pipelines.probes import stir
from tests.pipelines.scenes import ALL, LEFT, RIGHT, begun


@pytest.fixture
def layer(tiny):
    """A cross-attention on an 8 x 8 grid, what it is given, and its answer."""
    site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross")
    x = torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1))
    return lambda words: site.attention(x, encoder_hidden_states=words)


def portion(tiny, box, prompt, stage=None, voices=(), **region):
    words = tiny.encode([prompt, prompt], stage).text
    return Portion(Place(Region(box, **region), 64, 64), words, dict(voices))


def grid(answer):
    return answer.view(2, 8, 8, -1)


def test_a_region_hears_its_words_and_the_rest_the_pictures(tiny, layer):
    picture, words = tiny.encode(["a b", "c"]).text, portion(tiny, LEFT, "a cat")
    plain, alone = grid(layer(picture)), grid(layer(words.text))
    with tiny.adapted(ops=[RegionRoute()]) as stage, stage.speaking({}, (words,)):
        routed = grid(layer(picture))
        elsewhere = grid(layer(tiny.encode(["quite", "another"]).text))
    torch.testing.assert_close(routed[:, :, :4], alone[:, :, :4])
    assert torch.equal(routed[:, :, 4:], plain[:, :, 4:])
    assert torch.equal(routed[:, :, :4], elsewhere[:, :, :4])
    assert not torch.equal(routed[:, :, 4:], elsewhere[:, :, 4:])


def test_a_regions_words_matter_inside_only(tiny, layer):
    picture = tiny.encode(["a b", "c"]).text
    with tiny.adapted(ops=[RegionRoute()]) as stage:
        with stage.speaking({}, (portion(tiny, LEFT, "a cat"),)):
            one = grid(layer(picture))
        with stage.speaking({}, (portion(tiny, LEFT, "a dog"),)):
            two = grid(layer(picture))
    assert torch.equal(one[:, :, 4:], two[:, :, 4:]) and not torch.equal(one[:, :, :4], two[:, :, :4])


def test_one_region_over_everything_is_plain_attention(tiny, layer):
    words = tiny.encode(["a cat", "a cat"]).text
    plain = layer(words)
    with tiny.adapted(ops=[RegionRoute()]) as stage, stage.speaking({}, (portion(tiny, ALL, "a cat"),)):
        assert torch.equal(layer(words), plain)


def test_overlap_is_the_mean(tiny, layer):
    picture = tiny.encode(["a b", "c"]).text
    one, two = portion(tiny, ALL, "a cat"), portion(tiny, LEFT, "a dog")
    a, b = layer(one.text), layer(two.text)
    with tiny.adapted(ops=[RegionRoute()]) as stage, stage.speaking({}, (one, two)):
        both = grid(layer(picture))
    torch.testing.assert_close(both[:, :, :4], grid((a + b) / 2)[:, :, :4])
    torch.testing.assert_close(both[:, :, 4:], grid(a)[:, :, 4:])


def test_strength_blends_with_the_picture(tiny, layer):
    picture, faint = tiny.encode(["a b", "c"]).text, portion(tiny, LEFT, "a cat", strength=0.25)
    plain, alone = grid(layer(picture)), grid(layer(faint.text))
    with tiny.adapted(ops=[RegionRoute()]) as stage, stage.speaking({}, (faint,)):
        routed = grid(layer(picture))
    torch.testing.assert_close(routed[:, :, :4], (0.75 * plain + 0.25 * alone)[:, :, :4])


def test_two_artefacts_speak_each_in_its_half(tiny, layer, cat, dog):
    """One pass, two voices: the left half equals the first alone, the right half the second alone."""
    one = stir(voices.build(tiny, [use("lora", where="cross"), use("token")], [cat]), 1)
    two = stir(voices.build(tiny, [use("lora", where="cross"), use("token")], [dog]), 2)
    with tiny.adapted({"one": one, "two": two}, [RegionRoute()]) as stage:
        alone, halves = {}, []
        for name, box, prompt in (("one", LEFT, "a <tom>"), ("two", RIGHT, "a <rex>")):
            with stage.speaking({name: 1.0}):
                halves.append(portion(tiny, box, prompt, stage, {name: 1.0}))
                alone[name] = grid(layer(halves[-1].text))
        places = {name: half.place for name, half in zip(alone, halves, strict=True)}
        with stage.speaking(places, tuple(halves)):
            both = grid(layer(tiny.encode(["a b", "c"]).text))
    torch.testing.assert_close(both[:, :, :4], alone["one"][:, :, :4])
    torch.testing.assert_close(both[:, :, 4:], alone["two"][:, :, 4:])
    assert not torch.allclose(alone["one"], alone["two"])


@pytest.mark.parametrize("box, cells", [
    ((0.0, 0.0, 0.45, 1.0), (0, 7)),   # 7.2 of 16 columns: floor
    ((0.45, 0.0, 0.55, 1.0), (8, 16)),  # ceil
    ((0.25, 0.0, 0.5, 1.0), (4, 12)),
    ((0.51, 0.0, 0.05, 1.0), (9, 9)),  # between two cells: nothing
])  # fmt: skip
def test_a_box_covers_whole_cells_only(box, cells):
    share = Place(Region(box), 128, 128).on(256, torch.ones(1)).view(16, 16)
    wanted = torch.zeros(16, 16)
    wanted[:, cells[0] : cells[1]] = 1
    assert torch.equal(share, wanted)
    assert Place(Region(box), 128, 128).covers(256) == bool(wanted.any())


def test_a_wide_picture_and_a_drawn_soft_mask():
    share = Place(Region((0.0, 0.0, 0.5, 1.0)), 64, 128).on(128, torch.ones(1)).view(8, 16)
    assert share[:, :8].all() and not share[:, 8:].any()
    disc = (torch.linspace(-1, 1, 64)[:, None] ** 2 + torch.linspace(-1, 1, 64) ** 2 < 0.5).float()
    drawn = Place(Region(ALL), 64, 64, disc).on(64, torch.ones(1)).view(8, 8)
    assert drawn[4, 4] == 1 and drawn[0, 0] == 0 and ((drawn > 0) & (drawn < 1)).any()
    soft = Place(Region((0.25, 0.25, 0.5, 0.5), feather=0.1), 64, 64).on(64, torch.ones(1)).view(8, 8)
    assert 0 < soft[1, 4] < 0.5 < soft[2, 4] < 1 == soft[4, 4]


def attended(at, layer):
    """A cross-attention's answer as a run at `at` has it: who speaks where is what `At.answer` says."""
    seen = []

    def predict(x, t, words):
        seen.append(grid(layer(words.text)))
        return x

    run = replace(at, backbone=SimpleNamespace(predict=predict, schedule=at.backbone.schedule))
    run.answer(torch.zeros(2, 4, 8, 8))
    return seen[0]


@pytest.mark.parametrize("boxes", [(LEFT, RIGHT), (LEFT, ALL), (LEFT, LEFT)])
def test_one_artefact_speaks_whole_in_each_of_its_regions(tiny, layer, cat, boxes):
    """Also in what follows the attention: the first of two regions is what it would be if it were alone."""
    spoken = {"one": stir(voices.build(tiny, [use("lora", where="cross"), use("token")], [cat]), 1)}
    regions = tuple(Region(box, "a <tom>", artefact="one") for box in boxes)
    with begun(tiny, spoken, prompt="grass", regions=regions) as (at, _, _x), torch.no_grad():
        both, here = attended(at, layer), at.regions[0]
        assert len(at.regions) == 2
        with at.stage.speaking({"one": 1.0}, ()):
            alone = grid(layer(here.words.text))
        with at.stage.speaking({}, ()):
            silent = grid(layer(here.words.text))
        held = here.place.on(64, both).view(8, 8) > 0
        torch.testing.assert_close(both[:, held], alone[:, held])
        assert not torch.allclose(both[:, held], silent[:, held])


def test_two_artefacts_that_overlap_share_the_cell(tiny, layer, cat):
    """Two files with the same in them, in one place, are that file once."""
    twins = [stir(voices.build(tiny, [use("lora", where="cross"), use("token")], [cat]), 1) for _ in range(2)]
    regions = tuple(Region(LEFT, "a <tom>", artefact=name) for name in ("one", "two"))
    spoken = dict(zip(("one", "two"), twins, strict=True))
    with begun(tiny, spoken, prompt="grass", regions=regions) as (at, _, _x), torch.no_grad():
        both = attended(at, layer)
        with at.stage.speaking({"one": 1.0}, ()):
            alone = grid(layer(at.regions[0].words.text))
    torch.testing.assert_close(both[:, :, :4], alone[:, :, :4])


@pytest.mark.parametrize("where", ["cross", "attention"])
def test_two_artefacts_equal_each_alone_at_every_cross_attention(tiny, cat, dog, where):
    """At every site of the network, whatever its grid: the left half is what the first alone says to what was asked
    there, the right half what the second alone says; and words of the other half change nothing, to the bit."""
    one = stir(voices.build(tiny, [use("lora", where=where), use("token")], [cat]), 1)
    two = stir(voices.build(tiny, [use("lora", where=where), use("token")], [dog]), 2)
    with tiny.adapted({"one": one, "two": two}, [RegionRoute()]) as stage:
        halves, other = [], None
        for name, box, prompt in (("one", LEFT, "a <tom>"), ("two", RIGHT, "a <rex>")):
            with stage.speaking({name: 1.0}):
                halves.append(portion(tiny, box, prompt, stage, {name: 1.0}))
        with stage.speaking({"two": 1.0}):
            other = portion(tiny, RIGHT, "no <rex>", stage, {"two": 1.0})
        places = {"one": halves[0].place, "two": halves[1].place}
        picture = tiny.encode(["a b", "c"]).text
        crossing = [site for site in seams.sites(tiny.unet) if site.kind == "cross"]
        assert len(crossing) == 7
        for site in crossing:
            for side in (8, 4):
                x = torch.randn(
                    2, side * side, site.attention.to_q.in_features, generator=torch.Generator().manual_seed(1)
                )
                with stage.speaking(places, tuple(halves)):
                    both = site.attention(x, encoder_hidden_states=picture).view(2, side, side, -1)
                with stage.speaking(places, (halves[0], other)):
                    said = site.attention(x, encoder_hidden_states=picture).view(2, side, side, -1)
                assert torch.equal(both[:, :, : side // 2], said[:, :, : side // 2])
                assert not torch.equal(both[:, :, side // 2 :], said[:, :, side // 2 :])
                for k, (name, half) in enumerate(zip(places, halves, strict=True)):
                    with stage.speaking({name: 1.0}, ()):
                        alone = site.attention(x, encoder_hidden_states=half.text).view(2, side, side, -1)
                    mine = slice(k * side // 2, (k + 1) * side // 2)
                    torch.testing.assert_close(both[:, :, mine], alone[:, :, mine], rtol=1e-4, atol=1e-5)
