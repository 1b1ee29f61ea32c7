from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines import artefact, catalogue, tune, voices
from pipelines.artefact import Header
from pipelines.batches import Batches
from pipelines.errors import BadInput
from pipelines.events import Silent
from pipelines.sample import Cast, make, settled
from pipelines.spec import Phase, Region, Scene, use
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.steps import examples, kit, shot

KNOBS = {"steps": 2, "batch": 2, "rate": 1e-2}


@pytest.fixture(scope="module")
def learnt(tiny, tmp_path_factory):
    folder, before = tmp_path_factory.mktemp("vico"), weights(tiny)
    task = Tune((shot(folder),), "vico", str(folder / "a.safetensors"), KNOBS, samples_every=0)
    tune.tune(task, tiny, Silent())
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    return task


def picture(tiny, path, **scene):
    header, voice = voices.load(path, tiny)
    scene = settled(Scene(**{"prompt": "a <tom> cat", "steps": 2, **scene}), tiny, lambda *said: None)
    return make(scene, tiny, Cast({path: header}, {path: voice}))


def test_the_artefact_brings_its_reference_along(tiny, learnt, tmp_path):
    """The same file with another photo in it makes another picture; the mask is found, not kept."""
    tensors, header = artefact.load(learnt.out), artefact.read_header(learnt.out)
    assert header.encoders == [{"name": "paired_stream", "settings": {"masked": True}}]
    example = examples(tiny, learnt.subjects[0])[0]
    assert torch.allclose(tensors["reference_photo/vae/photos.0"], example.posterior[0], atol=1e-5)
    other = str(tmp_path / "other.safetensors")
    tensors["reference_photo/vae/photos.0"] = torch.randn(4, 8, 8)
    artefact.save(other, tensors, header)
    whole = picture(tiny, learnt.out, artefacts=((learnt.out, 1.0),))
    assert torch.equal(whole, picture(tiny, learnt.out, artefacts=((learnt.out, 1.0),)))
    assert not torch.equal(whole, picture(tiny, other, artefacts=((other, 1.0),)))
    unmasked = str(tmp_path / "unmasked.safetensors")
    seen = [{"name": "paired_stream", "settings": {"masked": False}}]
    artefact.save(unmasked, artefact.load(learnt.out), replace(header, encoders=seen))
    assert not torch.equal(whole, picture(tiny, unmasked, artefacts=((unmasked, 1.0),))), "the background is read, too"


@pytest.mark.parametrize("how", ["region_route", "region_blend", "cones_layout"])
def test_it_speaks_in_a_region(tiny, learnt, how):
    region = Region((0.0, 0.0, 0.5, 1.0), "a <tom> cat", artefact=learnt.out)
    made = picture(tiny, learnt.out, prompt="on grass", regions=(region,), how=how)
    assert made.isfinite().all()
    silent = Cast({learnt.out: Header("r", {}, [], "tiny", "h")}, {learnt.out: voices.load(learnt.out, tiny)[1]})
    scene = Scene(prompt="on grass", steps=2, regions=(region,), how=how)
    assert not torch.equal(made, make(settled(scene, tiny, lambda *said: None), tiny, silent))


def test_each_photo_looks_at_another_one(tiny, tmp_path):
    subject = shot(tmp_path, count=3)
    found, phase = examples(tiny, subject), Phase(1, 1e-3, 3, encoders=(use("paired_stream"),))
    batches = Batches(phase, (0, 0), found, (), frozenset(), kit(tiny, (subject,)), True)
    for seed in range(5):
        latents, masks = batches._others(found, np.random.default_rng(seed))
        same = [torch.equal(other, one.posterior[0]) for other, one in zip(latents, found, strict=True)]
        assert not any(same) and masks.shape == (3, 1, 8, 8)
    alone, _ = batches._others(found[:1], np.random.default_rng(0))
    assert any(torch.equal(alone[0], one.posterior[0]) for one in found[1:])


def test_a_reference_that_is_not_there_is_refused(tiny, learnt, tmp_path):
    task = Tune(learnt.subjects, "vico", str(tmp_path / "b.safetensors"), KNOBS | {"reference": 9}, samples_every=0)
    with pytest.raises(BadInput, match="no photo 9"):
        tune.tune(task, tiny, Silent())
    assert catalogue.recipe("vico")().plan().encoders
