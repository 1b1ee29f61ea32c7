"""Pictures wait for company, but not for long."""

from pipelines import waiting
from pipelines.waiting import TOGETHER, Waiting


def test_many_are_due_at_once_and_few_after_a_while(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    line = Waiting[str]()
    line.add("is scored", None)
    assert not line.due, "what need not be scored waits for nothing"
    line.add("first", 100.0)
    line.add("second", 103.0)
    assert not line.due
    now[0] = 100.0 + waiting.PATIENCE
    assert line.due and line.take() == ["is scored", "first", "second"] and not line.due
    for number in range(TOGETHER):
        assert not line.due
        line.add(str(number), now[0])
    assert line.due and len(line.take()) == TOGETHER
