"""The panel asks about one job from one event on; anything else never reaches the app."""

import pytest

from components.run_panel import News, RunPanel, Sampled, question


@pytest.fixture
def panel():
    news = News(9, [(1, {"loss": 0.5})], [Sampled(1, "on a beach", "data:,")], best=1)
    return RunPanel(
        lambda job, after: news if (job, after) == ("a1", 4) else None, lambda *order: {"ok": True}, render=False
    )


def test_news_go_out_as_plain_values(panel):
    out = panel.run_news({"job": "a1", "after": 4}, None)
    assert out["ok"] and out["after"] == 9 and out["measures"] == [(1, {"loss": 0.5})]
    assert out["samples"] == [{"step": 1, "prompt": "on a beach", "image": "data:,", "values": {}}]


@pytest.mark.parametrize(
    "payload", [None, {}, {"job": "../x"}, {"job": "a", "after": -1}, {"job": "a", "after": True}, {"job": ["a"]}]
)
def test_a_malformed_question_is_refused(panel, payload):
    assert question(payload) is None
    assert panel.run_news(payload, None)["ok"] is False


def test_its_value_is_a_jobs_id(panel):
    assert panel.preprocess("a1") == "a1"
    assert panel.preprocess("<b>") is None and panel.preprocess({"id": 1}) is None
