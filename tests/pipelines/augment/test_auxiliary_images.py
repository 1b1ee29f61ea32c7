import torch

from pipelines import catalogue
from pipelines.augment.auxiliary_images import PEOPLE, AuxiliaryImages, detailed
from tests.pipelines.steps import examples, kit, shot


def test_half_show_people_and_hardly_two_are_alike():
    prompts = [detailed(k) for k in range(40)]
    people = [any(f"a {who} " in p for who in PEOPLE) for p in prompts]
    assert sum(people) == 20 and len(set(prompts)) == 40
    assert len({p.split(" of ")[0] for p in prompts}) == 5


def test_all_are_bound_to_the_bare_word_and_made_once(tiny, tmp_path):
    subject = shot(tmp_path, "<zwx>", "style", masked=False)
    tools = kit(tiny, (subject,), tmp_path / "cache")
    found = examples(tiny, subject)
    once, again = (AuxiliaryImages(3, steps=2).prepare(found, tools) for _ in range(2))
    assert once[: len(found)] == found
    added = [one for one in once if one.role == "prior"]
    assert [one.prompt for one in added] == ["a photo of style"] * 3 and len({one.source for one in added}) == 3
    assert all(torch.equal(a.posterior, b.posterior) for a, b in zip(added, again[len(found) :], strict=True))
    named = AuxiliaryImages(3, said="", steps=2).prepare([], tools)
    assert [one.prompt for one in named] == [detailed(k) for k in range(3)]


def test_a_style_by_another_noun_is_held_by_that_noun(tiny, tmp_path):
    """Else what is held would be a word that no prompt of it says."""
    one, two = (shot(tmp_path / noun, word, noun, masked=False) for word, noun in (("<a>", "style"), ("<b>", "comic")))
    (phase,) = catalogue.recipe("style_boost")(images=3).plan().phases
    (held,) = [catalogue.load("augment", use.name)(**use.settings, steps=2) for use in phase.augment]
    for subjects, nouns in (((two,), ["comic"] * 3), ((one, two), ["style", "comic", "style"])):
        added = held.prepare([], kit(tiny, subjects, tmp_path / "cache"))
        assert [example.prompt for example in added] == [f"a photo of {noun}" for noun in nouns]


def test_without_them_it_is_plain_tuning():
    """λ = 0 asks for no auxiliary picture and adds no term."""
    (phase,) = catalogue.recipe("style_boost").with_knobs({"held": 0}).plan().phases
    assert not phase.augment and [one.name for one in phase.objectives] == ["denoise"]
