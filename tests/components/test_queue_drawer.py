"""The drawer: a log is read only for a job's id, never for a path."""

import pytest

from components.queue_drawer import QueueDrawer, log_asked


@pytest.mark.parametrize("payload", [None, {}, {"id": "../../etc/passwd"}, {"id": ""}, {"id": 7}, {"id": "a" * 65}, []])
def test_only_an_id_asks_for_a_log(payload):
    assert log_asked(payload) is None


def test_the_log_is_answered():
    drawer = QueueDrawer(lambda *order: {"ok": True}, lambda job: f"log of {job}", render=False)
    assert drawer.queue_log({"id": "a1"}, None) == {"ok": True, "text": "log of a1"}
    assert drawer.queue_log({"id": "/etc"}, None)["ok"] is False
    assert drawer.queue_do({"do": "pause", "id": "a1"}, None) == {"ok": True}
    assert drawer.queue_do({"do": "nothing"}, None)["ok"] is False
