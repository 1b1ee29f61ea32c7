"""A forecast goes out as plain values."""

from components.cost_card import Cost, CostCard


def test_a_cost_goes_out_whole():
    card = CostCard(render=False)
    out = card.postprocess(Cost(2, 60, 120, size=5e6, from_runs=3, spread=0.1))
    assert out["total"] == 120 and out["from_runs"] == 3 and out["memory"] is None
    assert card.postprocess(None) is None
