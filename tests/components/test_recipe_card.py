"""The card shows one recipe and starts with the first."""

import json

from components.recipe_card import RecipeCard
from tests.components.sample_recipes import RECIPES


def test_it_starts_with_the_first_recipe():
    card = RecipeCard(RECIPES, render=False)
    assert card.value == "layered"
    assert [one["title"] for one in json.loads(card.props["sheets"])] == ["Whole", "Layered"]


def test_it_knows_why_a_recipe_cannot_run():
    assert RecipeCard(RECIPES, off={"whole": "It needs two."}, render=False).props["off"] == {"whole": "It needs two."}
