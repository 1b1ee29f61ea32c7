"""Two pictures and a ballot: they go out whole, votes are checked."""

import pytest

from components.before_after import Ballot, BeforeAfter, Pair, Side, voted


def test_a_pair_goes_out_and_nothing_comes_back():
    pair = BeforeAfter(render=False)
    out = pair.postprocess(Pair("In the snow", Side("a.png", "A"), Side("b.png", "B"), Ballot("x|y", "Which?")))
    assert out["left"]["tag"] == "A" and out["ballot"]["pair"] == "x|y"
    assert pair.postprocess(None) is None and pair.preprocess(out) is None
    assert callable(pair.vote) and callable(pair.results)


def test_a_vote_is_a_pair_and_a_choice():
    assert voted({"pair": "x|y", "choice": "left", "more": 1}) == ("x|y", "left")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"pair": "", "choice": "left"},
        {"pair": "x", "choice": "both"},
        {"pair": 3, "choice": "left"},
        {"pair": "x" * 301, "choice": "left"},
        {"pair": "x", "choice": ["left"]},
    ],
)
def test_a_malformed_vote_counts_for_nothing(data):
    assert voted(data) is None
