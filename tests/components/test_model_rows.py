"""The rows go out as they are; only known deeds about known names come in."""

import pytest

from components.model_rows import ModelRow, ModelRows


@pytest.fixture
def models():
    orders = []
    row = ModelRow("starter", "Starter", "Base models", "Came with the studio.", "used", 52e6)
    made = ModelRows(
        lambda: [row], lambda *order: orders.append(order) or {"ok": True}, lambda job: {"ok": True}, render=False
    )
    made.orders = orders
    return made


def test_rows_go_out(models):
    assert models.models_now({}, None)["rows"][0]["id"] == "starter"
    assert models.models_do({"do": "add", "path": " /models/mine "}, None)["ok"]
    assert models.models_do({"do": "add_segmenter", "path": "/sam.pth"}, None)["ok"]
    assert models.orders == [("add", "", "/models/mine"), ("add_segmenter", "", "/sam.pth")]


@pytest.mark.parametrize(
    "payload",
    [None, {"do": "run"}, {"do": "get", "id": "../x"}, {"do": "add", "path": "a\0b"}, {"do": "add", "path": 3},
     {"do": "add", "path": "x" * 5000}],
)  # fmt: skip
def test_anything_else_is_refused(models, payload):
    assert models.models_do(payload, None)["ok"] is False and models.orders == []
    assert models.models_cancel(payload, None)["ok"] is False
