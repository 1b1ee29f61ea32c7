"""What every score promises that only judges of photos can tell."""

import math

import pytest
import torch

from pipelines.judging import Case
from pipelines.readers import Noted
from pipelines.spec import Subject
from pipelines.standards import KINDS, Standards
from tests.pipelines.promises import asked_of, kept_by_a_metric, kept_by_a_set_metric
from tests.pipelines.standards.squares import picture

METRICS, SET_METRICS = asked_of("metrics", photos=True), asked_of("set_metrics", photos=True)
PIXELS = torch.stack([picture((30, 20, 0)), picture((130, 100, 1), (30, 20, 0)), picture((30, 20, 1))])
PROMPTS = ["a person with a red hat", "a person at night", "a person at night"]


@pytest.fixture(scope="module")
def case(folder, owls, tmp_path_factory):
    """A person whose photos show light squares, which the judges of faces take for faces."""
    home = tmp_path_factory.mktemp("judges")
    for place in set(KINDS) - {"owl"}:
        (home / place).symlink_to(folder / place)
    (home / "owl").symlink_to(owls["owlv2"])
    subject, listed = Subject("a", "Ann", "person", "<ann>", kind="person"), {PROMPTS[0]: ("hat", "person")}
    noted = Noted((1, -1), torch.randn(17, 2, generator=torch.Generator().manual_seed(0)))
    return Case(subject, PIXELS[:2], Standards(home), listed=listed, noted=noted)


@pytest.mark.parametrize("name", METRICS)
def test_it_gives_each_picture_a_share_of_one_or_a_cosine(case, name):
    assert not all(map(math.isnan, kept_by_a_metric(name, case, PIXELS, PROMPTS)))


@pytest.mark.parametrize("name", SET_METRICS)
def test_it_gives_one_number_whatever_the_order(case, name):
    kept_by_a_set_metric(name, case, PIXELS, PROMPTS, PIXELS[1:].flip(3))
