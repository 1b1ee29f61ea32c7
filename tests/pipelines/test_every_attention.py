"""What every file in attention/ promises."""

import pytest
import torch

from pipelines import catalogue, voices
from pipelines.spec import use
from tests.pipelines.probes import ask, stir

OPS = catalogue.names("attention")


def op(name):
    return catalogue.load("attention", name)()


@pytest.mark.parametrize("name", OPS)
def test_with_nothing_to_do_it_changes_nothing(tiny, name):
    before = ask(tiny)
    with tiny.adapted(ops=[op(name)]) as stage:
        assert torch.equal(ask(tiny, stage=stage), before)
    assert torch.equal(ask(tiny), before)


@pytest.mark.parametrize("name", OPS)
def test_it_runs_at_every_site_of_any_size_and_under_recording(tiny, cat, name):
    voice = stir(voices.build(tiny, [use("lora")], [cat]))
    with tiny.adapted({"a": voice}, [op(name)] * 2) as stage, stage.recording() as maps:
        for side in (8, 12):
            assert ask(tiny, stage=stage, side=side).shape == (2, 4, side, side)
    assert all(len(shares) == 2 for shares in maps.values())
