"""What ToyBench asks never changes unnoticed, its places do not meet its photos', and truth shows what is asked."""

from itertools import combinations

import numpy as np
import pytest

from pipelines import toybox
from pipelines.errors import BadInput
from pipelines.toybench import plan, shots


@pytest.fixture(scope="module")
def everything():
    return plan.cases(tuple(plan.TRACKS))


def test_what_is_asked_is_pinned_to_its_version(everything):
    counts = {track: sum(case.track == track for case in everything) for track in plan.TRACKS}
    assert counts == {"single": 12, "people": 8, "multi": 6, "style": 6, "layout": 6}
    assert (plan.VERSION, plan.protocol(everything)) == (1, "e18b0c98aa8b2511"), "raise VERSION"


def test_reserved_subjects_are_other_individuals(everything):
    (test,), (reserved,) = (plan.cases(["single"], split, quick=True) for split in plan.SPLITS)
    assert test.toys[0].noun == reserved.toys[0].noun and test.asks[0].prompt == reserved.asks[0].prompt
    assert test.toys[0].photos[0].things[0].identity != reserved.toys[0].photos[0].things[0].identity
    assert plan.protocol([test]) != plan.protocol([reserved])


def test_no_prompt_names_a_place_of_the_photos(everything):
    for case in everything:
        at_home = {scene.place for toy in case.toys for scene in toy.photos}
        assert at_home <= set(plan.HOME)
        assert not at_home & {scene.place for ask in case.asks for scene in ask.truth}


def test_truth_shows_the_taught_individuals_as_they_are_asked_for(everything):
    for case in everything:
        for ask in case.asks:
            assert len(ask.truth) == (len(case.toys) if ask.boxes else len(plan.SEEDS))
            for scene in ask.truth:
                if case.track != "style":
                    own = {toy.photos[0].things[0].identity for toy in case.toys}
                    assert {thing.identity for thing in scene.things} <= own
                    assert scene.style == "photo" or scene.style in ask.text
                accessory = scene.things[0].accessory
                assert not accessory or accessory in ask.text
            assert "{" not in ask.plain + ask.text and "<" not in ask.plain + ask.text
            said = case.said(ask)
            assert "{" not in said and all(toy.trigger in said for toy in case.toys)


def test_of_two_the_one_named_first_stands_on_the_left(everything):
    case = next(one for one in everything if one.track == "multi")
    for ask in case.asks:
        left, right = sorted(ask.truth[0].things, key=lambda thing: thing.at[0])
        assert ask.text.index(left.noun) < ask.text.index(right.noun)


def test_styles_are_true_styles_and_the_base_is_not_told(everything):
    styles = [case for case in everything if case.track == "style"]
    assert [case.toys[0].photos[0].style for case in styles] == list(toybox.STYLES[1:])
    for case in styles:
        style = case.toys[0].photos[0].style
        assert all(scene.style == style for ask in case.asks for scene in (*ask.truth, *case.toys[0].photos))
        assert all(style in ask.text and style not in ask.plain for ask in case.asks)
        asked = {scene.things[0].identity for ask in case.asks for scene in ask.truth}
        assert not asked & {scene.things[0].identity for scene in case.toys[0].photos}


def test_boxes_lie_in_the_picture_and_apart():
    for layouts in plan.BOXES.values():
        for boxes in layouts:
            assert all(x >= 0 and y >= 0 and x + w <= 1 and y + h <= 1 for x, y, w, h in boxes)
            for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(boxes, 2):
                shared = max(0, min(ax + aw, bx + bw) - max(ax, bx)) * max(0, min(ay + ah, by + bh) - max(ay, by))
                assert shared < 0.1 * min(aw * ah, bw * bh)


def test_a_perfect_layout_has_each_subject_in_its_box(everything):
    case = next(one for one in everything if one.track == "layout")
    ask = case.asks[0]
    whole, empty = np.asarray(shots.perfect(ask, 0)), np.asarray(shots._empty(ask.truth[0]))
    assert whole.shape == (shots.SIDE, shots.SIDE, 3)
    changed = (whole != empty).any(2)
    inside = np.zeros_like(changed)
    for x, y, wide, high in ask.boxes:
        rows, columns = (slice(round(a * shots.SIDE), round((a + b) * shots.SIDE)) for a, b in ((y, high), (x, wide)))
        inside[rows, columns] = True
        assert changed[rows, columns].mean() > 0.25
    assert not changed[~inside].any()


def test_quick_asks_little_of_every_track():
    few = plan.cases(tuple(plan.TRACKS), quick=True)
    assert [case.track for case in few] == list(plan.TRACKS) and all(len(case.asks) == 2 for case in few)
    assert plan.seeds(quick=True) == plan.SEEDS[:1]


def test_a_track_or_split_that_is_not_there_is_named():
    with pytest.raises(BadInput, match="no track “singel”"):
        plan.cases(["singel"])
    with pytest.raises(BadInput, match="no split"):
        plan.cases(["single"], "training")


def test_photos_are_drawn_once_with_their_masks(tmp_path, everything):
    toy = everything[0].toys[0]
    who = shots.photographed(toy, tmp_path)
    assert len(who.photos) == 5 and all(photo.mask for photo in who.photos) and who.trigger == "<robot0>"
    stamp = (tmp_path / "robot-0" / "0.png").stat().st_mtime_ns
    assert shots.photographed(toy, tmp_path) == who
    assert (tmp_path / "robot-0" / "0.png").stat().st_mtime_ns == stamp
    style = next(case for case in everything if case.track == "style").toys[0]
    assert not any(photo.mask for photo in shots.photographed(style, tmp_path).photos)
