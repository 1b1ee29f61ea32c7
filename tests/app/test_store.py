"""Values come back from the database as they went in, and a transaction is all or nothing."""

import threading

import pytest

from app.migrations import STEPS, migrate
from app.store import EVENT, TASK, Store, pack, unpack
from pipelines.events import Failed, Finished, Made, Measure, Preview, Progress, Started, Warned
from pipelines.spec import Photo, Region, Scene, Subject
from pipelines.tasks import Compare, Fuse, Sample, Segment, Tune

SUBJECT = Subject("a", "Pip", "robot", "<pip1>", (Photo("/p.png", "/m.png", "a robot"),))
SCENE = Scene("a beach", regions=(Region((0.1, 0.2, 0.3, 0.4), "waving", artefact="/a.safetensors"),), seed=7)


@pytest.mark.parametrize(
    "task",
    [
        Segment("/p.png", points=((1.5, 2, 1), (3, 4, 0)), box=(0, 0, 9, 9)),
        Tune(
            (SUBJECT,), "dreambooth_lora", "/a.safetensors", {"rank": 4, "rate": 1e-4, "masked": True, "where": "all"}
        ),
        Fuse((("/a.safetensors", 1.0), ("/b.safetensors", 0.5)), "/c.safetensors"),
        Sample(SCENE, "/p.png"),
        Compare((SUBJECT,), (("base", {}), ("svdiff", {"steps": 5})), ("{} on grass",), (1, 2), "/walls/x"),
    ],
    ids=lambda task: task.kind,
)
def test_a_task_comes_back_equal(task):
    assert unpack(TASK, pack(TASK, task)) == task


@pytest.mark.parametrize(
    "event",
    [
        Started("x"),
        Progress(1, 2, "n"),
        Measure(3, {"loss": 0.25}),
        Preview(1, 9, "AAAA"),
        Made("picture", "/p.png", {"seconds": 1.5, "scores": [0.1]}),
        Warned("w", "a"),
        Finished(1.0, {"out": "/p.png"}),
        Failed("f", "a"),
    ],
    ids=lambda event: event.kind,
)
def test_an_event_comes_back_equal(event):
    assert unpack(EVENT, pack(EVENT, event)) == event


def test_a_transaction_is_all_or_nothing(store):
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        db.execute("INSERT INTO draft VALUES ('a', '1', 0)")
        raise ZeroDivisionError
    assert store.row("SELECT * FROM draft") is None


def test_migrations_are_applied_once_and_in_order(settings):
    store = Store(settings.database)
    assert migrate(store) == [step.__name__ for step in STEPS] == sorted(step.__name__ for step in STEPS)
    assert migrate(store) == []
    store.close()


def test_threads_take_turns(store):
    def write(name: str) -> None:
        for n in range(50):
            with store.transaction() as db:
                db.execute("INSERT INTO draft VALUES (?, '0', 0)", (f"{name}{n}",))

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.row("SELECT count(*) AS n FROM draft")["n"] == 200
