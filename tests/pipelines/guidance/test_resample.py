from dataclasses import replace

import torch

from pipelines.guidance.resample import Resample, _back
from tests.pipelines.scenes import HALVES, begun


def test_a_step_is_gone_again_from_the_same_level(tiny):
    with begun(tiny, regions=HALVES, steps=10) as (at, _, x):
        at = replace(at, t=int(tiny.schedule.times(10)[2]), i=2)
        taken = []
        out = Resample(again=2).step(x, at, lambda x, at: taken.append(x) or x * 0.5)
        assert len(taken) == 3 and torch.equal(taken[0], x) and torch.equal(out, taken[2] * 0.5)
        assert torch.equal(taken[1], _back(x * 0.5, at, 0)) and not torch.equal(taken[1], taken[2])
        for still in (Resample(again=0), Resample(until=0.1)):
            taken.clear()
            still.step(x, at, lambda x, at: taken.append(x) or x)
            assert len(taken) == 1


def test_the_way_back_adds_just_the_noise_that_was_taken(tiny):
    with begun(tiny, regions=HALVES, steps=10, seed=3) as (at, _, _x):
        times = tiny.schedule.times(10)
        at = replace(at, t=int(times[4]), i=4, seeds=tuple(range(400)))
        before, after = (float(tiny.schedule.alphas[times[k]]) for k in (4, 5))
        clean = torch.full((400, 4, 8, 8), 2.0)
        noised = after**0.5 * clean + (1 - after) ** 0.5 * torch.randn(
            clean.shape, generator=torch.Generator().manual_seed(1)
        )
        back = _back(noised, at, 0)
        assert abs(float(back.mean()) - 2 * before**0.5) < 0.01
        assert abs(float(back.var()) - (1 - before)) < 0.02
