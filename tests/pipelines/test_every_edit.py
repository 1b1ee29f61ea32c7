"""What every file in edits/ promises."""

import pytest
import torch

from pipelines import artefact, catalogue, seams, voices
from pipelines.artefact import Header, told
from pipelines.spec import use
from tests.pipelines.probes import ask, stir, weights

LOOKS = {"image_branch": "paired_stream"}  # edits that read a reference, and what shows it to them
EDITS = [name for name in catalogue.names("edits") if getattr(catalogue.load("edits", name), "learns", True)]


def uses(name):
    return [use(name)] + [use("reference_photo")] * (name in LOOKS)


def built(backbone, name, subjects, seed=0):
    return voices.build(backbone, uses(name), subjects, seed)


def visit(backbone, name, voice):
    encoders = [catalogue.load("encoders", LOOKS[name])()] if name in LOOKS else []
    return backbone.adapted({"a": voice}, encoders=encoders)


@pytest.mark.parametrize("name", EDITS)
def test_it_comes_off_to_the_bit(tiny, cat, name):
    before, kept = ask(tiny), weights(tiny)
    voice = stir(built(tiny, name, [cat]))
    with visit(tiny, name, voice) as stage:
        assert not torch.equal(ask(tiny, "a <tom>" if voice.words() else "a cat", stage, seen=True), before)
    assert torch.equal(ask(tiny), before)
    after = weights(tiny)
    assert all(torch.equal(value, after[key]) for key, value in kept.items())


@pytest.mark.parametrize("name", EDITS)
def test_it_starts_silent_if_it_says_so(tiny, cat, name):
    before = ask(tiny)
    with visit(tiny, name, built(tiny, name, [cat])) as stage:
        words, plain = stage.lexicon(), ask(tiny, stage=stage)
        spoken = ask(tiny, "a <tom>", stage) if words else plain
    assert torch.equal(plain, before) or not words, "who teaches a word leaves other sentences alone"
    assert voices.edit_of(use(name)).silent == (torch.equal(spoken, before) and torch.equal(plain, before))


@pytest.mark.parametrize("name", EDITS)
def test_only_its_own_parameters_learn(tiny, cat, name):
    voice = stir(built(tiny, name, [cat]))
    prompt = "a <tom>" if voice.words() else "a cat"
    with visit(tiny, name, voice) as stage:
        ask(tiny, prompt, stage, seen=True).square().mean().backward()
    assert all(p.grad is None for part in tiny.parts.values() for p in part.parameters())
    taught = [p for p in voice.parameters().values() if p.requires_grad]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in taught)
    assert any(p.grad.abs().sum() > 0 for p in taught)
    frozen = {id(p) for part in tiny.parts.values() for p in part.parameters()}
    assert not any(id(p) in frozen for p in voice.parameters().values())


@pytest.mark.parametrize("name", EDITS)
def test_same_seed_same_numbers(tiny, cat, name):
    once, again, other = (built(tiny, name, [cat], seed).parameters() for seed in (5, 5, 6))
    assert all(torch.equal(once[key], again[key]) for key in once)
    assert once.keys() == other.keys()


@pytest.mark.parametrize("name", EDITS)
def test_saved_and_loaded_it_says_the_same(tiny, cat, name, tmp_path):
    voice, path = stir(built(tiny, name, [cat])), tmp_path / "a.safetensors"
    edits = [{"name": one.name, "settings": {}} for one in uses(name)]
    artefact.save(path, voice.parameters(), Header("x", {}, told([cat]), tiny.name, tiny.hash, edits=edits))
    header, read = voices.load(path, tiny)
    assert header.bytes == sum(p.numel() * 4 for p in voice.parameters().values())
    prompt = "a <tom>" if voice.words() else "a cat"
    for module in voice.modules.values():
        module.eval()
    with torch.no_grad(), visit(tiny, name, voice) as stage:
        said = ask(tiny, prompt, stage, seen=True)
    with torch.no_grad(), visit(tiny, name, read) as stage:
        assert torch.equal(ask(tiny, prompt, stage, seen=True), said)


@pytest.mark.parametrize("name", EDITS)
def test_it_works_on_a_base_with_two_text_encoders(tiny_xl, cat, name):
    before = ask(tiny_xl)
    voice = stir(built(tiny_xl, name, [cat]))
    with visit(tiny_xl, name, voice) as stage:
        assert not torch.equal(ask(tiny_xl, "a <tom>" if voice.words() else "a cat", stage, seen=True), before)
    assert torch.equal(ask(tiny_xl), before)


@pytest.mark.parametrize("name", EDITS)
def test_its_layers_exist(tiny, name):
    assert seams.layers(tiny.parts, voices.edit_of(use(name)).where)
