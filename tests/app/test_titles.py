"""What is made bears one name wherever it is shown."""

import pytest

from app import titles
from pipelines.spec import Region, Scene, Subject
from pipelines.tasks import Tune

PIP, DOT = Subject("pip", "Pip", "robot", "<pip>"), Subject("dot", "Dot", "duck", "<dot>")


def test_runs_are_called_by_their_recipe_also_where_it_is_no_longer_there():
    assert titles.run(Tune((PIP, DOT), "svdiff", "x")) == "SVDiff on Pip and Dot"
    assert titles.run(Tune((PIP,), "gone_since", "x")) == "gone since on Pip"


@pytest.mark.parametrize(
    ("prompt", "said", "title"),
    [
        ("a robot on a beach", ("a duck",), "A robot on a beach"),
        ("", ("a duck", " ", "a robot"), "A duck, a robot"),
        (" ", (), "A picture without words"),
        ("x" * 200, (), "X" + "x" * (titles.LONGEST - 1)),
    ],
)
def test_pictures_are_called_by_their_words_or_those_of_their_regions(prompt, said, title):
    regions = tuple(Region((0.0, 0.0, 1.0, 1.0), prompt=words) for words in said)
    assert titles.picture(Scene(prompt, regions=regions)) == title
