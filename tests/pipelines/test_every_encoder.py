"""What every file in encoders/ promises."""

import pytest
import torch

from pipelines import catalogue, seams, voices
from pipelines.spec import use
from tests.pipelines.probes import ask, stir, weights
from tests.pipelines.steps import shot

ENCODERS = catalogue.names("encoders")
USES = use("token"), use("image_branch"), use("reference_photo")


def encoder(name):
    return catalogue.load("encoders", name)()


@pytest.mark.parametrize("name", ENCODERS)
def test_without_a_reference_nothing_changes(tiny, name, cat):
    before = ask(tiny)
    with tiny.adapted({"a": voices.build(tiny, [use("lora")], [cat])}, encoders=[encoder(name)]) as stage:
        assert torch.equal(ask(tiny, stage=stage), before) and not stage.shown


@pytest.mark.parametrize("name", ENCODERS)
def test_it_shows_each_row_tokens_and_a_mask_at_places_that_are_there(tiny, tiny_xl, name, tmp_path):
    for backbone in (tiny, tiny_xl):
        before = weights(backbone)
        places = {site.name for site in seams.sites(backbone.unet)} | set(seams.layers(backbone.parts, "decoder"))
        voice = stir(voices.build(backbone, USES, [shot(tmp_path)]), amount=0.05)
        with torch.no_grad(), backbone.adapted({"a": voice}, encoders=[encoder(name)]) as stage:
            first, again = (ask(backbone, "a <tom>", stage, side=12) for _ in range(2))
            shown = stage.shown["a"]
        assert torch.equal(first, again) and shown and shown.keys() <= places
        for one in shown.values():
            assert one.tokens.shape[0] == 2 and one.mask.shape == one.tokens.shape[:2] and one.mask.dtype == torch.bool
        assert all(torch.equal(value, before[key]) for key, value in weights(backbone).items())
