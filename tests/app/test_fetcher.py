"""The fetch lane goes on after whatever went wrong, and every job is told how it ended; so is work on a full disk."""

import threading

import pytest

from app import fetcher
from app.fetcher import Fetcher
from app.jobs import ENDED
from app.worker import Log, claim, work
from pipelines.errors import DiskFull, Unavailable
from pipelines.spec import Scene
from pipelines.tasks import Fetch, Sample
from tests.app import canned
from tests.patience import until


@pytest.fixture
def lane(jobs, library, monkeypatch):
    """The lane at work, on a computer whose network is gone."""

    def gone(*_, **__):
        raise Unavailable("The hub cannot be reached.", "Check the connection.")

    monkeypatch.setattr(fetcher, "PAUSE", 0.01)
    monkeypatch.setattr(fetcher.fetch, "listing", gone)
    at_work = Fetcher(jobs, library).start()
    yield at_work
    at_work.close()


def ended(jobs, out: str):
    job = jobs.submit(Fetch("a/b", ("*",), out), "A model", "fetch")
    until(lambda: jobs.get(job).state in ENDED)
    return jobs.get(job)


def test_a_task_that_cannot_be_read_is_said_and_the_next_one_has_its_turn(lane, jobs, store):
    with store.transaction() as db:
        columns = "id, title, lane, state, task, place, created"
        db.execute(f"INSERT INTO job ({columns}) VALUES ('x', '', 'fetch', 'queued', '{{}}', 0, 0)")
    until(lambda: store.row("SELECT state FROM job WHERE id = 'x'")["state"] == "failed")
    assert "mistake" in store.row("SELECT message FROM job WHERE id = 'x'")["message"]
    assert ended(jobs, "out").message == "The hub cannot be reached."


def test_an_end_that_the_full_disk_refuses_is_told_when_there_is_room(lane, jobs, monkeypatch):
    end, refused = Log.end, []

    def full(log, *words):
        if len(refused) < 3:
            refused.append(words)
            raise DiskFull("The disk that holds the data folder is full.", "Make room, then try again.")
        end(log, *words)

    monkeypatch.setattr(Log, "end", full)
    first = ended(jobs, "out")
    assert (first.state, first.message) == ("failed", "The disk that holds the data folder is full.")
    assert ended(jobs, "out").message == "The hub cannot be reached." and len(refused) == 3
    assert jobs.get(first.id) == first, "what has ended is left alone"


@pytest.mark.parametrize(("words", "message"), [("fill", "The disk is full."), ("break", "ZeroDivisionError")])
def test_a_job_is_closed_though_its_trace_cannot_be_written(words, message, jobs, store, library, tmp_path):
    job = jobs.submit(Sample(Scene(words), str(tmp_path / "p.png")), words)
    row = claim(store, "heavy", "me")
    work(canned, Log(store, library, row["id"], jobs.get(job).task, "me", threading.Event()), tmp_path / "no room")
    assert jobs.get(job).state == "failed" and message in jobs.get(job).message
