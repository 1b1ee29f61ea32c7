"""How regions meet: the value names a way that is there and only knobs it has; every way can be drawn."""

import json

import pytest

from components.how_choice import HowChoice, settle, sheet
from pipelines import catalogue

HOWS = catalogue.hows()
USUAL = {"how": "region_route", "knobs": {}}


@pytest.mark.parametrize(
    "payload, value",
    [(None, USUAL), (3, USUAL), ({"how": ["x"]}, USUAL), ({"how": "gone", "knobs": {"others": True}}, USUAL),
     ({"how": "region_route", "knobs": {"others": True, "x": 1}}, {"how": "region_route", "knobs": {"others": True}}),
     ({"how": "cones_layout", "knobs": {"weight": "much", "again": [2]}},
      {"how": "cones_layout", "knobs": {"weight": "much"}}),
     ({"how": "region_blend", "knobs": "x"}, {"how": "region_blend", "knobs": {}})],
)  # fmt: skip
def test_only_what_is_known_comes_in(payload, value):
    assert settle(payload, HOWS) == value
    choice = HowChoice(HOWS, render=False)
    assert choice.preprocess(payload) == choice.postprocess(payload) == value


@pytest.mark.parametrize("name", HOWS)
def test_every_way_can_be_drawn(name):
    drawn = sheet(name, HOWS[name])
    assert json.dumps(drawn) and drawn["cost"] >= 1 and drawn["says"]
    words, files = drawn["costs"]["words"], drawn["costs"]["files"]
    assert len(words) == len(files) == 8 and all(more >= one >= 1 for one, more in zip(words, files, strict=True))
    assert words == sorted(words) and words[1] == pytest.approx(drawn["cost"], abs=0.06)
    assert [one["name"] for one in drawn["knobs"]] == [field.name for field in HOWS[name].knobs()]
