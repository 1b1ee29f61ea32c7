"""The arithmetic of the studio bench, and what it says where there is no browser."""

import sys

import numpy as np
import pytest

from app import cli
from app.timings.arithmetic import cost, quantile, rate


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
    monkeypatch.setattr("app.timings.window.chromium", lambda: None)
    assert cli.main(["bench", "studio"]) == 1
    assert "no Chromium" in capsys.readouterr().err
