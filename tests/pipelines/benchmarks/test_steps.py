"""The benches of speed: their equivalences hold on small models, and what is not the same is not timed."""

import pytest
import torch

from pipelines import tune
from pipelines.benchmarks import BENCHES, concept_fusion, lora_step, second_concept, svdiff, ti_step
from pipelines.benchmarks.jpegs import photographed
from pipelines.benchmarks.mini import mini
from pipelines.benchmarks.recorded import recorded


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return tmp_path_factory.mktemp("photos")


@pytest.fixture(scope="module")
def cat(room):
    return photographed("cat", 0, room)


@pytest.fixture(scope="module")
def light():
    return mini(64, 400, light=True)


def test_the_official_lora_has_our_losses(light, cat, room, monkeypatch):
    with monkeypatch.context() as patch:  # a run that stands still for a checkpoint at every step
        patch.setattr(tune, "SAVE_EVERY", -1.0)
        patch.setattr(tune, "SHARE", 1e9)
        assert lora_step.apart(light, cat, room, 6) <= lora_step.CLOSE
    told = lora_step.measured(light, room, 2)
    assert told["ours"] > 0 and told["ratio"] > 0 and told["apart"] <= lora_step.CLOSE
    monkeypatch.setattr(lora_step, "FALL", 0.0)
    with pytest.raises(AssertionError, match="not the same"):
        lora_step.measured(light, room, 2)


def test_the_official_word_becomes_our_word(light, cat, room, monkeypatch):
    monkeypatch.setattr(ti_step, "PAIRS", 1)
    told = ti_step.measured(light, room, 2)
    assert told["apart"] <= ti_step.CLOSE and told["memory"] > 0 and told["ratio"] > 0
    monkeypatch.setattr(ti_step, "FALL", 0.0)
    with pytest.raises(AssertionError, match="not the same"):
        ti_step.measured(light, room, 2)


def test_what_is_recorded_is_what_was_asked_and_nothing_stays(light, cat, room):
    before = light.schedule
    with recorded(light) as drawn, light.adapted() as stage:
        words = light.encode(["a cat"], stage)
        x = torch.randn(1, 4, 8, 8)
        light.predict(x, torch.tensor([3]), words)
        target = light.schedule.target(x, 2 * x, torch.tensor([3]))
    (one,) = drawn
    assert one.prompts == ("a cat",) and one.x is x and torch.equal(one.text, words.text) and one.target is target
    assert light.schedule is before and not {"predict", "encode"} & set(vars(light))


def test_weights_built_anew_are_the_shifted_ones(tiny, monkeypatch):
    told = svdiff.measured(tiny, 2, 1)
    assert told["loss_apart"] <= svdiff.CLOSE and told["latents_apart"] <= svdiff.CLOSE and told["train"] > 0
    monkeypatch.setattr(svdiff.Rebuilt, "forward", lambda self, weight: weight + 0 * self.shift.sum())
    with pytest.raises(AssertionError, match="not the same"):
        svdiff.measured(tiny, 2, 1)


def test_the_closed_form_is_no_farther_on_any_layer(tiny, monkeypatch):
    told = concept_fusion.measured(tiny, 4)
    assert told["worst"] <= concept_fusion.SLACK and told["error"] <= 1.001 and told["layers"] > 12
    monkeypatch.setattr(concept_fusion.Sums, "solved", lambda self, ridge: (self.down[0], 0 * self.up[0]))
    with pytest.raises(AssertionError, match="farther away"):
        concept_fusion.measured(tiny, 4)


def test_the_second_subject_finds_the_class_images(tiny, room, monkeypatch):
    told = second_concept.measured(tiny, room, 2, 2, 2)
    assert told["fresh"] > told["fair"] > 0
    assert told["apart"] > 1e-3, "a VAE of random weights gives back something else"
    monkeypatch.setattr(second_concept.official, "latent", lambda backbone, path: latents[path])
    latents = {str(k): torch.randn(1, 4, 8, 8) for k in range(2)}
    same = second_concept.apart(tiny, torch.cat(list(latents.values())), list(latents), "a cat")
    assert same < 1e-6
    monkeypatch.undo()
    kept = list((room / "cache" / "class-images").iterdir())
    second_concept.measured(tiny, room, 2, 2, 2)
    assert list((room / "cache" / "class-images").iterdir()) == kept


def test_they_are_listed():
    assert {"lora_step", "ti_step", "concept_fusion", "svdiff", "second_concept"} <= set(BENCHES)
