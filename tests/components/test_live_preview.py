"""The live preview: questions are checked, answers wait for something new, frames the page has are not sent again."""

import time

import pytest

from components import live_preview
from components.live_preview import LivePreview, Take, _looking, asked

RUNNING = Take("a", 7, "running", step=3, total=9, image="data:image/png;base64,x", frame=3)


def test_what_is_there_is_answered_whole():
    look = _looking(lambda frames: ("1", [RUNNING]))
    answer = look({"rev": "", "frames": {}}, None)
    assert answer["ok"] and answer["rev"] == "1" and answer["takes"][0]["step"] == 3


def test_the_frames_the_page_has_reach_the_app():
    heard = []
    _looking(lambda frames: heard.append(frames) or ("1", []))({"rev": "", "frames": {"a": 3}}, None)
    assert heard == [{"a": 3}]


def test_a_question_waits_for_the_next_step(monkeypatch):
    monkeypatch.setattr(live_preview, "WAIT", 60.0)
    begun = time.monotonic()
    look = _looking(lambda frames: ("2" if time.monotonic() - begun > 0.1 else "1", [RUNNING]))
    answer = look({"rev": "1", "frames": {}}, None)
    assert answer["rev"] == "2" and time.monotonic() - begun < 30


def test_a_question_about_nothing_that_runs_does_not_wait(monkeypatch):
    monkeypatch.setattr(live_preview, "WAIT", 60.0)
    begun = time.monotonic()
    answer = _looking(lambda frames: ("1", [Take("a", 7, "done")]))({"rev": "1", "frames": {}}, None)
    assert answer == {"ok": True, "rev": "1", "same": True} and time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"rev": 1, "frames": {}},
        {"rev": ""},
        {"rev": "", "frames": []},
        {"rev": "", "frames": {"../a": 1}},
        {"rev": "", "frames": {"a": "1"}},
        {"rev": "x" * 5000, "frames": {}},
        {"rev": "", "frames": {f"j{i}": 1 for i in range(101)}},
    ],
)
def test_a_malformed_question_is_refused(payload):
    assert asked(payload) is None
    answer = _looking(lambda frames: pytest.fail("it reached the app"))(payload, None)
    assert answer["ok"] is False and answer["advice"]


def test_the_template_never_changes_and_its_events_can_be_heard():
    live = LivePreview(lambda frames: ("", []), render=False)
    assert "${" not in live.html_template and "{{" not in live.html_template
    assert callable(live.stop) and callable(live.select)
    assert live.preprocess({"x": 1}) == "" and live.postprocess("job") == "job"
