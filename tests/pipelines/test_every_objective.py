"""What every file in objectives/ promises."""

from dataclasses import replace

import pytest
import torch

from pipelines import catalogue, voices
from pipelines.seams import sites
from pipelines.spec import use
from tests.pipelines.probes import stir
from tests.pipelines.steps import glimpse, shot, together

OBJECTIVES = catalogue.names("objectives")
KNOWN = {"prediction", "maps", "masks"}


def objective(name):
    return catalogue.load("objectives", name)()


@pytest.fixture
def seen(tiny, tmp_path):
    """A step of a run that teaches two words, LoRA and how to read a reference, on a photo of each subject and one of
    both."""
    people = shot(tmp_path, count=1), shot(tmp_path, "<rex>", "dog", count=1)
    uses = use("token"), use("lora"), use("image_branch"), use("reference_photo")
    voice = stir(voices.build(tiny, uses, people))
    with tiny.adapted({"a": voice}, encoders=[catalogue.load("encoders", "paired_stream")()]) as stage:
        yield glimpse(tiny, together(tiny, *people), stage, batch=3)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_says_what_it_needs_and_how_much_it_counts(name):
    one = objective(name)
    assert one.needs <= KNOWN and one.weight > 0


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_is_a_finite_number_with_gradients(seen, name):
    value = objective(name)(seen)
    assert value.shape == () and value.isfinite()
    value.backward()
    taught = [p for voice in seen.stage.voices.values() for p in voice.parameters().values()]
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in taught)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_reads_only_what_it_asked_for(seen, name):
    one = objective(name)
    hidden = {field: None for field in KNOWN - one.needs}
    hidden |= {"parts": ()} if "masks" not in one.needs else {}
    assert torch.equal(one(replace(seen, _error=[], **hidden)), one(replace(seen, _error=[])))


def test_only_cross_attentions_keep_their_shares_for_them(tiny, seen):
    """Self-attentions' grow with the square of the cells: on Stable Diffusion gigabytes that nobody looks at."""
    assert set(seen.maps) == {site.name for site in sites(tiny.unet) if site.kind == "cross"}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_without_examples_of_its_role_it_is_silent(seen, name):
    nobody = tuple(replace(example, role="nobody") for example in seen.examples)
    assert objective(name)(replace(seen, examples=nobody)) == 0
