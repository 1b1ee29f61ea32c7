"""A recipe's class becomes plain values: what it touches, its plan in tags, one entry a knob."""

import json

from components.recipe_sheet import sheet, sheets
from tests.components.sample_recipes import RECIPES, Layered


def test_families_come_in_the_surveys_order():
    assert [one["name"] for one in sheets(RECIPES)] == ["whole", "layered"]


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


def test_a_sheet_is_json():
    assert json.loads(json.dumps(sheets(RECIPES)))[1]["knobs"][0]["value"] == 800
