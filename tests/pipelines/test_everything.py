"""Every thing of a drawn picture is found once, by a reader that knows the truth and by GrabCut on its pixels."""

import numpy as np
import pytest

from pipelines.everything import MOST_THINGS, deepest, everything
from pipelines.segmenters import Prompt, Reading
from pipelines.segmenters.grabcut import Grabcut

BOXES = ((10, 10, 90, 60), (120, 20, 190, 110), (30, 80, 100, 140), (150, 120, 180, 145))


def labels(boxes=BOXES):
    """(150, 200) int: 0 the ground, then one number a box."""
    found = np.zeros((150, 200), int)
    for number, (x0, y0, x1, y1) in enumerate(boxes, 1):
        found[y0:y1, x0:x1] = number
    return found


def test_each_thing_is_found_once_and_the_ground_too():
    true = labels()
    asked = []

    def read(at):
        asked.append(at)
        return [Reading(true == true[int(at[1]), int(at[0])], 0.9)]

    found = everything(read, *true.shape)
    assert len(found) == 5 and len(asked) < 12
    for number in range(5):
        assert any((one.mask == (true == number)).all() for one in found)
    sizes = [one.mask.sum() for one in found]
    assert sizes == sorted(sizes, reverse=True)


def test_what_covers_everything_a_speck_and_a_repeat_are_no_things():
    whole, speck = np.ones((100, 100), bool), np.zeros((100, 100), bool)
    speck[50, 50:52] = True
    assert everything(lambda at: [Reading(whole, 1.0), Reading(speck, 0.9)], 100, 100) == []
    half = np.zeros((100, 100), bool)
    half[:, :60] = True
    found = everything(lambda at: [Reading(half, 1.0)], 100, 100)
    assert len(found) == 1 and (found[0].mask == half).all()


def test_it_ends_on_a_picture_of_nothing_but_small_things():
    tiles = np.add.outer(np.arange(320) // 40 * 8, np.arange(320) // 40)
    found = everything(lambda at: [Reading(tiles == tiles[int(at[1]), int(at[0])], 0.9)], 320, 320)
    assert len(found) == MOST_THINGS


def test_the_deepest_place_is_the_middle_of_the_widest_gap():
    left = np.zeros((50, 100), np.uint8)
    left[10:31, 20:41] = 1
    left[40:45, 60:95] = 1
    x, y, reach = deepest(left)
    assert (x, y) == (30, 20) and reach == pytest.approx(11, abs=0.5)


def test_grabcut_finds_drawn_things():
    colours = np.array([(70, 110, 80), (220, 60, 40), (40, 70, 220), (240, 210, 60), (230, 230, 235)], np.uint8)
    true = labels()
    pixels = np.clip(colours[true].astype(int) + np.random.default_rng(0).integers(-6, 7, (*true.shape, 3)), 0, 255)
    pixels, segmenter = pixels.astype(np.uint8), Grabcut()
    found = everything(lambda at: segmenter.read(pixels, {}, Prompt(add=(at,))), *true.shape)
    close = [
        max((one.mask & (true == number)).sum() / (one.mask | (true == number)).sum() for one in found)
        for number in (1, 2, 3, 4)
    ]
    assert min(close) > 0.7, close


def test_islands_and_pinholes_go_and_a_comb_is_no_thing():
    solid, comb = np.zeros((200, 200), bool), np.zeros((200, 200), bool)
    solid[40:120, 40:120] = comb[20:180:8, 20:180] = comb[21:180:8, 20:180] = True
    torn = solid.copy()
    torn[60:63, 60:63], torn[150:153, 10:13] = False, True
    found = everything(lambda at: [Reading(torn if torn[int(at[1]), int(at[0])] else comb, 1.0)], 200, 200)
    assert len(found) == 1 and (found[0].mask == solid).all()
