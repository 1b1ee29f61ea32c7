"""The rows' value: known names in the list's order, whatever a page sends."""

import pytest

from components.recipe_rows import RecipeRows
from tests.components.sample_recipes import RECIPES


@pytest.fixture
def rows():
    return RecipeRows(RECIPES, off={"layered": "two subjects only"}, render=False)


def test_the_first_recipe_that_can_run_is_chosen(rows):
    assert rows.value == {"current": "whole", "chosen": ["whole"]}


def test_a_value_comes_in_in_the_lists_order(rows):
    value = {"current": "whole", "chosen": ["whole", "layered"]}
    assert rows.preprocess(value) == {"current": "whole", "chosen": ["layered", "whole"]}


@pytest.mark.parametrize("hostile", [None, 7, {"chosen": "layered"}, {"current": {}, "chosen": [{}, "nobody", 3]}])
def test_hostile_values_name_nothing(rows, hostile):
    assert rows.preprocess(hostile) == {"current": None, "chosen": []}
