"""Scores whose known order is upside down are doubted, in words; missing ones are not."""

from pipelines.toybench.sanity import doubts


def row(method: str, group: str = "single", **scores: float) -> dict:
    return {"group": group, "method": method, "scores": {name: {"value": value} for name, value in scores.items()}}


def test_rows_in_their_order_raise_no_doubt():
    rows = [row("renders", identity=1.0, copy=0.6, place_leakage=0.0), row("base", identity=0.1, copy=0.2),
            row("photos", identity=1.0, copy=1.0, place_leakage=1.0)]  # fmt: skip
    assert doubts(rows) == []


def test_rows_upside_down_are_named_with_their_group():
    rows = [row("renders", "people", identity=0.1, copy=0.9), row("base", "people", identity=0.1),
            row("photos", "people", copy=0.8)]  # fmt: skip
    first, second = doubts(rows)
    assert "identity in people" in first and "0.100 and 0.100" in first and "copy in people" in second


def test_what_is_not_there_is_not_doubted():
    assert doubts([row("renders", identity=0.1), row("photos")]) == [] and doubts([]) == []
