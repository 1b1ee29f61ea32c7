"""What every file in guidance/ promises."""

from dataclasses import replace

import pytest
import torch

from pipelines import catalogue, sample
from pipelines.denoise import Guidance, denoise, noise
from pipelines.spec import Region, Scene
from tests.pipelines.probes import weights

GUIDANCE = catalogue.names("guidance")
REGIONS = (Region((0.0, 0.0, 0.5, 1.0), "a cat"), Region((0.5, 0.0, 0.5, 1.0), "a dog"))


class Aside(Guidance):
    """Overrides nothing."""


class Louder(Guidance):
    """Says which call it saw, and asks for a larger scale."""

    def __init__(self, seen: list, name: str):
        self.seen, self.name = seen, name

    def step(self, x, at, proceed):
        self.seen.append((self.name, "step", at.i))
        return proceed(x, at)

    def predict(self, x, at, proceed):
        self.seen.append((self.name, "predict", at.i))
        return proceed(x, replace(at, scale=at.scale + 1))


def run(tiny, guidance, regions=(), scale=3.0):
    scene = Scene("a cat", "b", regions=regions, scale=scale, steps=2)
    with sample.performing(sample.settled(scene, tiny, lambda *said: None), tiny, sample.Cast()) as (at, _):
        return denoise(at, noise(tiny, [1]), guidance)


def test_what_overrides_nothing_changes_nothing(tiny):
    assert torch.equal(run(tiny, [Aside(), Aside()]), run(tiny, []))


def test_the_first_is_the_outermost_and_what_it_asks_for_arrives(tiny):
    seen = []
    louder = run(tiny, [Louder(seen, "outer"), Louder(seen, "inner")], scale=3.0)
    turn = [("outer", "step"), ("inner", "step"), ("outer", "predict"), ("inner", "predict")]
    assert seen == [(*one, i) for i in range(2) for one in turn]
    assert torch.equal(louder, run(tiny, [], scale=5.0))


@pytest.mark.parametrize("name", GUIDANCE)
def test_it_guides_with_and_without_regions_and_leaves_the_model_as_it_was(tiny, name):
    before, kind = weights(tiny), catalogue.load("guidance", name)
    for regions, scale in ((REGIONS, 3.0), (REGIONS, 1.0), ((), 3.0)):
        once = run(tiny, [kind()], regions, scale)
        assert once.isfinite().all() and torch.equal(once, run(tiny, [kind()], regions, scale))
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    assert all(p.grad is None for part in tiny.parts.values() for p in part.parameters())
