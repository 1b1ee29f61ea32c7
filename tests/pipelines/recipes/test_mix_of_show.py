import pytest
import torch

from pipelines import anatomy, artefact, catalogue, tune
from pipelines.events import Silent
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.steps import shot


def test_two_vectors_a_layer_and_lora_change_and_nothing_else(tiny, tmp_path):
    """Of every attention of the UNet and of the text encoder; the base is as it was, to the bit."""
    before, out = weights(tiny), str(tmp_path / "a.safetensors")
    tune.tune(Tune((shot(tmp_path),), "mix_of_show", out, {"steps": 2}, samples_every=0), tiny, Silent())
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    tensors, layers = artefact.load(out), anatomy.layers(tiny.parts, "attention+text.attention")
    words = {key: value for key, value in tensors.items() if key.startswith("layered_token/")}
    assert [tuple(rows.shape) for rows in words.values()] == [(7, 2, 32)]
    loras = {key.split("/")[1] for key in tensors.keys() - words.keys()}
    assert loras == set(layers) and all(key.startswith("lora/") for key in tensors.keys() - words.keys())
    assert all(value.any() for key, value in tensors.items() if "up" in key)


@pytest.mark.parametrize(("knobs", "shown", "background"), [({}, False, 0.05), ({"uncut": True}, True, 0.0)])
def test_photos_on_black_teach_nothing_of_the_black(knobs, shown, background):
    (phase,) = catalogue.recipe("mix_of_show")(**knobs).plan().phases
    assert ("whole_photo" in [one.name for one in phase.augment]) == shown
    assert phase.objectives[0].settings["background"] == background
    (bare,) = catalogue.recipe("mix_of_show")(**knobs, masked=False).plan().phases
    assert "whole_photo" not in [one.name for one in bare.augment], "where all of a picture counts it is cut"


def test_captions_are_shuffled_on_wish():
    shuffled, plain = (catalogue.recipe("mix_of_show")(shuffle=on).plan().phases[0].augment for on in (True, False))
    assert [one.name for one in shuffled] == ["shuffled_tags", "templates"] and plain == shuffled[1:]
