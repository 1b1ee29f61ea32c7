"""Every recipe on small models of the real architectures: nothing of the starter's shapes is taken for granted."""

import pytest
import torch

from pipelines import artefact, catalogue, tune, voices
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.paint import paint
from pipelines.tasks import Tune
from pipelines.traits import traits, unfit
from tests.pipelines.sd15 import sd15, sdxl, small
from tests.pipelines.steps import shot

LEAST = {"steps": 1, "images": 2, "cycles": 1}


def least(name):
    """A recipe's knobs at their cheapest."""
    knobs = catalogue.recipe(name).knobs()
    return {knob.name: value for knob in knobs for what, value in LEAST.items() if what in knob.name}


FEW = ("dreambooth_lora", "break_a_scene", "svdiff", "vico")  # each with something of its own to ask of a base
PAIRS = [(name, base) for name in catalogue.names("recipes") for base in (sd15, sdxl)]


@pytest.mark.parametrize(("name", "base"), [*PAIRS, *((name, small) for name in FEW)])
def test_it_learns_is_read_back_to_the_bit_and_speaks(base, name, tmp_path):
    backbone = base()
    people = [shot(tmp_path, "<tom>", "cat", 2)]
    if "two subjects" in catalogue.recipe(name).needs:
        people.append(shot(tmp_path, "<rex>", "dog", 2))
    task = Tune(tuple(people), name, str(tmp_path / "a.safetensors"), least(name), samples_every=0)
    if odd := unfit(catalogue.recipe(name)().plan(), traits(backbone.unet.config, len(backbone.readers))):
        assert (name, base) == ("cones_2", sdxl)
        with pytest.raises(BadInput, match=odd.brief):
            tune.tune(task, backbone, Silent())
        return
    tune.tune(task, backbone, Silent())
    header, voice = voices.load(task.out, backbone)
    kept, again = artefact.load(task.out), voice.parameters()
    assert kept.keys() == again.keys() and all(torch.equal(kept[key], again[key]) for key in kept)
    ops, shown = ([catalogue.load(family, one["name"])(**one["settings"]) for one in getattr(header, family)]
                  for family in ("attention", "encoders"))  # fmt: skip
    said = " and ".join(f"{one.trigger} {one.noun}" for one in people)
    with backbone.adapted({"a": voice}, ops, shown) as stage:
        assert paint(backbone, [f"a photo of {said}"], [0], stage, steps=1).isfinite().all()
