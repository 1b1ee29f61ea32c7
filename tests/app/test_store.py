"""Values come back from the database as they went in, and a transaction is all or nothing."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app import migrations
from app.jobs import Jobs
from app.library import Library
from app.migrations import STEPS, migrate
from app.store import EVENT, TASK, Store, pack, unpack
from pipelines import catalogue
from pipelines.events import Failed, Finished, Made, Measure, Preview, Progress, Started, Warned
from pipelines.spec import Photo, Region, Scene, Subject
from pipelines.tasks import Compare, Fuse, Sample, Segment, ToyBench, Tune

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


def test_a_database_of_the_first_days_keeps_every_row(settings, monkeypatch):
    """A row in every table of the first two steps, found again as it was, and by those who read it today."""
    store, task = Store(settings.database), Sample(SCENE, str(settings.room("pictures") / "p.png"))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", STEPS[:2])
        assert migrate(store) == ["m001_jobs", "m002_library"]
    old = {
        "job": dict(id="j", title="A beach", lane="heavy", state="finished", task=pack(TASK, task), answer=0, place=1.0,
                    created=1.0, started=2.0, ended=3.0, worker="w", cancel=0, pause=0, runs=1, result='{"a": 1}',
                    fault="", message="", advice=""),
        "event": dict(job="j", seq=1, at=2.5, kind="progress", body=pack(EVENT, Progress(1, 2, "n"))),
        "worker": dict(lane="heavy", id="w", pid=7, state="stopped", beat=3.0, note="", machine="{}", used=5),
        "subject": dict(id="s", name="Pip", noun="robot", trigger="<pip1>", kind="object", created=1.0, deleted=None),
        "photo": dict(id="f", subject="s", place=0.0, image="photos/a.png", width=40, height=30, mask="masks/a.png",
                      accepted=1, caption="a robot", name="a.jpg", facts="{}", created=1.0, deleted=None),
        "made": dict(id="m", what="picture", path="pictures/p.png", title="A beach", job="j", task=pack(TASK, task),
                     facts='{"seconds": 1.5}', bytes=7, starred=1, created=3.0, deleted=None),
        "made_with": dict(made="m", subject="s"),
        "draft": dict(name="wall/a", body="{}", changed=1.0),
    }  # fmt: skip
    with store.transaction() as db:
        for table, row in old.items():
            names = [column["name"] for column in db.execute(f"PRAGMA table_info({table})")]
            assert sorted(names) == sorted(row), table
            db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
        tables = {row["name"] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables == {*old, "migration"}
    assert migrate(store) == [step.__name__ for step in STEPS[2:]]
    for table, row in old.items():
        (found,) = store.rows(f"SELECT * FROM {table}")
        assert {name: found[name] for name in row} == row, table
    library, jobs = Library(store, settings), Jobs(store)
    assert jobs.get("j").task == task and [event for *_, event in jobs.events("j")] == [Progress(1, 2, "n")]
    (subject,) = library.subjects()
    assert (subject.name, [photo.caption for photo in subject.photos]) == ("Pip", ["a robot"])
    assert library.thing("m").task == task and library.thing("m").subjects == ("s",)
    store.close()


def test_what_was_asked_for_keeps_the_numbers_it_had_when_recipes_get_others(settings, monkeypatch):
    """Jobs, made things, walls, evaluations and presets of days when every base had the starter's numbers."""
    store, at = Store(settings.database), [step.__name__ for step in STEPS].index("m008_numbers_of_their_own")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", STEPS[:at])
        migrate(store)
    library, jobs = Library(store, settings), Jobs(store)
    people, out = (Subject("s", "Pip", "robot", "<pip>"),), library.new_path("artefact")
    Path(out).write_bytes(b"x")
    tasks = {
        "real": Tune(people, "dreambooth_lora", out, {"steps": 99}, "/models/sd15"),
        "toy": Tune(people, "dreambooth_lora", out, {"steps": 99}),
        "lora": Tune(people, "dreamtuner", out, {"rate": 1e-3}),
        "wall": Compare(people, (("vico", {}), ("base", {})), ("{}",), (0,), out, "/models/sd15"),
        "quick": ToyBench(out, out, (("svdiff", {}),), base="/models/sd15", quick=True),
    }
    ids = {name: jobs.submit(task, name) for name, task in tasks.items()}
    library.record(None, tasks["real"], Made("artefact", out, {}))
    library.keep_draft("wall/w", {"task": TASK.dump_python(tasks["wall"], mode="json")})
    library.keep_draft("evaluations", [{"task": TASK.dump_python(tasks["quick"], mode="json")}])
    library.keep_draft("presets/pacgen", {"mine": {"rate": 1e-3}, "other": {"steps": 9}})
    assert migrate(store)[0] == "m008_numbers_of_their_own"
    then = {"steps": 99, "rate": 2e-3, "rank": 8, "word_rate": 5e-3, "images": 16, "batch": 4}
    now = {name: jobs.get(job).task for name, job in ids.items()}
    assert now["real"] == replace(tasks["real"], knobs=then) and library.things("artefact")[0].task.knobs == then
    assert now["toy"] == tasks["toy"], "the starter's are as they were"
    assert now["lora"].knobs == {"rate": 1e-3, "lora_rate": 1e-3}, "the one rate was LoRA's, too"
    vico = {"steps": 300, "rate": 3e-4, "gentle": True, "batch": 2}
    assert now["wall"].recipes == (("vico", vico), ("base", {}))
    assert library.draft("wall/w")["task"]["recipes"] == [["vico", vico], ["base", {}]]
    assert now["quick"].recipes == (("svdiff", {"batch": 2}),), "quick ones are given their steps and pictures later"
    assert library.draft("evaluations")[0]["task"]["recipes"] == [["svdiff", {"batch": 2}]]
    presets = {"mine": {"rate": 1e-3, "lora_rate": 1e-3}, "other": {"steps": 9}}
    assert library.draft("presets/pacgen") == presets
    for task in now.values():
        for recipe, knobs in getattr(task, "recipes", ()) or [(task.recipe, task.knobs)]:
            assert recipe == "base" or catalogue.recipe(recipe).on(True).with_knobs(knobs)
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
