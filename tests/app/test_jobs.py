"""The queue without a worker: turns, wishes, and what a person may ask of a job in each state."""

import pytest

from app.jobs import ENDED
from app.worker import claim
from pipelines.errors import BadInput, Unavailable
from pipelines.spec import Scene
from pipelines.tasks import Sample, Segment


def sample(words: str = "count 1", out: str = "/p.png") -> Sample:
    return Sample(Scene(words), out)


def test_jobs_come_in_turn_and_can_be_moved(jobs, store):
    a, b, c = (jobs.submit(sample(), name) for name in "abc")
    assert [job.title for job in jobs.list()] == ["a", "b", "c"]
    jobs.reorder(c, before=a)
    jobs.reorder(a)
    assert [job.id for job in jobs.list()] == [c, b, a]
    jobs.reorder(a, before=b)
    assert [claim(store, "heavy", "w")["id"] for _ in range(3)] == [c, a, b]
    assert claim(store, "heavy", "w") is None


def test_a_job_is_claimed_by_one_worker_only(jobs, store):
    jobs.submit(sample(), "a")
    assert claim(store, "heavy", "first") is not None
    assert claim(store, "heavy", "second") is None


def test_clicks_have_their_own_lane_and_answers_come_first(jobs, store):
    jobs.submit(sample(), "long")
    later = jobs.submit(Segment("/p.png"), "proposal")
    with pytest.raises(Unavailable):
        jobs.answer(Segment("/q.png"), timeout=0.01)
    assert claim(store, "quick", "w")["id"] == later  # the request that nobody waits for any more is gone
    assert [job.title for job in jobs.list(["running"])] == ["proposal"]


def test_a_waiting_job_stops_at_once(jobs, store):
    job = jobs.submit(sample(), "a")
    jobs.cancel(job)
    assert jobs.get(job).state == "cancelled" and claim(store, "heavy", "w") is None
    assert [event.kind for *_, event in jobs.events(job)] == ["cancelled"]


def test_a_waiting_job_can_be_held_while_others_pass(jobs, store):
    a, b = jobs.submit(sample(), "a"), jobs.submit(sample(), "b")
    jobs.pause(a)
    assert jobs.get(a).state == "paused"
    assert claim(store, "heavy", "w")["id"] == b
    jobs.resume(a)
    assert claim(store, "heavy", "w")["id"] == a


def test_only_ended_jobs_run_again(jobs):
    job = jobs.submit(sample(), "a")
    with pytest.raises(BadInput, match="queued"):
        jobs.retry(job)
    jobs.cancel(job)
    jobs.retry(job)
    assert jobs.get(job).state == "queued" and jobs.get(job).task == sample()


def test_removing_takes_the_events_along(jobs, store):
    job = jobs.submit(sample(), "a")
    with pytest.raises(BadInput):
        jobs.remove(job)
    jobs.cancel(job)
    jobs.remove(job)
    assert jobs.list(ENDED) == [] and store.rows("SELECT * FROM event") == []
    with pytest.raises(BadInput, match="no job"):
        jobs.get(job)
