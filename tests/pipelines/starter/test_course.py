"""A stopped training goes on with the numbers of one that was never stopped."""

import json

import torch
from torch import nn

from pipelines.starter.course import Course


def _loss(model):
    def loss(step, rng, noise):
        x = torch.from_numpy(rng.standard_normal((16, 8))).float() + 0.1 * torch.randn(16, 8, generator=noise)
        return (model(x) - x.flip(1)).square().mean(), {}

    return loss


def _model():
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))


def _course(folder, model):
    return Course(folder, "small", model, 60, 1e-2, warm=5, average=0.9, say=lambda text: None)


def test_resuming_changes_nothing(tmp_path):
    whole = _model()
    best = _course(tmp_path / "whole", whole).run(_loss(whole))
    first = _model()
    _course(tmp_path / "parts", first).run(_loss(first), until=23)
    second = _model()
    course = _course(tmp_path / "parts", second)
    assert course.step == 23
    again = course.run(_loss(second))
    for a, b in zip(best.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)


def test_it_learns_and_writes_its_record(tmp_path):
    model = _model()
    _course(tmp_path, model).run(_loss(model))
    curve = json.loads((tmp_path / "small.json").read_text())["curve"]
    assert curve[-1]["step"] == 60 and curve[-1]["loss"] < 0.8 * curve[0]["loss"]


def test_a_gradient_that_is_not_a_number_does_no_harm(tmp_path):
    model = _model()

    def loss(step, rng, noise):
        return sum(p.square().sum() for p in model.parameters()) * (float("nan") if step == 10 else 1.0), {}

    _course(tmp_path, model).run(loss)
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_the_pace_rises_stays_and_falls(tmp_path):
    course = _course(tmp_path, _model())
    paces = []
    for course.step in range(60):
        paces.append(course.pace())
    assert paces[0] < paces[3] < paces[20] == 1.0 and paces[59] < 0.1


def test_it_ends_by_the_clock_with_its_rate_gone_down(tmp_path):
    model = _model()
    course = Course(
        tmp_path, "small", model, 10**9, 1e-2, warm=5, seconds=0.6, noted={"size": 16}, say=lambda text: None
    )
    paces, learn = [], _loss(model)

    def loss(*given):
        paces.append(course.pace())
        return learn(*given)

    course.run(loss)
    assert 0.6 <= course.seconds < 3 and max(paces) == 1.0 and paces[-1] < 0.3
    record = json.loads((tmp_path / "small.json").read_text())
    assert record["size"] == 16 and record["device"] == "cpu" and record["curve"][-1]["step"] == course.step
    steps = course.step
    again = Course(tmp_path, "small", _model(), 10**9, 1e-2, seconds=0.6, say=lambda text: None)
    again.run(loss)
    assert again.step == steps
