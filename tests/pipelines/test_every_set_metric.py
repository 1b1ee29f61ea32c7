"""What every file in set_metrics/ promises."""

import pytest
import torch

from pipelines.judging import Case, SetJudges
from pipelines.spec import Subject
from tests.pipelines.promises import asked_of, kept_by_a_set_metric

SET_METRICS = asked_of("set_metrics", photos=False)
PROMPTS = ["a red cat on a beach", "a red cat on a beach", "a cat at night", "a cat at night"]


def pictures(seed, count):
    return torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def case(eyes):
    return Case(Subject("c1", "Tom", "cat", "<tom>"), pictures(1, 2), eyes)


@pytest.mark.parametrize("name", SET_METRICS)
def test_it_gives_one_number_whatever_the_order(case, name):
    kept_by_a_set_metric(name, case, pictures(2, 4), PROMPTS, pictures(3, 5))


def test_what_cannot_be_said_is_left_out(case):
    judges = SetJudges(case)
    told = judges(pictures(2, 2), ["a cat", "a cat on a beach"])
    assert judges.name == "untaught"
    assert set(SET_METRICS) - set(told) == {"fid", "kid", "cmmd", "diversity"}
