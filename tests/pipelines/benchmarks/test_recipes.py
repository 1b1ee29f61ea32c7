"""What the bench of recipes asks for can be confirmed, and its subjects are true test subjects."""

from dataclasses import replace

import torch
from PIL import Image

from pipelines import toybox
from pipelines.benchmarks import first_recipes
from pipelines.starter.readers import WORDS


def test_everything_asked_for_is_a_word_the_oracles_know():
    for prompt, named in first_recipes.PROMPTS:
        assert prompt.count("{}") == 1 and "place" in named
        for name, word in named.items():
            assert word in WORDS[name]
            assert name == "style" or word in prompt


def test_the_ceiling_draws_the_subject_as_it_is_asked_for():
    named = first_recipes.PROMPTS[2][1]
    scene = first_recipes._scene("cat", 2, named)
    assert scene.things[0].identity == toybox.subject("cat", 0, "test").identity
    assert (scene.place, scene.style, scene.things[0].accessory) == ("kitchen", "photo", "top hat")


def test_subjects_are_photographed_once_with_their_masks(tmp_path):
    who = first_recipes.photographed("teapot", tmp_path)
    assert len(who.photos) == 5 and who.trigger == "<teapot1>" and who.kind == "object"
    with Image.open(who.photos[0].mask) as mask:
        assert mask.size == (256, 256) and set(mask.getdata()) == {0, 255}
    before = (tmp_path / "0.png").stat().st_mtime_ns
    assert first_recipes.photographed("teapot", tmp_path) == who
    assert (tmp_path / "0.png").stat().st_mtime_ns == before


def test_a_copied_photo_is_no_likeness(monkeypatch):
    """The photos that the judge knows subjects from are other ones than those that are taught."""
    shown = []

    def vectors(noun, individual, shoot):
        scenes = toybox.shoot(toybox.subject(noun, individual, "test"), first_recipes.PHOTOS, shoot)
        shown.extend(scenes)
        return torch.zeros(len(scenes), 4)

    monkeypatch.setattr(first_recipes, "_vectors", vectors)
    assert first_recipes.gallery("cat").shape == (first_recipes.OTHERS, 4)
    taught = toybox.shoot(toybox.subject("cat", 0, "test"), first_recipes.PHOTOS, first_recipes.TAUGHT)
    assert taught[0].things[0].identity == shown[0].things[0].identity
    assert not {replace(scene, seed=0) for scene in taught} & {replace(scene, seed=0) for scene in shown}
