"""Where memory is short: parts of a model come and go, and layers are asked again on the way back of a gradient."""

import pytest
import torch

from pipelines import artefact, tune
from pipelines.backbone import Backbone
from pipelines.device import Machine
from pipelines.events import Silent
from pipelines.tasks import Tune
from tests.pipelines.steps import shot

HERE, AWAY = "cpu:0", "cpu"  # one device under two names, so that it is seen who is where
KNOBS = {"steps": 2, "batch": 1, "sentences": 27, "prior": 0.0, "mix": 1.0}


def base(memory: str) -> Backbone:
    made = Backbone.tiny(0, host=Machine(HERE, "CPU", "float32", memory, 1, 0))
    made.vae.disable_tiling()  # of these small pictures it would make others
    return made


def learnt(backbone, name, people, folder):
    known = {knob.name for knob in tune.catalogue.recipe(name).knobs()}
    knobs = {key: value for key, value in KNOBS.items() if key in known}
    task = Tune(people, name, str(folder / f"{backbone.machine.memory}.safetensors"), knobs, samples_every=0)
    tune.tune(task, backbone, Silent())
    return artefact.load(task.out)


@pytest.mark.parametrize("name", ["mix_of_show", "svdiff", "cones_2"])
def test_a_run_learns_the_same(name, tmp_path, monkeypatch):
    """Words, maps, shifted weights, and text that is read again after the picture was: nothing is lost on the way back,
    nor moved off the device while the way back leads through it."""
    people = shot(tmp_path, count=1), shot(tmp_path, "<rex>", "dog", count=1)
    people = people if name == "svdiff" else people[:1]
    whole, parts = learnt(base("whole"), name, people, tmp_path), base("in parts")
    place, passed = {}, []
    for part, model in parts.parts.items():
        monkeypatch.setattr(model, "to", lambda where, part=part: place.update({part: str(where)}))
    monkeypatch.setattr(parts, "predict", _after(parts.predict, passed, "unet"))
    monkeypatch.setattr(parts, "encode", _after(parts.encode, passed, "text"))
    back = torch.Tensor.backward

    def backward(loss, *rest):
        assert passed and all(place[part] == HERE for part in passed), (passed, place)
        passed.clear()
        back(loss, *rest)

    monkeypatch.setattr(torch.Tensor, "backward", backward)
    again = learnt(parts, name, people, tmp_path)
    assert whole.keys() == again.keys()
    for key, value in whole.items():
        torch.testing.assert_close(again[key], value, rtol=1e-4, atol=1e-5, msg=key)


def _after(call, passed, part):
    """The same, noting whom a gradient will go back through."""

    def noting(*given):
        answer = call(*given)
        if (answer.text if part == "text" else answer).requires_grad:
            passed.append(part)
        return answer

    return noting
