"""The ink button: its value is whether the dice are on, and nothing else."""

import pytest

from components.make_bar import MakeBar


@pytest.mark.parametrize("payload, value", [(True, True), (False, False), (None, False), ("true", False), (1, False)])
def test_only_true_is_true(payload, value):
    assert MakeBar(label="Make picture", render=False).preprocess(payload) is value


def test_its_events_can_be_heard():
    bar = MakeBar(label="Make picture", render=False)
    assert callable(bar.make) and callable(bar.input)
