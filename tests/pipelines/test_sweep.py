"""Rows of a sweep: which there are, how they are named, and what cannot be swept."""

import pytest

from pipelines import curves, sweep
from pipelines.errors import BadInput
from pipelines.tasks import Compare

TASK = Compare((), (("svdiff", {}), ("base", {})), ("{}",), (0,), "wall", scale=4.0)


def test_without_a_sweep_a_row_is_a_method():
    assert [(one.name, one.method, one.scale, one.strength) for one in sweep.lines(TASK)] == [
        ("svdiff", "svdiff", 4.0, 1.0), ("base", "base", 4.0, 1.0)
    ]  # fmt: skip
    assert (sweep.method_of("svdiff"), sweep.at("svdiff"), sweep.untuned("svdiff")) == ("svdiff", "", "base")


def test_the_base_is_swept_over_guidance_and_knows_no_strength():
    rows = sweep.lines(Compare((), TASK.recipes, ("{}",), (0,), "wall", scales=(7.5, 3.0, 3.0)))
    assert [(one.name, one.scale) for one in rows] == [
        ("svdiff--scale-3", 3.0), ("svdiff--scale-7.5", 7.5), ("base--scale-3", 3.0), ("base--scale-7.5", 7.5)
    ]  # fmt: skip
    assert [sweep.untuned(one.name) for one in rows[:2]] == [one.name for one in rows[2:]]
    assert (sweep.method_of(rows[1].name), sweep.at(rows[1].name)) == ("svdiff", "CFG 7.5")
    rows = sweep.lines(Compare((), TASK.recipes, ("{}",), (0,), "wall", scale=4.0, strengths=(0.5, 1.0)))
    assert [(one.name, one.scale, one.strength) for one in rows] == [
        ("svdiff--strength-0.5", 4.0, 0.5), ("svdiff--strength-1", 4.0, 1.0), ("base", 4.0, 1.0)
    ]  # fmt: skip
    assert sweep.untuned(rows[0].name) == "base" and sweep.at(rows[0].name) == "strength 0.5"


@pytest.mark.parametrize(
    "what, words, said",
    [
        ("scale", "3", "2 to 12"),
        ("scale", "3, x", "no numbers"),
        ("scale", "3, nan", "between 1 and 30"),
        ("scale", "0.5 3", "between 1 and 30"),
        ("strength", "0, 2.1", "between 0 and 2"),
        ("strength", " ".join(f"{k / 20}" for k in range(13)), "2 to 12"),
        ("strength", "", "2 to 12"),
    ],
)
def test_values_that_make_no_curve_are_refused_with_advice(what, words, said):
    with pytest.raises(BadInput, match=said) as refused:
        sweep.read(what, words)
    assert refused.value.advice


def test_values_are_read_as_people_write_them():
    assert sweep.read("scale", "7.5; 3,5") == (3.0, 5.0, 7.5)
    with pytest.raises(BadInput, match="at once"):
        sweep.lines(Compare((), TASK.recipes, ("{}",), (0,), "wall", scales=(1.0, 2.0), strengths=(0.5, 1.0)))


def test_a_curve_joins_its_points_in_their_order_and_keeps_markup_out():
    drawn = curves.drawn({"A & B": [(0.2, 0.4, "3"), (0.3, 0.6, "5")], "<one>": [(0.3, 0.4, "")]}, "across", "up")
    first, second = (part.split('"')[0] for part in drawn.split('points="')[1:])
    (x0, y0), (x1, y1) = (tuple(map(float, spot.split(","))) for spot in first.split())
    assert x0 < x1 and y0 > y1, "more to the right, more upwards"
    assert second.split(",")[0] == f"{x1:.1f}" and len(second.split()) == 1
    assert "A &amp; B" in drawn and "<one>" not in drawn
