"""Every statistic on cases small enough to count by hand."""

import math

import numpy as np
import pytest

from pipelines import statistics as s
from pipelines.errors import BadInput


def test_subjects_are_averaged_before_they_are_drawn():
    assert s.by_subject([("a", 1.0), ("b", 0.0), ("a", 0.0), ("a", 0.5)]) == {"a": 0.5, "b": 0.0}


def test_an_interval_holds_the_middle_of_drawn_means():
    assert s.bootstrap([0.25]) == (0.25, 0.25)
    assert s.bootstrap([0.3, 0.3, 0.3]) == pytest.approx((0.3, 0.3))
    # Of two values, a quarter of the samples is all low and a quarter all high: the interval is the whole range.
    assert s.bootstrap([0.0, 1.0]) == (0.0, 1.0)
    values = np.random.default_rng(3).normal(0.5, 0.1, 100)
    low, high = s.bootstrap(values)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 10, rel=0.05) and low < values.mean() < high
    assert s.bootstrap(values) == (low, high)


def test_a_paired_test_counts_changes_of_signs():
    # Three pairs all in one direction: 2 of the 8 changes of signs are as extreme.
    told = s.paired([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    assert told["difference"] == 2.0 and told["p"] == 0.25
    assert s.paired([1, 2, 3, 4, 5, 6.0], [0] * 6)["p"] == 2 / 64
    assert s.paired([1.0, 0.0], [0.0, 1.0]) == {"difference": 0.0, "low": -1.0, "high": 1.0, "p": 1.0}
    # Off by 1, 1, -1: sums of 1 or more in size happen always.
    assert s.paired([1.0, 1.0, 0.0], [0.0, 0.0, 1.0])["p"] == 1.0
    many = s.paired([0.1] * 30, [0.0] * 30)
    assert 0 < many["p"] <= 2 / 10_000 and many["low"] == pytest.approx(0.1)


def test_many_columns_at_once_come_out_as_each_by_itself():
    table = np.random.default_rng(5).normal(size=(16, 70))
    table[:, 3] = 0.25
    assert s.intervals(table) == pytest.approx(np.array([s.bootstrap(column) for column in table.T[:70]]))
    assert s.flipped(table) == pytest.approx([s.paired(column, [0.0] * 16)["p"] for column in table.T])


def test_ties_share_ranks():
    assert s.ranked([3.0, 1.0, 3.0, 2.0]).tolist() == [3.5, 1.0, 3.5, 2.0]
    assert s.mean_ranks({"a": [0.9, 0.5], "b": [0.8, 0.5], "c": [0.1, 0.6]}) == {"a": 1.75, "b": 2.25, "c": 2.0}
    with pytest.raises(BadInput, match="same subjects"):
        s.mean_ranks({"a": [1.0], "b": [1.0, 2.0]})


def test_the_hypervolume_of_two_points():
    assert s.hypervolume([(0.6, 0.30), (0.7, 0.28)], (0.5, 0.2)) == pytest.approx(0.018)
    assert s.hypervolume([(0.6, 0.30), (0.7, 0.28), (0.55, 0.25), (0.4, 0.9)], (0.5, 0.2)) == pytest.approx(0.018)
    assert s.hypervolume([(0.6, 0.3), (0.6, 0.4)], (0.5, 0.2)) == pytest.approx(0.02)
    assert s.hypervolume([], (0.5, 0.2)) == 0 and s.hypervolume([(0.5, 0.9)], (0.5, 0.2)) == 0


def test_votes_between_two_have_a_closed_form():
    found = s.bradley_terry({("a", "b"): 6, ("b", "a"): 2}, prior=0)
    half, error = math.log(3) / 2, math.sqrt(1 / 6 + 1 / 2) / 2
    assert found["a"] == pytest.approx((half, half - s.Z * error, half + s.Z * error), abs=1e-9)
    assert found["b"][0] == pytest.approx(-half)
    held = s.bradley_terry({("a", "b"): 3})  # half a win each way: 3.5 to 0.5
    assert held["a"][0] - held["b"][0] == pytest.approx(math.log(7))


def test_votes_that_fit_a_model_give_it_back():
    # Strengths 1, 2, 4: the winner's share of 60 votes is exactly as the model says.
    strength = {"a": 1, "b": 2, "c": 4}
    wins = {(x, y): 60 * strength[x] / (strength[x] + strength[y]) for x in strength for y in strength if x != y}
    found = s.bradley_terry(wins, prior=0)
    for name, one in strength.items():
        assert found[name][0] == pytest.approx(math.log(one / 2), abs=1e-6)
        assert found[name][1] < found[name][0] < found[name][2]


def test_votes_that_say_nothing_are_refused():
    with pytest.raises(BadInput, match="no vote"):
        s.bradley_terry({})
    with pytest.raises(BadInput, match="never met"):
        s.bradley_terry({("a", "b"): 1, ("c", "d"): 1})
    with pytest.raises(BadInput, match="prior"):
        s.bradley_terry({("a", "b"): 1}, prior=0)


def test_rank_correlations_counted_by_hand():
    assert s.spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert s.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    assert s.spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(1 - 6 * 4 / (5 * 24))
    # Five pairs: 8 in order, 2 not.
    assert s.kendall([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]) == pytest.approx(0.6)
    # Ties: of three pairs one is tied on the left; 2 in order: 2 / sqrt(2 * 3).
    assert s.kendall([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(6))
    with pytest.raises(BadInput, match="all equal"):
        s.kendall([1, 1], [1, 2])
    with pytest.raises(BadInput, match="pairs"):
        s.spearman([1], [1])


def test_rank_correlations_agree_with_scipy_on_ties():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 6, 40).tolist(), rng.integers(0, 6, 40).tolist()
    assert s.spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)
    assert s.kendall(a, b) == pytest.approx(stats.kendalltau(a, b).statistic)


@pytest.mark.parametrize("values", [[], [float("nan")], [0.1, float("inf")]])
def test_what_is_no_number_is_refused(values):
    with pytest.raises(BadInput):
        s.bootstrap(values)
