from dataclasses import replace

import pytest
import torch

from pipelines import sample, voices
from pipelines.artefact import Header
from pipelines.denoise import guided
from pipelines.guidance.reference_guidance import ReferenceGuidance
from pipelines.sample import Cast
from pipelines.spec import Scene, use
from tests.pipelines.probes import stir
from tests.pipelines.steps import shot

LOOK = {
    "attention": [{"name": "reference_attention", "settings": {}}],
    "encoders": [{"name": "noised_stream", "settings": {}}],
}


@pytest.fixture
def run(tiny, tmp_path):
    """A run at one time step whose voice holds a reference, and latents."""
    uses = use("token"), use("lora"), use("reference_photo")
    voice = stir(voices.build(tiny, uses, [shot(tmp_path)]), amount=0.05)
    cast = Cast({"a": Header("r", {}, [], "tiny", "h", **LOOK)}, {"a": voice})
    scene = Scene("a <tom> cat", negative="x", artefacts=(("a", 1.0),), steps=4, scale=5.0)
    scene = sample.settled(scene, tiny, lambda *said: None)
    with torch.no_grad(), sample.performing(scene, tiny, cast) as (at, _):
        yield replace(at, t=600), torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(5))


def test_a_step_towards_the_reference_leaves_it_out_once(run):
    at, x = run
    made = ReferenceGuidance(weight=2.0, chance=1.0, apart=30).predict(x, at, guided)
    with at.stage.sighted(-30):
        near = at.told().answer(x)
    with at.stage.sighted(None):
        without = at.told().answer(x)
        assert not at.stage.shown
    assert torch.equal(made, 2 * near - without) and not torch.equal(near, without)


def test_a_step_towards_the_words_sees_a_cleaner_and_a_noisier_reference(run):
    at, x = run
    made = ReferenceGuidance(weight=2.0, chance=0.0, apart=30).predict(x, at, guided)
    with at.stage.sighted(-30):
        near = at.told().answer(x)
    with at.stage.sighted(30):
        away = at.away().answer(x)
    with at.stage.sighted(-30):
        assert not torch.equal(away, at.away().answer(x))
    assert torch.equal(made, 5 * near - 4 * away)


def test_nine_of_ten_steps_are_the_references_and_the_seed_says_which(run):
    at, _ = run
    guidance = ReferenceGuidance()
    drawn = [guidance._towards(replace(at, i=i, seeds=(3,))) for i in range(300)]
    assert 0.84 < sum(drawn) / 300 < 0.96 and drawn == [
        guidance._towards(replace(at, i=i, seeds=(3,))) for i in range(300)
    ]
