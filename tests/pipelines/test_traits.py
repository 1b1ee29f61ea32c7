"""What methods ask of a base is read from its configuration, and is what the network has."""

import json

import pytest

from pipelines import catalogue, seams
from pipelines.backbone import STARTER
from pipelines.traits import Traits, foreign, traits, unfit
from tests.pipelines.sd15 import sd15, sdxl, small

SD = {"unet": ["diffusers", "UNet2DConditionModel"], "text_encoder": ["transformers", "CLIPTextModel"]}
DDIM = {"_class_name": "DDIMScheduler", "prediction_type": "epsilon"}


@pytest.mark.parametrize("base", [sd15, sdxl, small])
def test_they_are_what_the_network_has(base):
    unet = base().unet
    found = traits(unet.config, len(base().readers))
    crossing = [one.name for one in seams.sites(unet) if one.kind == "cross"]
    rising = {one.partition(".transformer_blocks")[0] for one in crossing if one.startswith("unet.up_blocks.")}
    levels = {int(one.split(".")[2]) for one in crossing if one.startswith("unet.down_blocks.")}
    assert found.rising == len(rising) and found.grains == {2**level for level in levels}
    assert (found.readers == 2) == (base is sdxl)


def test_the_starter_and_the_defaults_go_with_every_recipe():
    starter = traits(json.loads((STARTER / "unet" / "config.json").read_text("utf-8")), 1)
    for recipe in catalogue.recipes().values():
        assert unfit(recipe().plan(), starter) is None and unfit(recipe().plan(), Traits()) is None


@pytest.mark.parametrize(
    ("name", "base", "brief"),
    [("cones_2", Traits(readers=2), "one text encoder"), ("vico", Traits(rising=1), "no room"),
     ("svdiff", Traits(grains=frozenset({1, 8})), "no maps to tell"),
     ("break_a_scene", Traits(grains=frozenset()), "no maps to compare")],
)  # fmt: skip
def test_a_recipe_says_what_it_misses(name, base, brief):
    odd = unfit(catalogue.recipe(name)().plan(), base)
    assert odd.brief.startswith(brief) and odd.why.endswith(".")


def test_a_knob_may_do_without():
    apart = Traits(grains=frozenset({1, 8}))
    assert unfit(catalogue.recipe("svdiff").with_knobs({"unmix": 0}).plan(), apart) is None


@pytest.mark.parametrize(
    ("index", "noise", "words"),
    [({}, {}, ""), ({"unet": ["diffusers", "UNet2DModel"]}, {}, "not a Stable"),
     ({"text_encoder": [None, None], "requires_aesthetics_score": True}, {}, "refine"),
     ({"text_encoder": ["transformers", "T5EncoderModel"]}, {}, "reads words"),
     ({}, {"_class_name": "EDMEulerScheduler"}, "counts noise"), ({}, {"prediction_type": "sample"}, "counts noise")],
)  # fmt: skip
def test_what_is_no_stable_diffusion_is_told_apart(index, noise, words):
    assert words in foreign(SD | index, DDIM | noise) and bool(foreign(SD | index, DDIM | noise)) == bool(words)
