"""What every way to compose regions promises."""

import inspect
from dataclasses import replace

import pytest
import torch

from pipelines import catalogue, voices
from pipelines.errors import BadInput
from pipelines.masks import to_png
from pipelines.spec import Region, Scene, use
from tests.pipelines.probes import stir
from tests.pipelines.scenes import ALL, HALVES, LEFT, made

HOWS = catalogue.names("hows")
EXACT = {"regional_negative": {"pull": 0}}  # quality is pulled towards inside a region, so also in one over everything


@pytest.mark.parametrize("name", HOWS)
def test_it_says_what_it_does_what_it_costs_and_names_techniques_that_are_there(name):
    how = catalogue.how(name)()
    assert how.title and how.says.endswith(".") and len(how.says) <= 120
    assert how.cost(0) <= how.cost(2) <= how.cost(4) and how.cost(2) >= 1
    for family in ("attention", "guidance"):
        for one in getattr(how.plan(), family):
            inspect.signature(catalogue.load(family, one.name)).bind(**one.settings)
    for knob in how.knobs():
        assert knob.metadata["label"]
        for end in ("low", "high"):
            if knob.metadata[end] is not None:
                how.with_knobs({knob.name: knob.metadata[end]}).plan()
    assert catalogue.hows()[name] is type(how)


@pytest.mark.parametrize("name", HOWS)
def test_one_region_over_everything_is_the_plain_picture(tiny, name):
    plain = made(tiny, prompt="a dog", negative="x")
    regions = (Region(ALL, "a dog"),)
    assert torch.equal(
        made(tiny, prompt="a dog", negative="x", regions=regions, how=name, knobs=EXACT.get(name, {})), plain
    )


@pytest.mark.parametrize("name", HOWS)
def test_boxes_and_drawn_shapes_matter_and_two_runs_agree(tiny, name, tmp_path):
    shape = tmp_path / "m.png"
    shape.write_bytes(to_png(torch.ones(8, 8).triu().bool().numpy()))
    drawn = (replace(HALVES[0], box=ALL, mask=str(shape)), HALVES[1])
    plain = made(tiny)
    boxed, again, lasso = (made(tiny, regions=regions, how=name) for regions in (HALVES, HALVES, drawn))
    assert torch.equal(boxed, again) and boxed.isfinite().all() and lasso.isfinite().all()
    assert not torch.equal(boxed, plain) and not torch.equal(boxed, lasso)


@pytest.mark.parametrize("name", HOWS)
def test_tuned_files_of_two_regions_are_heard(tiny, name, cat, dog):
    spoken = {n: stir(voices.build(tiny, [use("lora"), use("token")], [who]), k) for k, (n, who) in
              enumerate({"one": cat, "two": dog}.items(), 1)}  # fmt: skip
    regions = (Region(LEFT, "a <tom> cat", artefact="one"), replace(HALVES[1], prompt="a <rex> dog", artefact="two"))
    both = made(tiny, spoken, prompt="on grass", regions=regions, how=name)
    silent = made(tiny, prompt="on grass", regions=HALVES, how=name)
    assert both.isfinite().all() and not torch.equal(both, silent)
    assert made(tiny, spoken, prompt="on grass", regions=regions, how=name, scale=1.5).isfinite().all()


@pytest.mark.parametrize("name", [*HOWS, "layout_backward, routed"])
def test_it_says_what_of_a_region_it_makes_no_use_of(tiny, name, cat):
    name, _, routed = name.partition(", ")
    knobs = {"route": True} if routed else {}
    spoken = {"one": stir(voices.build(tiny, [use("lora"), use("token")], [cat]), 1)}
    region = Region(LEFT, "a <tom> cat", artefact="one")

    def picture(**changed):
        regions = (replace(region, **changed), HALVES[1])
        return made(tiny, spoken, prompt="on grass", regions=regions, how=name, knobs=knobs)

    facets, unused = {"negative": "fog", "strength": 0.5, "feather": 0.1}, catalogue.how(name)(**knobs).unused()
    plain = picture()
    assert set(unused) <= set(facets) and all(says.endswith(".") for says in unused.values())
    assert torch.equal(picture(**{what: facets[what] for what in unused}), plain)
    for what in facets.keys() - unused.keys():
        assert not torch.equal(picture(**{what: facets[what]}), plain), what


@pytest.mark.parametrize("name", HOWS)
def test_a_scene_without_regions_is_none_of_its_business(tiny, name):
    assert torch.equal(made(tiny, how=name), made(tiny))
    assert catalogue.how(name)().read(Scene("a cat")).prompt == "a cat"


@pytest.mark.parametrize("name", ["saliency_fusion", "regional_negative"])
def test_what_weighs_two_answers_needs_two(tiny, name):
    with pytest.raises(BadInput, match="CFG scale 1"):
        made(tiny, regions=HALVES, how=name, scale=1.0)


@pytest.mark.parametrize("name", ["region_route", "region_blend"])
def test_on_fused_weights_regions_are_those_of_the_one_file(tiny, name, cat, dog):
    """A file that speaks in the whole picture is its model, as Mix-of-Show's fused one: naming it in a region, too,
    adds nothing."""
    both = {"one": stir(voices.build(tiny, [use("lora"), use("token")], [cat, dog]), 1)}
    named = (Region(LEFT, "a <tom> cat", artefact="one"), replace(HALVES[1], prompt="a <rex> dog", artefact="one"))
    plain = tuple(replace(one, artefact=None) for one in named)
    shared = {"prompt": "on grass", "artefacts": (("one", 1.0),), "how": name}
    picture = made(tiny, both, regions=named, **shared)
    assert torch.equal(picture, made(tiny, both, regions=plain, **shared))
    alone = made(tiny, both, prompt="on grass", regions=named, how=name)
    assert torch.equal(picture, alone) == (name == "region_blend"), "one pass: self-attention and the rest hear it, too"
