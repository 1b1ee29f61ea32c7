"""The bench of what regions cost: its equivalences hold on the tiny model, and its ratios are ratios of times."""

import time

import pytest
import torch

from pipelines.benchmarks import BENCHES, regions_speed
from pipelines.benchmarks.regions_speed import costs, reference, scene, standing, tuned
from pipelines.benchmarks.turns import WARM, in_turn


@pytest.mark.parametrize("kind", ["words", "files"])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_the_reference_loop_is_the_same_prediction(tiny, kind, count):
    asked, spoken = scene(count, kind), tuned(tiny, count) if kind == "files" else {}
    ours, other = standing(tiny, asked, spoken), standing(tiny, asked, spoken, op=reference)
    with torch.no_grad():
        assert (ours() - other()).abs().max() <= regions_speed.CLOSE
        assert torch.equal(ours(), ours())
    assert len(asked.regions) == count and len({one.box for one in asked.regions}) == count


def test_costs_are_ratios_and_a_wrong_answer_is_not_timed(tiny, monkeypatch):
    told = costs(tiny, "files", 2, 1)
    assert set(told) == {"plain", "ours", "seen", "reference", "blend"} and all(value > 0 for value in told.values())
    monkeypatch.setattr(regions_speed, "CLOSE", -1.0)
    with pytest.raises(AssertionError, match="another prediction"):
        costs(tiny, "words", 2, 1)
    assert "regions-speed" in BENCHES


def test_every_number_of_regions_that_was_promised_is_held_against_it(monkeypatch, tmp_path):
    told = {"ours": 1.2, "seen": 1.6, "plain": 0.1, "reference": 1.2, "blend": 3.0}
    monkeypatch.setattr(regions_speed.Parts, "part", lambda self, name, make: told)
    parts = regions_speed.Parts(tmp_path, say=lambda words: None)
    found = {one.name: one for one in regions_speed.run(parts, quick=False)}
    asked = {name: (one.target, one.ok) for name, one in found.items() if one.target is not None}
    assert asked["words_4_regions"] == (1.15, False) and asked["files_4_regions"] == (1.5, True)
    assert asked["words_4_regions_seen"] == (1.15, False) and asked["files_4_regions_seen"] == (1.5, False)
    drawn = (parts.home / "regions-cost.svg").read_text("utf-8")
    assert drawn.count("<polyline") == 4 and drawn.count("<circle") == 4 * len(regions_speed.COUNTS)
    assert "files, watched" in drawn and "1.6×" in drawn
    assert asked["words_8_reference"] == (1.3, False) and asked["files_8_blend"] == (2.5, True)


def test_two_functions_are_timed_in_turn_by_their_own_time():
    order = []

    def work(name, rounds):
        order.append(name)
        began = time.process_time()
        while time.process_time() - began < rounds:
            pass

    one, two = in_turn(lambda: work("a", 0.004), lambda: work("b", 0.012), 3)
    assert order == ["a", "b"] * (3 + WARM) and 1.5 < two / one < 6
