"""Real worker processes: they do what is asked, stop when told, and when one is killed nothing is lost."""

import asyncio
import os
import signal
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.jobs import ENDED
from app.settings import threads
from app.supervisor import GRACE, Supervisor, _cause
from app.worker import claim, prepare
from pipelines.errors import BadInput, Unavailable
from pipelines.spec import Scene
from pipelines.tasks import Sample, Segment
from tests.patience import SECONDS, until


def ask(house, words: str, out: str | None = None) -> str:
    return house.submit(Sample(Scene(words), out or house.library.new_path("picture")), words)


def ended(house, job: str):
    until(lambda: house.get(job).state in ENDED)
    return house.get(job)


def test_events_come_in_order_and_old_previews_go(house):
    job = ask(house, "count 5")
    assert ended(house, job).state == "finished"
    kinds = [event.kind for *_, event in house.events(job)]
    assert kinds.count("progress") == kinds.count("measure") == 5 and kinds.count("preview") == 1
    assert kinds[0] == "started" and kinds[-1] == "finished"
    assert house.get(job).result == {"from": 0, "to": 5}
    assert house.latest(job, "preview").step == 5


def test_a_follower_sees_everything_even_from_the_middle(house):
    async def listen(job: str, after: int) -> list:
        return [(seq, event.kind) async for seq, event in house.follow(job, after)]

    job = ask(house, "count 10")
    heard = asyncio.run(listen(job, 0))
    assert heard == sorted(heard) and heard[-1][1] == "finished"
    assert [kind for _, kind in heard].count("progress") == 10
    assert asyncio.run(listen(job, heard[4][0])) == [(s, e.kind) for s, _, e in house.events(job, heard[4][0])]


def test_stopping_keeps_what_is_done(house):
    job = ask(house, "count 1000")
    until(lambda: house.latest(job, "progress") is not None)
    asked = time.monotonic()
    house.cancel(job)
    assert ended(house, job).state == "cancelled" and time.monotonic() - asked < 10  # all of it takes 20
    assert int(house.latest(job, "cancelled").kept) >= 1


def test_pausing_holds_and_resuming_goes_on(house):
    job = ask(house, "count 40")
    until(lambda: house.latest(job, "progress") is not None)
    house.pause(job)
    until(lambda: house.get(job).state == "paused")
    step = house.latest(job, "progress").step
    time.sleep(0.2)
    assert house.latest(job, "progress").step == step
    house.resume(job)
    assert ended(house, job).result == {"from": 0, "to": 40}


def test_a_wish_is_heard_once_and_only_while_it_runs(house):
    job = ask(house, "count 60")
    until(lambda: house.latest(job, "progress") is not None)
    for what in ("save", "sample", "save"):
        house.wish(job, what)
    assert ended(house, job).state == "finished"
    heard = [name for *_, event in house.events(job) if event.kind == "measure" for name in event.values]
    assert [heard.count(name) for name in ("save", "sample")] == [1, 1]
    house.wish(job, "save")
    assert house.store.row("SELECT wish FROM job WHERE id = ?", job)["wish"] == ""


def test_a_paused_job_can_be_stopped(house):
    job = ask(house, "count 1000")
    house.pause(job)
    time.sleep(0.1)
    house.cancel(job)
    assert ended(house, job).state == "cancelled"


def test_what_went_wrong_is_said_in_words(house):
    refused = ended(house, ask(house, "refuse"))
    assert (refused.state, refused.message, refused.advice) == ("failed", "This cannot be done.", "Do something else.")
    full = ended(house, ask(house, "fill"))
    assert full.message == "The disk is full."
    broken = ended(house, ask(house, "break"))
    assert "ZeroDivisionError" in broken.message
    log = house.library.settings.room("logs") / f"job-{broken.id}.log"
    assert "a mistake of ours" in log.read_text() and log.name in broken.advice


def test_what_is_made_is_recorded_by_the_worker(house):
    job = ask(house, "make")
    assert ended(house, job).state == "finished"
    made = house.latest(job, "made")
    thing = house.library.thing(made.facts["id"])
    assert thing.path == made.path and thing.job == job and thing.subjects == ("pip",) and thing.bytes == 7


def test_requests_are_answered_while_something_long_runs(house):
    job = ask(house, "count 1000")
    until(lambda: house.latest(job, "progress") is not None)
    spent = []
    for n in range(20):
        began = time.perf_counter()
        said = house.answer(Segment(f"photo {n}", points=((1, 2, 1),)))
        spent.append(time.perf_counter() - began)
        assert said == {"photo": f"photo {n}", "points": 1, "threads": str(threads("quick"))}
    house.cancel(job)
    ended(house, job)
    assert statistics.median(spent) < 0.5  # the long one takes 20 seconds
    assert all(one.title for one in house.list(ENDED)), "requests leave no rows behind"


def test_a_refused_request_raises_what_the_task_raised(house):
    with pytest.raises(BadInput, match="No subject there"):
        house.answer(Segment("refuse"))


def test_a_click_whose_worker_is_killed_says_so_and_one_that_waits_is_answered(house):
    job, workers = ask(house, "count 100000"), {one.lane: one.pid for one in house.workers()}
    clicks = "SELECT count(*) AS n FROM job WHERE answer = 1"
    with ThreadPoolExecutor(2) as hands:
        dies = hands.submit(house.answer, Segment("load"), SECONDS)
        until(lambda: house.store.row(f"{clicks} AND state = 'running'")["n"])
        waits = hands.submit(house.answer, Segment("again"), SECONDS)
        until(lambda: house.store.row(f"{clicks} AND state = 'queued'")["n"])
        os.kill(workers["quick"], signal.SIGKILL)
        with pytest.raises(Unavailable, match="killed"):
            dies.result(SECONDS)
        assert waits.result(SECONDS)["photo"] == "again"
    quick = until(lambda: next((one for one in house.workers() if one.lane == "quick" and one.state == "ready"), None))
    heavy = next(one for one in house.workers() if one.lane == "heavy")
    assert quick.pid != workers["quick"] and heavy.pid == workers["heavy"], "only who died is started again"
    assert house.get(job).state == "running", "what runs beside it goes on"
    assert not house.store.row(clicks)["n"]
    house.cancel(job)
    ended(house, job)


def test_how_a_worker_ended_is_told_in_words():
    assert _cause(3) == "by itself (exit code 3)" and _cause(-signal.SIGSEGV) == "by itself (SIGSEGV)"
    assert "killed" in _cause(137)


def test_workers_say_what_they_run_on(house):
    heavy, quick = house.workers()
    assert (heavy.lane, quick.lane) == ("heavy", "quick")
    for worker in (heavy, quick):
        assert worker.machine["device"] == "cpu" and worker.machine["threads"] == threads(worker.lane)
        assert worker.machine["bytes"] > worker.used > 0


def test_killed_in_the_middle_nothing_is_lost(house):
    out = house.library.new_path("picture")
    job = ask(house, "count 60", out)
    waiting = ask(house, "count 2")
    until(lambda: (house.latest(job, "progress") or house).__dict__.get("step", 0) >= 5)
    before = next(worker for worker in house.workers() if worker.lane == "heavy")
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: house.get(job).state == "lost")
    lost = house.get(job)
    assert "killed" in lost.message and "Run it again" in lost.advice and lost.fault == "OutOfMemory"
    assert ended(house, waiting).state == "finished", "the next job runs in the new worker"
    assert next(worker for worker in house.workers() if worker.lane == "heavy").pid != before.pid
    said = len(house.events(job))
    house.retry(job)
    again = ended(house, job)
    assert again.result["from"] >= 5 and again.result["to"] == 60 and again.runs == 2
    assert len(house.events(job)) > said, "the log goes on where it was"


def test_a_mask_that_was_being_looked_for_is_looked_for_again_but_not_for_ever(store, settings, jobs):
    job = jobs.submit(Segment("photo.png", out="mask.png"), "Looking for the subject")
    for state in ("queued", "lost"):
        claim(store, "quick", "a worker that died")
        with Supervisor(settings, store):
            assert jobs.get(job).state == state


def test_closing_the_studio_keeps_the_job_for_next_time(store, settings, jobs):
    """The one that counts saves what it has; the one that has not begun is not waited for."""
    out = str(settings.room("pictures") / "p.png")
    with Supervisor(settings, store, door="tests.app.canned") as supervisor:
        supervisor.start()
        job = jobs.submit(Sample(Scene("count 1000"), out), "long")
        until(lambda: (jobs.latest(job, "progress") or jobs).__dict__.get("step", 0) >= 3)
        slow = jobs.submit(Segment("load"), "slow")
        until(lambda: jobs.get(slow).state == "running")
        pids = [worker.pid for worker in jobs.workers()]
    assert supervisor.lanes["quick"].process.returncode == 0, "it was not killed for taking long"
    assert jobs.get(job).state == "lost" and "closed" in jobs.get(job).message
    assert jobs.get(slow).state == "queued", "nobody looks after it: it is begun anew"
    assert int(Path(out).with_suffix(".count").read_text()) >= 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_an_idle_worker_prepares_part_by_part_until_it_is_wanted(library, capsys):
    wanted, did = threading.Event(), []

    def parts(lane, base):
        did.append((lane, base))
        yield
        did.append("more")
        wanted.set()
        yield
        did.append("too much")

    prepare(SimpleNamespace(prepare=parts), "heavy", library, wanted)
    assert did == [("heavy", "starter"), "more"]
    prepare(SimpleNamespace(), "heavy", library, wanted)
    prepare(SimpleNamespace(prepare=lambda *_: 1 / 0), "heavy", library, wanted)
    assert "ZeroDivisionError" in capsys.readouterr().err, "it is in the log, and the worker lives"


def test_nobody_waits_for_what_is_prepared_and_a_worker_that_follows_does_not_prepare(store, settings, jobs):
    log = settings.room("logs") / "worker-heavy.log"
    said = lambda: log.read_text().count("preparing")  # noqa: E731
    with Supervisor(settings, store, door="tests.app.slow_door") as supervisor:
        supervisor.start()
        until(lambda: said() == 1)
        until(lambda: "preparing" in (settings.room("logs") / "worker-quick.log").read_text())
        os.kill(supervisor.lanes["heavy"].process.pid, signal.SIGKILL)
        job = jobs.submit(Sample(Scene("anything"), str(settings.room("pictures") / "p.png")), "a picture")
        until(lambda: jobs.get(job).state == "finished")
        assert "--prepare" not in supervisor.lanes["heavy"].process.args, "it may have died of that"
        began = time.monotonic()
    assert time.monotonic() - began < GRACE / 2
    assert supervisor.lanes["quick"].process.returncode == 0


def test_a_worker_that_never_comes_up_is_given_up_with_a_reason(store, settings, jobs):
    with Supervisor(settings, store, door="tests.app.no_such_door") as supervisor:
        supervisor.start()
        until(lambda: [worker.state for worker in jobs.workers()] == ["broken", "broken"])
    assert "logs/worker-heavy.log" in jobs.workers()[0].note
    assert "no_such_door" in (settings.room("logs") / "worker-heavy.log").read_text()
