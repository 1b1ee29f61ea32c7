"""The strip: cards go out whole, hostile questions and orders are refused before they reach the app."""

import pytest

from components.job_strip import MOST_FRAMES, JobCard, JobStrip, answer, asked, doors, told, unchanged


def test_cards_go_out_as_plain_values():
    card = JobCard("a1", "tune", "LoRA on Pip", "running", step=3, total=9, values={"loss": 0.2})
    out = answer([card], "7")
    assert out["ok"] and out["rev"] == "7"
    assert out["jobs"][0]["id"] == "a1" and out["jobs"][0]["values"] == {"loss": 0.2}
    assert unchanged("7") == {"ok": True, "rev": "7", "same": True}


def test_a_question_reaches_the_app_as_it_was_asked():
    heard = []
    now, _ = doors(lambda rev, frames: heard.append((rev, frames)) or unchanged(rev), lambda *order: {"ok": True})
    assert now({"rev": "3", "frames": {"a1": 4}}, None)["same"]
    assert heard == [("3", {"a1": 4})]
    many = {f"j{i}": 1 for i in range(2000)}
    assert now({"rev": "3", "frames": many}, None)["same"] and heard[-1] == ("3", many), "a long queue is no mistake"


@pytest.mark.parametrize(
    "payload",
    [None, [], "x", {"rev": 3}, {"rev": "x" * 300}, {"frames": []}, {"frames": {"a": "1"}}, {"frames": {"../x": 1}},
     {"frames": {f"j{i}": 1 for i in range(MOST_FRAMES + 1)}}, {"frames": {"a": True}}],
)  # fmt: skip
def test_a_malformed_question_is_refused(payload):
    now, _ = doors(lambda *_: pytest.fail("it reached the app"), lambda *_: pytest.fail("it reached the app"))
    assert asked(payload) is None
    out = now(payload, None)
    assert out["ok"] is False and out["error"] and out["advice"]


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"do": "erase", "id": "a"}, {"do": "pause", "id": 3}, {"do": "pause", "id": "a/b"},
     {"do": "before", "id": "a", "before": ["b"]}],
)  # fmt: skip
def test_a_malformed_order_is_refused(payload):
    _, act = doors(lambda *_: pytest.fail("it reached the app"), lambda *_: pytest.fail("it reached the app"))
    assert told(payload) is None
    assert act(payload, None)["ok"] is False


def test_an_order_reaches_the_app():
    orders = []
    _, act = doors(lambda *_: {}, lambda *order: orders.append(order) or {"ok": True})
    assert act({"do": "before", "id": "a", "before": "b"}, None) == {"ok": True}
    assert orders == [("before", "a", "b")]


def test_the_template_never_changes():
    strip = JobStrip(lambda *_: {}, lambda *_: {}, render=False)
    assert "${" not in strip.html_template and "{{" not in strip.html_template
