"""What every file in metrics/ promises."""

import math
from copy import copy
from dataclasses import replace

import pytest
import torch

from pipelines import catalogue
from pipelines.judging import Case, Judges, SetJudges
from tests.pipelines.promises import asked_of, kept_by_a_metric

METRICS = asked_of("metrics", photos=False)
PROMPTS = ["a red cat on a beach", "a cat at night", "a cat on the moon", "a cat in a kitchen", "a cat",
           "a cat in a top hat on the left and a robot on the right"]  # fmt: skip


@pytest.fixture(scope="module")
def case(eyes):
    from pipelines.spec import Subject

    photos, other = torch.rand(2, 3, 3, 64, 64, generator=chance())
    box, masks = (0.1, 0.2, 0.5, 0.6), torch.rand(3, 64, 64, generator=chance()).round()
    return Case(Subject("c1", "Tom", "cat", "<tom>"), photos, eyes, masks, box, (other,))


def chance():
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("name", METRICS)
def test_it_gives_each_picture_a_share_of_one_or_a_cosine(case, name):
    scores = kept_by_a_metric(name, case, torch.rand(len(PROMPTS), 3, 48, 64, generator=chance()), PROMPTS)
    if "cover" not in catalogue.load("metrics", name).looks:  # judges that learnt nothing find nobody
        assert not all(map(math.isnan, scores))


def test_judges_leave_out_what_cannot_be_said(case):
    judges = Judges(replace(case, box=None))
    told = judges(torch.rand(2, 3, 64, 64, generator=chance()), ["a cat at night", "a cat"])
    assert judges.name == "untaught"
    silent = {
        "place_leakage",
        "bleed",
        "region_success",
        "masked_likeness",
        "masked_likeness_clip",
        "objects",
        "relation",
    }
    assert set(METRICS) - set(told[0]) <= silent
    assert set(told[0]) - set(told[1]) == {"attributes"}


def test_how_a_number_came_about_names_every_judge_that_was_asked(case):
    for judges in (Judges(case), SetJudges(case)):
        for name, metric in judges.metrics.items():
            words = judges.how[name]
            assert words.startswith(metric.how) and all(case.eyes.recipes[look] in words for look in metric.looks)


def test_a_score_whose_judge_is_not_there_is_left_out(case, eyes):
    blind = copy(eyes)
    blind.recipes = {name: words for name, words in eyes.recipes.items() if name != "read"}
    left = set(Judges(replace(case, eyes=blind)).metrics)
    assert "likeness" in left and not left & {"attributes", "place_leakage", "position_leakage"}
