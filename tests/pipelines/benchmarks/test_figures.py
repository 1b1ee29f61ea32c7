"""Figures carry honest intervals; parts are measured once for the weights and code they were measured with."""

import pytest
import torch

from pipelines import benchmarks
from pipelines.benchmarks import parts
from pipelines.benchmarks.figures import figure, mean, share
from pipelines.benchmarks.starter import _box, _iou, _middle, auc
from pipelines.errors import BadInput


def test_a_share_has_wilsons_interval():
    one = share("class_right", [True] * 45 + [False] * 5, 0.95)
    assert one.value == 0.9 and one.ok is False
    assert one.low == pytest.approx(0.7864, abs=1e-3) and one.high == pytest.approx(0.9565, abs=1e-3)
    sure = share("class_right", [True] * 10, 0.95)
    assert sure.ok and sure.low == pytest.approx(0.7225, abs=1e-3) and sure.high == pytest.approx(1)


def test_less_may_be_better():
    assert figure("assets_mb", 63.0, "MB", 64, most=True).ok
    assert mean("seconds", [50.0, 80.0], "s", 60, most=True).ok is False
    assert figure("likeness", 0.4).ok is None


def test_auc_is_the_share_of_pairs_in_order():
    alike = torch.tensor([[1, 0.9, 0.2, 0.5], [0.9, 1, 0.4, 0.5], [0.2, 0.4, 1, 0.5], [0.5, 0.5, 0.5, 1]])
    assert auc(alike, torch.tensor([0, 0, 1, 1])) == pytest.approx((4 + 2 + 0.5 * 2) / 8)


def test_clicks_and_boxes_of_a_mask():
    mask = torch.zeros(20, 30, dtype=torch.bool).numpy()
    mask[4:13, 6:15] = True
    assert _box(mask) == (6, 4, 15, 13) and _middle(mask) == (10.5, 8.5)
    half = mask.copy()
    half[:, :10] = False
    assert _iou(mask, half) == pytest.approx(5 / 9)


@pytest.fixture
def code(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PIPELINES", tmp_path / "pipelines")
    monkeypatch.setattr(parts, "STARTER", tmp_path / "starter")
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "unet.safetensors").write_bytes(b"one")
    return tmp_path


def test_a_finished_part_is_not_measured_again(code):
    made = []
    for _ in range(2):
        kept = parts.Parts(code / "bench", say=lambda line: None)
        assert kept.part("speed", lambda: made.append(1) or {"value": 2}) == {"value": 2}
    assert len(made) == 1 and kept.earlier >= 0


def test_other_weights_or_code_are_measured_anew(code):
    homes = [parts.Parts(code / "bench").home]
    (code / "starter" / "unet.safetensors").write_bytes(b"two")
    homes.append(parts.Parts(code / "bench").home)
    (code / "pipelines" / "new.py").write_text("")
    homes.append(parts.Parts(code / "bench").home)
    assert len(set(homes)) == 3


def test_a_part_that_failed_is_not_kept(code):
    with pytest.raises(ZeroDivisionError):
        parts.Parts(code / "bench", say=lambda line: None).part("speed", lambda: 1 / 0)
    assert parts.Parts(code / "bench", say=lambda line: None).part("speed", lambda: 3) == 3


def test_a_bench_answers_in_the_form_that_was_agreed(tmp_path, monkeypatch):
    bench = type("bench", (), {"run": staticmethod(lambda parts, quick: [share("class_right", [True], 0.95)])})
    monkeypatch.setattr("importlib.import_module", lambda name: bench)
    found = benchmarks.measure("first-recipes", tmp_path, quick=True)
    assert set(found) == {"bench", "commit", "machine", "seconds", "quick", "figures"}
    assert found["bench"] == "first-recipes" and isinstance(found["machine"], str) and found["seconds"] >= 0
    assert [set(one) for one in found["figures"]] == [{"name", "value", "unit", "low", "high", "target", "ok"}]


def test_an_unknown_bench_is_named(tmp_path):
    with pytest.raises(BadInput, match="no bench"):
        benchmarks.measure("nonsense", tmp_path)
