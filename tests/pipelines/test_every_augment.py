"""What every file in augment/ promises."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines import catalogue
from tests.pipelines.steps import examples, kit, shot

AUGMENTS = catalogue.names("augment")
FEW = {"count": 2, "steps": 2}


def augment(name):
    kind = catalogue.load("augment", name)
    few = {k: v for k, v in FEW.items() if k in inspect.signature(kind).parameters}
    return kind(**few)


@pytest.fixture
def prepared(tiny, tmp_path):
    """What a technique makes of three photos, developed."""

    def make(name):
        subject = shot(tmp_path)
        one, tools = augment(name), kit(tiny, (subject,), tmp_path / "cache")
        return one, tools, tools.develop(one.prepare(examples(tiny, subject), tools))

    return make


@pytest.mark.parametrize("name", AUGMENTS)
def test_what_it_prepares_can_be_trained_on(prepared, name):
    _, _, found = prepared(name)
    assert found and all(one.posterior.shape[0] == 2 and one.prompt for one in found)
    assert any(one.role == "subject" for one in found)


@pytest.mark.parametrize("name", AUGMENTS)
def test_the_same_chance_draws_the_same(prepared, name):
    one, _, found = prepared(name)
    for example in found:
        first, again = (one.draw(example, found, np.random.default_rng(3)) for _ in range(2))
        assert first.prompt == again.prompt and first.masks.keys() == again.masks.keys()
        assert first.pixels is again.pixels or torch.equal(first.pixels, again.pixels)


@pytest.mark.parametrize("name", AUGMENTS)
def test_picture_and_mask_move_together(prepared, name):
    """A photo that is its own mask stays so, wherever it is moved; other light leaves it the brightest."""
    one, tools, found = prepared(name)
    for example in (e for e in found if e.masks and e.pixels is not None):
        word, mask = next(iter(example.masks.items()))
        drawn = replace(example, pixels=mask.expand(3, -1, -1).clone(), masks={word: mask}, posterior=None)
        for seed in range(6):
            after = one.draw(drawn, [drawn], np.random.default_rng(seed))
            inside = after.masks[word] > 0.99
            assert inside.any() and (after.pixels[:, inside] > 0.6).all()
            assert tools.develop([after])[0].posterior.shape == example.posterior.shape


@pytest.mark.parametrize("name", AUGMENTS)
def test_a_changed_picture_is_encoded_again(prepared, name):
    one, _, found = prepared(name)
    for example in (e for e in found if e.pixels is not None):
        for seed in range(6):
            after = one.draw(example, found, np.random.default_rng(seed))
            same = after.pixels is example.pixels or torch.equal(after.pixels, example.pixels)
            assert same or after.posterior is None
