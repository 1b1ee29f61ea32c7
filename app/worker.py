"""A process that owns torch and runs one lane: claim a job, run it, append what it says, look again.

    python -m app.worker --lane quick|heavy --data FOLDER [--device auto]

Bytes on standard input are the door bell; its end means that the studio is gone, and the worker follows.
"""

import argparse
import importlib
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from app import mishaps
from app.bases import Bases
from app.jobs import append, new_id
from app.library import Library
from app.settings import DEVICES, LANES, Settings, nicety
from app.store import JSON, TASK, Store, pack, unpack
from pipelines.errors import Stopped, StudioError
from pipelines.events import Cancelled, Event, Failed, Finished, Made, Preview
from pipelines.tasks import Task

LAST_WORDS = (Finished, Failed, Cancelled)
PREVIEWS_KEPT = 60


class Bell:
    """Listens on standard input: `rung` is set by every byte, `gone` once and for all when the studio closes it.

    While the worker is not `settled` there is nothing to save, and the end of the studio is the end of the process.
    """

    def __init__(self) -> None:
        self.rung, self.gone, self.settled = threading.Event(), threading.Event(), threading.Event()
        threading.Thread(target=self._listen, daemon=True, name="bell").start()

    def _listen(self) -> None:
        while sys.stdin.buffer.read(1):
            self.rung.set()
        if not self.settled.is_set():
            os._exit(0)
        self.gone.set()
        self.rung.set()

    def wait(self, seconds: float) -> None:
        """Return at the next ring, or after `seconds`."""
        self.rung.wait(seconds)
        self.rung.clear()


class Log:
    """The Report of one job: events become rows, wishes (stop, pause, sample, save) are read from the
    job's own row.

    `worker` is the id under which the job was claimed. A job that meanwhile belongs to another worker is never written
    to, and its run is told to stop. The task is None where only the end is left to tell. `begun` is set when the run
    first says or asks something: it hears by itself from then on that the studio is gone.
    """

    def __init__(
        self, store: Store, library: Library, job: str, task: Task | None, worker: str, gone: threading.Event,
        begun: threading.Event | None = None,
    ):  # fmt: skip
        self.store, self.library, self.job, self.task = store, library, job, task
        self.worker, self.gone, self.begun = worker, gone, begun or threading.Event()

    def __call__(self, event: Event) -> None:
        self.begun.set()
        if isinstance(event, LAST_WORDS):
            return  # how a job ended is for `end` to say, in one transaction with its state
        if isinstance(event, Made):
            event = replace(event, facts={**event.facts, **self.library.record(self.job, self.task, event)})
        with self.store.transaction() as db:
            if not self._mine(db):
                return
            append(db, self.job, event)
            if isinstance(event, Preview):
                self._prune(db, PREVIEWS_KEPT)

    def stop(self) -> bool:
        self.begun.set()
        row = self.store.row("SELECT cancel, worker FROM job WHERE id = ?", self.job)
        return self.gone.is_set() or row is None or bool(row["cancel"]) or row["worker"] != self.worker

    def wait(self) -> None:
        if not self._wished("pause"):
            return
        self._state("paused")
        while self._wished("pause") and not self.stop():
            self.gone.wait(0.1)
        self._state("running")

    def wishes(self) -> tuple[str, ...]:
        row = self.store.row("SELECT wish, pause FROM job WHERE id = ?", self.job)
        held = ("pause",) if row and row["pause"] else ()
        if row is None or not row["wish"]:
            return held
        with self.store.transaction() as db:
            taken = db.execute("SELECT wish FROM job WHERE id = ?", (self.job,)).fetchone()["wish"]
            db.execute("UPDATE job SET wish = '' WHERE id = ?", (self.job,))
        return (*taken.split(), *held)

    def end(self, state: str, event: Event, fault: str = "") -> None:
        """Close the job: its state, why, and the last event, together."""
        result = pack(JSON, event.result) if isinstance(event, Finished) else None
        why = (event.message, event.advice) if isinstance(event, Failed) else ("", "")
        with self.store.transaction() as db:
            if not self._mine(db):
                return
            self._prune(db, 1)
            append(db, self.job, event)
            closed = "state = ?, ended = ?, result = ?, fault = ?, message = ?, advice = ?"
            db.execute(f"UPDATE job SET {closed} WHERE id = ?", (state, time.time(), result, fault, *why, self.job))

    def asked_to_stop(self) -> bool:
        """Whether it was a person who wished the end, not the studio closing."""
        return self._wished("cancel")

    def _wished(self, what: str) -> bool:
        row = self.store.row("SELECT cancel, pause FROM job WHERE id = ?", self.job)
        return row is not None and bool(row[what])

    def _state(self, state: str) -> None:
        with self.store.transaction() as db:
            db.execute("UPDATE job SET state = ? WHERE id = ? AND worker = ?", (state, self.job, self.worker))

    def _mine(self, db: Any) -> bool:
        return bool(db.execute("SELECT 1 FROM job WHERE id = ? AND worker = ?", (self.job, self.worker)).fetchone())

    def _prune(self, db: Any, keep: int) -> None:
        """Previews are for watching: only the newest stay."""
        last = "SELECT seq FROM event WHERE job = ? AND kind = 'preview' ORDER BY seq DESC LIMIT 1 OFFSET ?"
        db.execute(
            f"DELETE FROM event WHERE job = ? AND kind = 'preview' AND seq < ({last})", (self.job, self.job, keep - 1)
        )


def claim(store: Store, lane: str, worker: str) -> Any | None:
    """Take the next job of a lane, requests that somebody waits for first; None when there is nothing to do."""
    turn = "SELECT id FROM job WHERE lane = ? AND state = 'queued' ORDER BY answer DESC, place LIMIT 1"
    with store.transaction() as db:
        return db.execute(
            f"UPDATE job SET state = 'running', worker = ?, started = ?, runs = runs + 1 WHERE id = ({turn})"
            " AND state = 'queued' RETURNING id, task, answer", (worker, time.time(), lane)
        ).fetchone()  # fmt: skip


def work(door: ModuleType, log: Log, logs: Path) -> None:
    """Run one job through the door and close it, whatever happens."""
    began = time.perf_counter()
    try:
        result = door.run(log.task, log)
        log.end("finished", Finished(round(time.perf_counter() - began, 3), result))
    except Stopped as stop:
        if log.asked_to_stop():
            log.end("cancelled", Cancelled(str(stop)))
        else:
            log.end("lost", Failed("The studio was closed while this was running.", "Run it again to carry on."))
    except StudioError as error:
        log.end("failed", *failure(error, log.job))
    except Exception as error:
        with suppress(OSError):  # on a full disk the job is closed all the same
            traceback.print_exc()
            (logs / f"job-{log.job}.log").write_text(traceback.format_exc(), encoding="utf-8")
        log.end("failed", *failure(error, log.job))


def failure(error: Exception, job: str) -> tuple[Failed, str]:
    """What is told of a job that ended with an error, and the name of its kind."""
    if isinstance(error, OSError) and error.errno in mishaps.FULL:
        error = mishaps.told(error)
    if isinstance(error, StudioError):
        return Failed(error.message, error.advice), type(error).__name__
    what = f"The studio made a mistake: {type(error).__name__}, {error}".rstrip(". ")
    advice = f"Run it again; if it comes back, report it with job-{job}.log from the logs."
    return Failed(f"{what}.", advice), "StudioError"


def prepare(door: ModuleType, lane: str, library: Library, wanted: threading.Event) -> None:
    """Let an idle lane load what its first job will need, where its door knows, until it is `wanted`. Trouble is told
    by that job."""
    try:
        for _ in door.prepare(lane, Bases(library).used().base) if hasattr(door, "prepare") else ():
            if wanted.is_set():
                return
    except Exception:
        traceback.print_exc()


class Presence:
    """This worker's row: alive, what it runs on, how much memory it holds. A thread renews it every second."""

    def __init__(self, store: Store, lane: str, worker: str):
        self.store, self.lane, self.worker = store, lane, worker
        with store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO worker (lane, id, pid, state, beat) VALUES (?, ?, ?, 'starting', ?)",
                (lane, worker, os.getpid(), time.time()),
            )

    def say(self, state: str, note: str = "") -> None:
        """Tell the page what the worker is doing."""
        self._set(state=state, note=note, beat=time.time())

    def know(self, machine: dict[str, Any], used: Any, held: Any) -> None:
        """Tell the page what was found, and from now on the memory in use, in bytes, as `used()` says, and which base
        is there or on its way, as `held()` says."""
        self._set(machine=pack(JSON, machine))
        threading.Thread(target=self._beat, args=(used, held), daemon=True, name="beat").start()

    def _beat(self, used: Any, held: Any) -> None:
        while True:
            base, loading = held()
            self._set(beat=time.time(), used=used(), base=base, loading=loading)
            time.sleep(1)

    def _set(self, **values: Any) -> None:
        marks = ", ".join(f"{name} = ?" for name in values)
        with self.store.transaction() as db:
            where = (self.lane, self.worker)
            db.execute(f"UPDATE worker SET {marks} WHERE lane = ? AND id = ?", (*values.values(), *where))


def main() -> None:
    """Run a lane until the studio is gone."""
    parser = argparse.ArgumentParser(prog="app.worker")
    parser.add_argument("--lane", choices=LANES, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--door", default="pipelines.run", help="module whose run(task, report) does the work")
    parser.add_argument("--prepare", action="store_true", help="load what the first job will need while there is none")
    args, began = parser.parse_args(), time.monotonic()
    if hasattr(os, "nice"):
        os.nice(max(0, nicety(args.lane) - os.nice(0)))  # no further where all of the studio steps back already
    bell, worker, settings = Bell(), new_id(), Settings(data=args.data, device=args.device)
    store = Store(settings.database)
    library, presence = Library(store, settings), Presence(store, args.lane, worker)
    door = importlib.import_module(args.door)  # before torch: one that does not open is known at once
    device = importlib.import_module("pipelines.device")
    # Clicks are answered on the processor, so that they never wait for, or take memory from, what trains.
    chosen = device.choose("cpu" if args.lane == "quick" else args.device)
    presence.know(asdict(chosen), device.in_use, device.held)
    presence.say("ready")
    # As long again as this start took: the page, which starts beside it, has come up by then.
    rested, cold = 2 * time.monotonic() - began, args.prepare
    while not bell.gone.is_set():
        bell.settled.clear()  # until the job says something: libraries and networks take a while to load
        row = claim(store, args.lane, worker)
        if row is None and cold and time.monotonic() >= rested:
            cold = False
            prepare(door, args.lane, library, bell.rung)
            continue
        if row is None:
            bell.settled.set()
            bell.wait(0.25)
            continue
        cold, task = False, unpack(TASK, row["task"])
        presence.say("working", row["id"])
        work(door, Log(store, library, row["id"], task, worker, bell.gone, bell.settled), settings.room("logs"))
        bell.settled.set()
        presence.say("ready")
    presence.say("stopped")


if __name__ == "__main__":
    main()
