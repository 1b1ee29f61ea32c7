import math
from dataclasses import replace
from statistics import fmean

import pytest
import torch

from pipelines import catalogue, toybox
from pipelines.eyes import Eyes
from pipelines.judging import Case
from pipelines.metrics.found import Found
from pipelines.spec import Subject
from tests.pipelines.metrics.shots import drawn, masks

ROBOT = Subject("r", "Pip", "robot", "<pip>")
PAIRS = (("masked_likeness", "likeness"), ("masked_likeness_clip", "likeness_clip"))
WHO = toybox.subject("robot", 12, "validation")


@pytest.fixture(scope="module")
def photographed():
    return toybox.shoot(WHO, 3, 12, ("beach", "moon", "kitchen"))


@pytest.fixture(scope="module")
def case(photographed):
    return Case(ROBOT, drawn(photographed), Eyes.load(), masks(photographed))


@pytest.mark.parametrize("name, whole", PAIRS)
def test_another_background_moves_it_less_than_the_whole_picture(case, name, whole):
    fresh = toybox.shoot(WHO, 3, 60, ("grass", "snow", "street"))
    kept = [replace(scene, place=place) for scene, place in zip(fresh, ("beach", "moon", "kitchen"), strict=True)]
    pixels, moves = (drawn(kept), drawn(fresh)), {}
    for one in (name, whole):
        metric = catalogue.load("metrics", one)(case)
        moves[one] = abs(fmean(metric(pixels[0], [""] * 3)) - fmean(metric(pixels[1], [""] * 3)))
    assert moves[name] < moves[whole]


def test_other_individuals_move_it_more_than_the_whole_picture(case):
    others = [toybox.subject("robot", k, "validation") for k in range(40, 46)]
    own, *rest = (drawn(toybox.shoot(who, 3, 60, ("grass", "snow", "street"))) for who in (WHO, *others))
    falls = {}
    for one in ("masked_likeness", "likeness"):
        metric = catalogue.load("metrics", one)(case)
        falls[one] = fmean(metric(own, [""] * 3)) - fmean(x for pixels in rest for x in metric(pixels, [""] * 3))
    assert falls["masked_likeness"] > 1.3 * falls["likeness"] > 0


def test_what_lies_outside_a_mask_does_not_count_beyond_what_a_place_sees(case):
    pixels = drawn(toybox.shoot(WHO, 1, 60, ("grass",)))
    everywhere = torch.ones(1, 4, 4)
    assert torch.allclose(case.eyes.likeness_within(pixels, everywhere), case.eyes.likeness(pixels), atol=1e-5)
    assert torch.allclose(case.eyes.pictures_within(pixels, everywhere), case.eyes.pictures(pixels), atol=1e-5)
    half = torch.zeros(1, 4, 4)
    half[:, :2] = 1
    fine = torch.zeros(1, 96, 96)
    fine[:, :48] = 1
    assert torch.allclose(case.eyes.likeness_within(pixels, half), case.eyes.likeness_within(pixels, fine), atol=1e-5)
    assert not torch.allclose(case.eyes.likeness_within(pixels, half), case.eyes.likeness(pixels), atol=1e-2)


@pytest.mark.parametrize("name", [name for name, _ in PAIRS])
def test_it_is_silent_where_the_subject_is_not_found(case, name):
    stranger = drawn(toybox.shoot(toybox.subject("teapot", 3, "validation"), 1, 3, ("grass",)))
    own = drawn(toybox.shoot(WHO, 1, 50, ("grass",)))
    told = catalogue.load("metrics", name)(case)(torch.cat([own, stranger]), [""] * 2)
    assert told[0] > 0 and math.isnan(told[1])
    assert Found(case)(torch.cat([own, stranger]), [""] * 2) == [1.0, 0.0]
