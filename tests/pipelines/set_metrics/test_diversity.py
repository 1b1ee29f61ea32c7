import math
from itertools import combinations

import pytest
import torch

from pipelines.judging import Case
from pipelines.set_metrics.diversity import Diversity, distance


def test_stages_by_hand():
    a, b = [torch.zeros(1, 2, 1, 2)], [torch.tensor([[[[1.0, 0.0]], [[2.0, 0.0]]]])]
    assert distance(a, b) == pytest.approx(2.5)
    assert distance(a * 2, b * 2) == pytest.approx(5)


@pytest.fixture
def pixels():
    return torch.rand(5, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_only_pictures_of_one_prompt_are_compared_and_every_prompt_counts_alike(eyes, cat, pixels):
    stages = eyes.layers(pixels)
    d = {(a, b): distance([s[[a]] for s in stages], [s[[b]] for s in stages]) for a, b in combinations(range(5), 2)}
    metric = Diversity(Case(cat, pixels, eyes))
    found = metric(pixels, ["x", "y", "x", "x", "y"])
    assert found == pytest.approx(((d[0, 2] + d[0, 3] + d[2, 3]) / 3 + d[1, 4]) / 2, rel=1e-5)
    assert math.isnan(metric(pixels, list("abcde")))


def test_equal_pictures_have_none_and_the_distance_is_symmetric(eyes, cat, pixels):
    assert Diversity(Case(cat, pixels, eyes))(pixels[[0, 0, 0]], ["x"] * 3) == pytest.approx(0, abs=1e-9)
    stages = eyes.layers(pixels[:2])
    assert len(stages) == 3 and all(s.norm(dim=1) == pytest.approx(1, abs=1e-4) for s in stages)
    one, two = [s[[0]] for s in stages], [s[[1]] for s in stages]
    assert distance(one, two) == pytest.approx(distance(two, one)) and distance(one, two) > 0
