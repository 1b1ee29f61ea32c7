"""The trade-off: its staircase, who copies, and the sentence that reads it."""

import random

import pytest

from components.tradeoff_plot import Plot, Point, TradeoffPlot, copying, front, reading

BASE = Point("base", "D", "Untuned base", 0.32, 0.34, "base")
MOS = Point("mos", "A", "Mix-of-Show", 0.312, 0.81)
BOOTH = Point("db", "B", "DreamBooth", 0.262, 0.86)
CUSTOM = Point("cd", "C", "Custom Diffusion", 0.318, 0.70)


@pytest.mark.parametrize("seed", range(5))
def test_the_front_holds_exactly_what_nothing_beats(seed):
    rng = random.Random(seed)
    points = [(rng.random(), rng.random()) for _ in range(40)]
    on = set(front(points))
    for i, (x, y) in enumerate(points):
        beaten = any(a >= x and b >= y and (a, b) != (x, y) for a, b in points)
        assert (i in on) != beaten


def test_the_front_runs_from_left_to_right_and_falls():
    stairs = [(0.2, 0.9), (0.3, 0.5), (0.25, 0.4), (0.4, 0.5), (0.5, 0.1)]
    assert front(stairs) == [0, 3, 4]


def test_of_equal_points_one_is_on_the_front():
    assert front([(0.5, 0.5), (0.5, 0.5)]) == [0]
    assert front([]) == []


def test_copying_needs_a_base_to_compare_with():
    assert copying([MOS, BOOTH, CUSTOM]) == set()
    assert copying([MOS, BOOTH, CUSTOM, BASE]) == {"db"}


def test_less_of_both_is_not_copying():
    assert copying([Point("x", "X", "X", 0.1, 0.2), BASE]) == set()


def test_a_swept_method_is_held_against_the_base_at_the_same_value():
    bases = [Point(f"b{at}", "B", "Untuned base", x, 0.3, "base", "base", at) for at, x in (("3", 0.2), ("7", 0.4))]
    points = [Point(f"a{at}", "A", "A", 0.25, 0.6, "method", "a", at) for at in ("3", "7")]
    assert copying([*points, *bases]) == {"a7"}
    assert reading(Plot("Pip", (*points, *bases), swept="CFG scale"))[0] != "A is alone so far."


def test_the_sentence_names_the_best_that_does_not_copy():
    finding, rest = reading(Plot("Pip", (MOS, BOOTH, CUSTOM, BASE)))
    assert finding == "Mix-of-Show keeps Pip best without copying."
    assert "Custom Diffusion follows words better." in rest and "DreamBooth repeats its photos" in rest


def test_the_sentence_when_there_is_little_to_say():
    assert reading(Plot("Pip", ())) == ("", "")
    assert reading(Plot("Pip", (MOS,)))[0] == "Mix-of-Show is alone so far."
    assert reading(Plot("Pip", (BOOTH, BASE)))[0] == "DreamBooth is alone so far."
    assert "Every method copies" in reading(Plot("Pip", (BOOTH, Point("e", "E", "E", 0.2, 0.9), BASE)))[0]


def test_the_staircase_waits_for_three_methods():
    plot = TradeoffPlot(render=False)
    assert plot.postprocess(Plot("Pip", (MOS, CUSTOM, BASE)))["front"] == []
    out = plot.postprocess(Plot("Pip", (MOS, BOOTH, CUSTOM, BASE)))
    assert out["front"] == [[0.262, 0.86], [0.312, 0.81], [0.318, 0.70], [0.32, 0.34]] and out["copies"] == ["db"]
    assert plot.postprocess(None) is None
