"""The studio bench runs from end to end: a studio, a Chromium, every figure."""

import json

import pytest

from app import cli
from app.bases import STARTER

pytestmark = pytest.mark.skipif(
    not (STARTER / "model_index.json").exists(), reason="assets/starter is not in this checkout: nothing can be made"
)
HOPED = {
    "page_ready_s": 3, "tab_switch_ms_p95": 150, "components_at_rest": 300, "frames_mask_stroke": 59,
    "frames_box_drag": 59, "click_to_mask_ms_p95_idle": 200, "click_to_mask_ms_p95_tuning": 500,
    "first_preview_s": 0.5, "previews_cost_percent": 3,
}  # fmt: skip


@pytest.mark.slow
def test_every_figure_is_measured(capsys):
    assert cli.main(["bench", "studio", "--quick", "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    figures = {one["name"]: one for one in found["figures"]}
    assert {name: figures[name]["target"] for name in HOPED} == HOPED
    assert all(one["value"] > 0 for name, one in figures.items() if name != "previews_cost_percent")
    assert figures["components_at_rest"]["ok"]
