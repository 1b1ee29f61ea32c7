"""The form's value: what was changed comes in whole, what no recipe has is left out, presets are checked."""

import pytest

from components.recipe_form import RecipeForm, knobs_of, settle
from pipelines.errors import BadInput
from tests.components.sample_recipes import RECIPES, Layered


class Shelf(dict):
    """Presets in memory."""

    def of(self, recipe):
        return self.setdefault(recipe, {})

    def keep(self, recipe, name, knobs):
        self.of(recipe)[name] = knobs

    def drop(self, recipe, name):
        self.of(recipe).pop(name, None)


@pytest.fixture
def form():
    return RecipeForm(RECIPES, presets=Shelf(), render=False)


def test_a_value_comes_in_as_it_is(form):
    value = {"recipe": "layered", "knobs": {"steps": 600, "masked": False}, "kept": {"whole": {"steps": 100}}}
    assert form.preprocess(value) == value
    assert knobs_of(value, "layered") == {"steps": 600, "masked": False}
    assert knobs_of(value, "whole") == {"steps": 100}


@pytest.mark.parametrize(
    "hostile", [None, "x", [], {"recipe": 3}, {"recipe": ["layered"]}, {"recipe": "../spec", "knobs": {"steps": 1}}]
)
def test_a_value_without_a_known_recipe_is_empty(form, hostile):
    assert form.preprocess(hostile) == {"recipe": None, "knobs": {}, "kept": {}}


def test_unknown_knobs_and_nested_values_are_dropped():
    knobs = {"steps": 600, "__class__": "x", "rate": {"$": 1}, "where": ["unet"]}
    assert settle({"recipe": "layered", "knobs": knobs, "kept": {"nobody": {"steps": 1}}}, RECIPES) == {
        "recipe": "layered", "knobs": {"steps": 600}, "kept": {},
    }  # fmt: skip


def test_a_value_out_of_range_stays_so_that_the_recipe_refuses_it(form):
    value = form.preprocess({"recipe": "layered", "knobs": {"rate": 100}})
    with pytest.raises(BadInput, match="goes from 1e-6 to 0.01"):
        Layered.with_knobs(knobs_of(value, "layered"))


def test_presets_are_kept_listed_and_dropped(form):
    kept = form.preset_keep({"recipe": "layered", "name": " Quick ", "knobs": {"steps": 100, "evil": 1}}, None)
    assert kept == {"ok": True, "presets": [{"name": "Quick", "knobs": {"steps": 100}}]}
    assert form.presets_of({"recipe": "layered"}, None) == kept
    assert form.preset_drop({"recipe": "layered", "name": "Quick"}, None) == {"ok": True, "presets": []}


@pytest.mark.parametrize(
    "payload", [None, {}, {"recipe": "nobody", "name": "x"}, {"recipe": "layered", "name": ""},
                {"recipe": "layered", "name": "x" * 61}, {"recipe": "layered", "name": "x", "knobs": {"steps": 1}}]
)  # fmt: skip
def test_a_bad_preset_is_refused_in_words(form, payload):
    answer = form.preset_keep(payload, None)
    assert answer["ok"] is False and answer["error"]
