"""The queue: ask for work, follow it, stop it. Work is a value; nothing here runs it.

States: queued → running ⇄ paused → finished | failed | cancelled | lost. The page writes queued and the wishes
(cancel, pause); the worker that owns a job writes the rest; the supervisor writes lost when that worker is gone.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import Any

from app.store import EVENT, JSON, TASK, Store, pack, unpack
from pipelines import errors
from pipelines.errors import BadInput, Unavailable
from pipelines.events import Cancelled, Event, Preview
from pipelines.tasks import Segment, Task

ACTIVE = ("queued", "running", "paused")
ENDED = ("finished", "failed", "cancelled", "lost")
QUICK = (Segment,)


def new_id() -> str:
    """A short name that no other thing in the studio has."""
    return secrets.token_hex(5)


@dataclass(frozen=True)
class Job:
    """One piece of work as the page sees it. Times are seconds since the epoch; `message` and `advice` say why it ended
    early, `fault` which class of `pipelines.errors` that was; `runs` counts how often a worker took it up; `result` is
    what it answered, once finished; `wished` is "stop" or "pause" from when somebody asked for it until the worker did
    it, else empty."""

    id: str
    title: str
    lane: str
    state: str
    task: Task
    created: float
    started: float | None
    ended: float | None
    runs: int
    result: dict[str, Any]
    message: str
    advice: str
    wished: str
    fault: str = ""


@dataclass(frozen=True)
class Worker:
    """The process that runs one lane. `state` is starting, ready, working, stopped or broken; `machine` says what it
    found (device, label, dtype, memory mode, threads, total bytes); `used` is the memory it holds, in bytes; `base` the
    base model it holds, if any, or is `loading`."""

    lane: str
    state: str
    pid: int
    beat: float
    note: str
    machine: dict[str, Any]
    used: int
    base: str
    loading: bool


class Jobs:
    """The page's door to the queue. `ring` wakes a lane's worker; without it the worker looks by itself soon after."""

    def __init__(self, store: Store, ring: Callable[[str], None] = lambda lane: None):
        self.store = store
        self.ring = ring

    def submit(self, task: Task, title: str, lane: str | None = None) -> str:
        """Put a task at the end of its lane and return the job's id."""
        return self._add(task, title, lane, answer=False)

    def answer(self, task: Task, timeout: float = 20.0) -> dict[str, Any]:
        """Run a quick task before all others of the quick lane, wait for it and return its result.

        Raises:
            StudioError: what the task raised; Unavailable when no answer came within `timeout` seconds.
        """
        job, give_up = self._add(task, "", "quick", answer=True), time.monotonic() + timeout
        asked = time.monotonic()
        try:
            while time.monotonic() < give_up:
                row = self.store.row("SELECT state, result, fault, message, advice FROM job WHERE id = ?", job)
                if row["state"] == "finished":
                    return unpack(JSON, row["result"])
                if row["state"] in ENDED:
                    kind = getattr(errors, row["fault"] or "", Unavailable)
                    raise kind(row["message"], row["advice"])
                time.sleep(0.002 if time.monotonic() - asked < 0.5 else 0.02)
            raise Unavailable("The worker for quick requests is still busy.", "Try again in a moment.")
        finally:
            self._forget(job)

    def cancel(self, job: str) -> None:
        """Stop a job: at once while it waits, at the next step while it runs; what is finished is kept."""
        with self.store.transaction() as db:
            if _row(db, job)["state"] not in ACTIVE:
                return
            db.execute("UPDATE job SET cancel = 1 WHERE id = ?", (job,))
            waiting = "UPDATE job SET state = 'cancelled', ended = ? WHERE id = ? AND worker IS NULL"
            if db.execute(waiting, (time.time(), job)).rowcount:
                append(db, job, Cancelled())

    def pause(self, job: str) -> None:
        """Hold a job where it is. One that runs keeps its lane; one that waits lets others pass."""
        with self.store.transaction() as db:
            db.execute("UPDATE job SET pause = 1 WHERE id = ?", (_row(db, job)["id"],))
            db.execute("UPDATE job SET state = 'paused' WHERE id = ? AND state = 'queued'", (job,))

    def resume(self, job: str) -> None:
        """Let a paused job go on."""
        with self.store.transaction() as db:
            row = _row(db, job)
            db.execute("UPDATE job SET pause = 0 WHERE id = ?", (job,))
            db.execute("UPDATE job SET state = 'queued' WHERE id = ? AND state = 'paused' AND worker IS NULL", (job,))
        self.ring(row["lane"])

    def wish(self, job: str, what: str) -> None:
        """Ask a run for something while it goes on: "sample" or "save". One that does not run hears nothing."""
        with self.store.transaction() as db:
            words = _row(db, job)["wish"].split()
            db.execute(
                "UPDATE job SET wish = ? WHERE id = ? AND state IN ('running', 'paused')",
                (" ".join(dict.fromkeys([*words, what])), job),
            )

    def retry(self, job: str) -> None:
        """Run an ended job again, at the end of its lane. The task is a value, so it does the same; tuning carries on
        from its last checkpoint. Events go on in the same log.

        Raises:
            BadInput: when the job has not ended.
        """
        with self.store.transaction() as db:
            row = _row(db, job)
            if row["state"] not in ENDED:
                raise BadInput(f"“{row['title']}” is {row['state']}.", "It can be run again once it has ended.")
            db.execute(
                "UPDATE job SET state = 'queued', place = ?, started = NULL, ended = NULL, worker = NULL, cancel = 0,"
                " pause = 0, wish = '', result = NULL, fault = NULL, message = NULL, advice = NULL WHERE id = ?",
                (_end_of(db, row["lane"]), job),
            )
        self.ring(row["lane"])

    def reorder(self, job: str, before: str | None = None) -> None:
        """Move a waiting job in front of another one of its lane, or to the end."""
        with self.store.transaction() as db:
            row = _row(db, job)
            if before is None:
                end = _end_of(db, row["lane"])
            else:
                stop = _row(db, before)["place"]
                ahead = "SELECT max(place) FROM job WHERE lane = ? AND place < ? AND id != ?"
                start = db.execute(ahead, (row["lane"], stop, job)).fetchone()[0]
                end = stop - 1 if start is None else (start + stop) / 2
            db.execute("UPDATE job SET place = ? WHERE id = ?", (end, job))

    def get(self, job: str) -> Job:
        """One job; raises BadInput when there is none of that id."""
        row = self.store.row("SELECT * FROM job WHERE id = ?", job)
        if row is None:
            raise BadInput(f"There is no job “{job}”.", "It may have been removed from the queue.")
        return _job(row)

    def foremost(self, jobs: Iterable[str]) -> Job | None:
        """Of some jobs the one at work, else the last one that is still on the list; None where none is."""
        found = [_job(row) for one in jobs if (row := self.store.row("SELECT * FROM job WHERE id = ?", one))]
        return next((one for one in found if one.state in ACTIVE), found[-1] if found else None)

    def remove(self, job: str) -> None:
        """Take an ended job and its events off the list. What it made stays.

        Raises:
            BadInput: when the job has not ended.
        """
        if self.get(job).state not in ENDED:
            raise BadInput("The job has not ended.", "Stop it first.")
        self._forget(job)

    def events(self, job: str, after: int = 0) -> list[tuple[int, float, Event]]:
        """What the job said since event number `after`, oldest first, each with its number and its time in seconds
        since the epoch."""
        rows = self.store.rows("SELECT seq, at, body FROM event WHERE job = ? AND seq > ? ORDER BY seq", job, after)
        return [(row["seq"], row["at"], unpack(EVENT, row["body"])) for row in rows]

    def latest(self, job: str, kind: str) -> Event | None:
        """The newest event of one kind ("progress", "preview", "measure" ...), if there is one."""
        sql = "SELECT body FROM event WHERE job = ? AND kind = ? ORDER BY seq DESC LIMIT 1"
        row = self.store.row(sql, job, kind)
        return unpack(EVENT, row["body"]) if row else None

    async def follow(self, job: str, after: int = 0, pause: float = 0.06) -> AsyncIterator[tuple[int, Event]]:
        """Yield events as they come, until the job has ended. Of previews that came together only the newest is given,
        so a slow reader never lags. Stopping to read changes nothing for the job; call again with the last number."""
        while True:
            ended = self.get(job).state in ENDED
            fresh = self.events(job, after)
            stale = {seq for seq, _, event in fresh if isinstance(event, Preview)}
            stale.discard(max(stale, default=0))
            for seq, _, event in fresh:
                after = seq
                if seq not in stale:
                    yield seq, event
            if ended:
                return
            await asyncio.sleep(pause)

    def workers(self) -> list[Worker]:
        """The processes behind the lanes, for the page to show."""
        columns = "lane, state, pid, beat, note, machine, used, base, loading"
        rows = self.store.rows(f"SELECT {columns} FROM worker ORDER BY lane")
        plain = [
            {**dict(row), "machine": unpack(JSON, row["machine"]), "loading": bool(row["loading"])} for row in rows
        ]
        return [Worker(**one) for one in plain]

    def _add(self, task: Task, title: str, lane: str | None, answer: bool) -> str:
        job, lane = new_id(), lane or ("quick" if isinstance(task, QUICK) else "heavy")
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO job (id, title, lane, state, task, answer, place, created)"
                " VALUES (?, ?, ?, 'queued', ?, ?, ?, ?)",
                (job, title, lane, pack(TASK, task), answer, _end_of(db, lane), time.time()),
            )
        self.ring(lane)
        return job

    def _forget(self, job: str) -> None:
        with self.store.transaction() as db:
            db.execute("DELETE FROM job WHERE id = ?", (job,))

    def list(self, states: Iterable[str] = ACTIVE, since: float = 0.0, quick: bool = True, most: int = -1) -> list[Job]:
        """Jobs in these states: those under way first, then those waiting by turn, then those ended, newest first.

        Jobs that ended before `since` (seconds since the epoch) are left out, without `quick` those of the quick lane,
        too, and of the rest all after the first `most`, if that is not negative.
        """
        states = tuple(states)
        order = "ORDER BY (state NOT IN ('running', 'paused') OR worker IS NULL), ended IS NOT NULL, -ended, place"
        marks = ", ".join("?" * len(states))
        rows = self.store.rows(
            f"SELECT * FROM job WHERE answer = 0 AND state IN ({marks}) AND coalesce(ended, ?) >= ?"
            f" AND (? OR lane != 'quick') {order} LIMIT ?",
            *states,
            since,
            since,
            quick,
            most,
        )
        return [_job(row) for row in rows]


def append(db: Connection, job: str, event: Event) -> None:
    """Write one event behind the job's others; the caller holds the transaction."""
    number = "SELECT ?, 1 + coalesce(max(seq), 0), ?, ?, ? FROM event WHERE job = ?"
    db.execute(f"INSERT INTO event {number}", (job, time.time(), event.kind, pack(EVENT, event), job))


def _row(db: Connection, job: str) -> Row:
    row = db.execute("SELECT * FROM job WHERE id = ?", (job,)).fetchone()
    if row is None:
        raise BadInput(f"There is no job “{job}”.", "It may have been removed from the queue.")
    return row


def _end_of(db: Connection, lane: str) -> float:
    return 1 + (db.execute("SELECT max(place) FROM job WHERE lane = ?", (lane,)).fetchone()[0] or 0)


def _wished(row: Row) -> str:
    if row["state"] in ("running", "paused") and row["cancel"]:
        return "stop"
    return "pause" if row["state"] == "running" and row["pause"] else ""


def _job(row: Row) -> Job:
    return Job(
        id=row["id"], title=row["title"], lane=row["lane"], state=row["state"], task=unpack(TASK, row["task"]),
        created=row["created"], started=row["started"], ended=row["ended"], runs=row["runs"],
        result=unpack(JSON, row["result"]) if row["result"] else {},
        message=row["message"] or "", advice=row["advice"] or "", wished=_wished(row),
        fault=row["fault"] or "",
    )  # fmt: skip
