"""What every file in metrics/ promises."""

import math

import pytest
import torch

from pipelines import catalogue
from pipelines.judging import Case, Judges

METRICS = catalogue.names("metrics")


@pytest.fixture(scope="module")
def case(eyes):
    from pipelines.spec import Subject

    return Case(Subject("c1", "Tom", "cat", "<tom>"), torch.rand(3, 3, 64, 64, generator=chance()), eyes)


def chance():
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("name", METRICS)
def test_it_gives_each_picture_a_share_of_one(case, name):
    kind = catalogue.load("metrics", name)
    assert kind.label and kind.how.endswith(".")
    metric, pixels = kind(case), torch.rand(3, 3, 48, 64, generator=chance())
    prompts = ["a red cat on a beach", "a cat at night", "a cat"]
    scores = list(metric(pixels, prompts))
    assert len(scores) == 3 and all(0 <= one <= 1 or math.isnan(one) for one in scores)
    assert not math.isnan(scores[0])
    again = [metric(pixels[k : k + 1], prompts[k : k + 1])[0] for k in range(3)]
    assert scores == pytest.approx(again, abs=1e-4, nan_ok=True)


def test_judges_leave_out_what_cannot_be_said(case):
    judges = Judges(case)
    told = judges(torch.rand(2, 3, 64, 64, generator=chance()), ["a cat on a beach", "a cat"])
    assert judges.name == "untaught"
    assert set(told[0]) == set(METRICS) and set(told[1]) == set(METRICS) - {"attributes"}
