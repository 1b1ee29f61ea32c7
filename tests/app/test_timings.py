"""The studio bench: its arithmetic, what it says where there is no browser, and all of it once, from end to end."""

import json
import sys

import numpy as np
import pytest

from app import cli
from app.bases import STARTER
from app.timings.arithmetic import cost, quantile, rate

HOPED = {
    "page_ready_s": 3, "tab_switch_ms_p95": 150, "components_at_rest": 300, "frames_mask_stroke": 59,
    "frames_box_drag": 59, "click_to_mask_ms_p95_idle": 200, "click_to_mask_ms_p95_tuning": 500,
    "first_preview_s": 0.5, "previews_cost_percent": 3,
}  # fmt: skip


def test_quantiles_are_numpys():
    values = [5.0, 1.0, 9.0, 3.0, 7.0, 2.0]
    for share in (0.0, 0.05, 0.5, 0.95, 1.0):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share))
    assert quantile([4.0], 0.95) == 4.0
    for values, share in (([], 0.5), ([1.0], 1.5)):
        with pytest.raises(ValueError, match="no quantile"):
            quantile(values, share)


def test_a_rate_counts_what_lies_between():
    assert rate([1000 / 60 * i for i in range(61)]) == pytest.approx(60)
    assert rate([100.0, 100.0]) == rate([5.0]) == rate([]) == 0


def test_a_cost_is_a_ratio_of_medians():
    assert cost([1.03, 9.0, 1.03], [1.0, 1.0, 0.2]) == pytest.approx(3)
    assert cost([0.9], [1.0]) == pytest.approx(-10)


def test_without_playwright_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert cli.main(["bench", "studio"]) == 1
    assert "python -m pip install playwright" in capsys.readouterr().err


def test_without_chromium_it_says_so(monkeypatch, capsys):
    pytest.importorskip("playwright")
    for name in ("whole_browser", "test_browser"):
        monkeypatch.setattr(f"app.timings.window.{name}", lambda: None)
    assert cli.main(["bench", "studio"]) == 1
    assert "no Chromium" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(not (STARTER / "model_index.json").exists(), reason="assets/starter is not in this checkout")
def test_every_figure_is_measured(capsys):
    assert cli.main(["bench", "studio", "--quick", "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    figures = {one["name"]: one for one in found["figures"]}
    assert {name: figures[name]["target"] for name in HOPED} == HOPED
    assert all(one["value"] > 0 for name, one in figures.items() if name != "previews_cost_percent")
    assert figures["components_at_rest"]["ok"]
