"""What every file in set_metrics/ promises."""

import math

import pytest
import torch

from pipelines import catalogue
from pipelines.judging import Case, SetJudges
from pipelines.spec import Subject

SET_METRICS = catalogue.names("set_metrics")
PROMPTS = ["a red cat on a beach", "a red cat on a beach", "a cat at night", "a cat at night"]


def pictures(seed, count):
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def case(eyes):
    return Case(Subject("c1", "Tom", "cat", "<tom>"), pictures(1, 2), eyes)


@pytest.mark.parametrize("name", SET_METRICS)
def test_it_gives_one_number_whatever_the_order(case, name):
    kind = catalogue.load("set_metrics", name)
    assert kind.label and kind.how.endswith(".") and kind.better in ("more", "less")
    metric, pixels, against = kind(case), pictures(2, 4), pictures(3, 5)
    value = metric(pixels, PROMPTS, against)
    assert isinstance(value, float) and math.isfinite(value)
    turned = metric(pixels.flip(0), PROMPTS[::-1], against.flip(0))
    assert turned == pytest.approx(value, abs=1e-4, rel=1e-4)


def test_what_cannot_be_said_is_left_out(case):
    judges = SetJudges(case)
    told = judges(pictures(2, 2), ["a cat", "a cat on a beach"])
    assert judges.name == "untaught"
    assert set(SET_METRICS) - set(told) == {"fid", "kid", "cmmd", "diversity"}
