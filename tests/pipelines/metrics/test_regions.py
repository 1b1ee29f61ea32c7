import math
from dataclasses import replace

import pytest
import torch

from pipelines import toybox
from pipelines.crop import cut
from pipelines.eyes import Eyes
from pipelines.judging import Case
from pipelines.metrics.bleed import Bleed
from pipelines.metrics.region_success import RegionSuccess
from pipelines.spec import Subject
from tests.pipelines.metrics.shots import SIDE, drawn, moved

LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)


def shoot(noun, individual, seed, count=2):
    return drawn(toybox.shoot(toybox.subject(noun, individual, "validation"), count, seed))


@pytest.fixture(scope="module")
def side_by_side():
    """(3, 3, SIDE, SIDE): robot and duck, duck and robot, another robot and the duck."""
    robot, duck, other = (
        toybox.shoot(toybox.subject(noun, k, "validation"), 1, 90, ("grass",))[0]
        for noun, k in (("robot", 12), ("duck", 5), ("robot", 30))
    )
    scenes = []
    for left, right in ((robot, duck), (duck, robot), (other, duck)):
        pair = replace(left.things[0], at=(-0.6, 0.0)), replace(right.things[0], at=(0.6, 0.0))
        scenes.append(moved(replace(robot, things=pair, light="day", weather="clear"), 0.97, (0.0, 0.0)))
    return drawn(scenes)


def case(noun, individual, box, beside):
    subject = Subject(noun, noun, noun, f"<{noun}>")
    return Case(subject, shoot(noun, individual, 1), Eyes.load(), box=box, beside=beside)


def test_a_subject_succeeds_where_it_is_known_in_its_own_box(side_by_side):
    robot = case("robot", 12, LEFT, (shoot("duck", 5, 2),))
    assert RegionSuccess(robot)(side_by_side, [""] * 3) == [1.0, 0.0, 0.0]
    assert RegionSuccess(replace(robot, box=RIGHT))(side_by_side, [""] * 3) == [0.0, 1.0, 0.0]
    assert all(map(math.isnan, RegionSuccess(replace(robot, box=None))(side_by_side, [""] * 3)))


def test_a_swap_bleeds_and_an_unknown_of_the_class_does_not(side_by_side):
    robot = case("robot", 12, LEFT, (shoot("duck", 5, 2),))
    assert Bleed(robot)(side_by_side[:2], [""] * 2) == [0.0, 1.0]
    assert math.isnan(Bleed(replace(robot, beside=()))(side_by_side[:1], [""])[0])


def test_a_box_of_shares_cuts_pixels():
    pixels = torch.arange(4.0 * SIDE).view(1, 1, 4, SIDE).expand(1, 3, 4, SIDE)
    assert cut(pixels, (0.25, 0.5, 0.5, 0.5)).shape == (1, 3, 2, SIDE // 2)
    assert torch.equal(cut(pixels, (0.25, 0.5, 0.5, 0.5)), pixels[..., 2:, SIDE // 4 : 3 * SIDE // 4])
    assert cut(pixels, (1.0, 1.0, 0.1, 0.1)).shape == (1, 3, 1, 1)
