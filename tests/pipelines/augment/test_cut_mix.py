from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines.augment.cut_mix import CutMix
from pipelines.examples import PRIOR, Example
from tests.pipelines.steps import examples, shot


@pytest.fixture
def photos(tiny, tmp_path):
    return examples(tiny, shot(tmp_path, count=2)) + examples(tiny, shot(tmp_path, "<rex>", "dog", count=2))


def draws(photos, count=20, **settings):
    one = CutMix(**settings)
    return [one.draw(photos[0], photos, np.random.default_rng(k)) for k in range(count)]


def test_words_say_who_is_in_which_half(photos):
    """The caption's order is the picture's: each mask lies in the half that the words give its subject."""
    sides = set()
    for mixed in draws(photos, share=1.0):
        first, second = mixed.subjects
        assert mixed.prompt == (
            f"a photo of {first.trigger} {first.noun} on the left and {second.trigger} {second.noun} on the right"
        )
        left, right = mixed.masks[first.trigger], mixed.masks[second.trigger]
        assert left[:, 32:].sum() == right[:, :32].sum() == 0 < min(left.sum(), right.sum())
        sides.add(first.trigger)
    assert sides == {"<tom>", "<rex>"}


def test_each_half_is_its_subjects_photo(photos):
    """The coloured square of each photo is where its mask is."""
    colours = {"<tom>": [], "<rex>": []}
    for photo in photos:
        colours[photo.subjects[0].trigger].append(photo.pixels[:, photo.mask() > 0.99].mean(1))
    for mixed in draws(photos, share=1.0):
        for word, mask in mixed.masks.items():
            inside = mixed.pixels[:, mask > 0.99].mean(1)
            assert min((inside - colour).abs().max() for colour in colours[word]) < 0.02
        assert mixed.posterior is None


def test_photos_without_masks_count_by_halves(photos):
    bare = [replace(one, masks={}) for one in photos]
    for mixed in draws(bare, share=1.0):
        first, second = mixed.subjects
        assert mixed.masks[first.trigger][:, :32].all() and mixed.masks[second.trigger][:, 32:].all()
        assert sum(mixed.masks.values()).eq(1).all()


def test_it_mixes_as_often_as_it_is_told(photos):
    mixed = [len(one.subjects) == 2 for one in draws(photos, 200, share=0.6)]
    assert 0.5 < sum(mixed) / len(mixed) < 0.7
    assert all(one is photos[0] for one in draws(photos[:2], share=1.0)), "one subject alone is never mixed"


def test_class_pictures_are_mixed_as_latents():
    left, right = torch.full((2, 4, 8, 8), 1.0), torch.full((2, 4, 8, 8), 2.0)
    cat = Example("a photo of a cat", role=PRIOR, posterior=left)
    dog = Example("a photo of a dog", role=PRIOR, posterior=right)
    mixed = CutMix(1.0, placed=False).draw(cat, [cat, dog], np.random.default_rng(0))
    order = (left, right) if mixed.prompt == "a photo of a cat and a dog" else (right, left)
    assert mixed.prompt in ("a photo of a cat and a dog", "a photo of a dog and a cat")
    assert torch.equal(mixed.posterior, torch.cat([order[0][..., :4], order[1][..., :4]], -1))
    assert mixed.role == PRIOR
