"""A recipe's class becomes plain values: what it touches, its plan in tags, one entry a knob."""

import json
from dataclasses import dataclass

import pytest

from components.recipe_sheet import offers, sheet, sheets
from pipelines import catalogue
from pipelines.spec import FAMILIES, Phase, Plan, knob
from tests.components.sample_recipes import RECIPES, Layered, Whole


def test_families_come_in_the_surveys_order():
    assert [one["name"] for one in sheets(RECIPES)] == ["whole", "layered"]
    every = catalogue.recipes()
    assert tuple(dict.fromkeys(one.family for one in every.values())) == FAMILIES
    assert [one["name"] for one in sheets(dict(reversed(every.items())))] == list(every), "everywhere in one order"


def test_squares_say_what_is_learnt():
    by_name = {one["name"]: one["learns_in"] for one in sheets(RECIPES)}
    assert by_name == {"layered": [True, True, False], "whole": [False, False, True]}


def test_tags_name_each_idea_once_in_order():
    assert sheet("layered", Layered)["tags"] == [
        ("edit", "layered tokens"),
        ("edit", "lora rank 4"),
        ("loss", "denoise"),
        ("loss", "denoise (prior)"),
        ("data", "masked crop"),
    ]


def test_knobs_carry_kind_range_and_scale():
    knobs = {one["name"]: one for one in sheet("layered", Layered)["knobs"]}
    assert {name: one["kind"] for name, one in knobs.items()} == {
        "steps": "whole", "rate": "number", "masked": "tick", "where": "choice", "mix": "number",
    }  # fmt: skip
    assert (knobs["rate"]["scale"], knobs["steps"]["scale"], knobs["mix"]["scale"]) == ("log", "even", "even")
    assert knobs["where"]["choices"] == ["unet", "text", "both"] and knobs["where"]["group"] == "Memory and speed"
    assert knobs["mix"]["when"] == "two or more subjects"


def test_what_another_base_changes_is_told_beside():
    drawn, whole = sheet("layered", Layered), sheet("whole", Whole)
    assert {one["name"]: one["large"] for one in drawn["knobs"] if "large" in one} == {"steps": 2000, "rate": 1e-5}
    assert [one["knobs"] for one in drawn["large"].pop("offers")] == [{"steps": 667}] and drawn["large"] == {}
    assert whole["large"] == {} and "large" not in whole["knobs"][0]
    real = sheet("dreambooth_lora", catalogue.recipe("dreambooth_lora"))
    assert ("edit", "lora rank 8") in real["tags"] and ("edit", "lora rank 4") in real["large"]["tags"]


@pytest.mark.parametrize("name", catalogue.names("recipes"))
def test_what_is_learnt_is_the_same_on_every_base(name):
    assert "learns_in" not in sheet(name, catalogue.recipe(name))["large"], "the rows do not ask which base it is"


def test_a_sheet_is_json():
    assert json.loads(json.dumps(sheets(RECIPES)))[1]["knobs"][0]["value"] == 800


@dataclass(frozen=True)
class Odd(Layered):
    """Two phases, and whole numbers that are neither steps nor batches; half of them go no lower."""

    steps: int = knob(90, 60, 3000, "Steps")
    rounds: int = knob(30, 1, 100, "Rounds")
    rank: int = knob(8, 1, 64, "Rank")
    batch: int = knob(4, 2, 16, "Batch")

    def plan(self) -> Plan:
        return Plan((Phase(self.steps, 1e-4, self.batch), Phase(2 * self.rounds, 1e-4, 1)))


def test_quick_and_little_settings_follow_from_what_knobs_do_to_the_plan():
    assert [(one["name"], one["knobs"]) for one in offers(Layered)] == [("Quick", {"steps": 267})]
    assert [(one["name"], one["knobs"]) for one in offers(Odd)] == [
        ("Quick", {"steps": 60, "rounds": 10}), ("Little memory", {"batch": 2}),
    ]  # fmt: skip


@pytest.mark.parametrize("name", catalogue.names("recipes"))
def test_every_recipe_takes_what_it_is_offered(name):
    recipe, found = catalogue.recipe(name), {one["name"]: one["knobs"] for one in offers(catalogue.recipe(name))}
    choices = [{knob.name: choice} for knob in recipe.knobs() for choice in knob.metadata.get("choices", ())]
    for chosen in ({}, *choices):
        plain, quick, little = (
            recipe.with_knobs(knobs | chosen).plan().phases
            for knobs in ({}, found["Quick"], found.get("Little memory", {}))
        )
        assert sum(one.steps for one in quick) < sum(one.steps for one in plain) / 2, chosen
        assert all(one.batch == 1 for one in little), "or one picture at a time as it is"


def test_a_recipe_is_looked_through_once_however_many_pages_come():
    assert sheet("layered", Layered) is sheet("layered", Layered) is not sheet("whole", Whole)
