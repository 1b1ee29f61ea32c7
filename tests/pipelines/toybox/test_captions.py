"""Captions say true things, in more than one way."""

from pipelines import toybox
from pipelines.toybox.draw import Dice


def test_a_full_caption_names_everything_that_has_a_name():
    for seed in range(150):
        scene = toybox.draw(seed)
        text = toybox.caption(scene, full=True)
        for thing in scene.things:
            assert thing.noun in text
            if scene.style not in toybox.GREY_STYLES:
                assert thing.colour in text
            assert thing.pattern == "plain" or thing.pattern in text
            assert thing.accessory in text
            assert thing.pose == "standing" or thing.pose in text
        if len(scene.things) == 2 and scene.relation == "beside":
            assert "left" in text or "right" in text


def test_sides_in_words_are_sides_in_the_picture():
    for seed in range(300):
        scene = toybox.draw(seed, count=2)
        if scene.relation != "beside" or scene.things[0].noun == scene.things[1].noun:
            continue
        text = toybox.caption(scene, full=True)
        left = min(scene.things, key=lambda t: t.at[0])
        right = max(scene.things, key=lambda t: t.at[0])
        assert text.index(left.noun) < text.index(right.noun)


def test_three_and_four_are_said_to_stand_as_they_do():
    said = {"beside": "from left to right", "behind": " behind ", "on": " on "}
    for seed in range(40):
        for count in (3, 4):
            scene = toybox.draw(seed, count=count)
            text = toybox.caption(scene, full=True)
            assert said[scene.relation] in text
            nouns = [t.noun for t in scene.things]
            if scene.relation == "beside" and len(set(nouns)) == count:
                order = sorted(nouns, key=lambda noun: scene.things[nouns.index(noun)].at[0])
                assert sorted(nouns, key=lambda noun: text.index(noun)) == order


def test_phrasings_differ_and_details_are_left_out():
    scene = toybox.draw(2, count=2)
    texts = {toybox.caption(scene, Dice(k)) for k in range(40)}
    assert len(texts) > 8
    assert len({len(t.split()) for t in texts}) > 3


def test_grey_styles_name_no_colour():
    for seed in range(40):
        text = toybox.caption(toybox.draw(seed, style="pencil sketch"), full=True)
        assert not set(text.split()) & set(toybox.COLOURS)


def test_an_and_a():
    assert toybox.with_article("orange cat") == "an orange cat" and toybox.with_article("cat") == "a cat"
