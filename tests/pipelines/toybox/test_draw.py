"""Scenes: everything promised is there, identities keep to their split, and a shoot shows one subject."""

import numpy as np
import pytest

from pipelines import toybox
from pipelines.toybox.draw import SPLITS


def test_the_world_is_as_large_as_promised():
    assert len(toybox.NOUNS) >= 24 and len(toybox.FAMILIES) == 6 and "people" in toybox.FAMILIES
    assert len(toybox.COLOURS) >= 10 and len(toybox.PATTERNS) >= 8 + 1 and len(toybox.PLACES) >= 12
    assert len(toybox.STYLES) >= 6 + 1 and len(toybox.ACCESSORIES) >= 8 and len(toybox.POSES) >= 6 + 1
    assert len(toybox.LIGHTS) >= 3 and len(toybox.WEATHERS) >= 4


def test_every_word_occurs_in_drawn_scenes():
    scenes = [toybox.draw(seed) for seed in range(1200)]
    things = [t for s in scenes for t in s.things]
    for seen, all_of in (
        ({t.noun for t in things}, toybox.NOUNS),
        ({t.colour for t in things}, toybox.COLOURS),
        ({t.pattern for t in things}, toybox.PATTERNS),
        ({t.accessory for t in things} - {""}, toybox.ACCESSORIES),
        ({t.pose for t in things}, toybox.POSES),
        ({t.expression for t in things} - {""}, toybox.EXPRESSIONS),
        ({s.place for s in scenes}, toybox.PLACES),
        ({s.style for s in scenes}, toybox.STYLES),
        ({s.light for s in scenes}, toybox.LIGHTS),
        ({s.weather for s in scenes}, toybox.WEATHERS),
        ({s.relation for s in scenes} - {""}, toybox.RELATIONS),
        ({len(s.things) for s in scenes}, (1, 2, 3, 4)),
    ):
        assert seen == set(all_of)


@pytest.mark.parametrize("count", (2, 3, 4))
def test_things_stand_as_their_relation_says(count):
    scenes = [toybox.draw(seed, "validation", count=count) for seed in range(60)]
    assert {s.relation for s in scenes} == set(toybox.RELATIONS)
    for scene in scenes:
        first, second, *others = scene.things
        if scene.relation == "on":
            assert second.on == 0 and all(t.on is None for t in (first, *others))
        elif scene.relation == "behind":
            assert all(first.at[1] < t.at[1] and first.size > t.size for t in (second, *others))
        else:
            assert len({round(t.at[0], 1) for t in scene.things}) == count


def test_identities_keep_to_their_split():
    seen = {s: {t.identity for k in range(300) for t in toybox.draw(k, s).things} for s in SPLITS}
    seen_subjects = {s: {toybox.subject("cat", k, s).identity for k in range(100)} for s in SPLITS}
    for a in SPLITS:
        for b in SPLITS:
            if a != b:
                assert not seen[a] & seen[b] and not seen_subjects[a] & seen_subjects[b]


def test_an_unknown_split_is_named():
    with pytest.raises(ValueError, match="training, validation, test, reserved"):
        toybox.draw(0, "trainig")


@pytest.mark.parametrize("noun", toybox.NOUNS)
def test_every_class_has_clearly_different_individuals(noun):
    from dataclasses import replace

    scene = toybox.shoot(toybox.subject(noun, 0), 1)[0]
    pictures = []
    for k in range(5):
        thing = replace(scene.things[0], identity=toybox.subject(noun, k).identity)
        pictures.append(toybox.render(replace(scene, things=(thing,)), 64).pixels.astype(int))
    apart = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(apart) > 2.0


def test_a_shoot_is_one_subject_in_several_places():
    scenes = toybox.shoot(toybox.subject("robot", 3), 6, 1)
    assert len({s.things[0].identity for s in scenes}) == 1
    assert len({s.place for s in scenes}) == 6 and {s.style for s in scenes} == {"photo"}
    assert scenes == toybox.shoot(toybox.subject("robot", 3), 6, 1)


@pytest.mark.parametrize("noun", toybox.NOUNS)
@pytest.mark.parametrize("pose", toybox.POSES)
def test_every_pose_stands_on_the_ground(noun, pose):
    from pipelines.toybox.scene import Scene, Thing
    from pipelines.toybox.stage import LEAP, place

    if pose in ("waving", "sitting") and noun not in toybox.LIMBED:
        return
    corners = place(Scene((Thing(noun, toybox.subject(noun, 1).identity, "", pose),))).corners
    low = corners[..., 1].min()
    assert abs(low - (LEAP if pose == "jumping" else 0)) < 0.35
