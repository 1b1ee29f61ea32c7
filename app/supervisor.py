"""Starts the two workers, watches them, starts them again when they die, and says which jobs died with them."""

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from app.jobs import append
from app.settings import LANES, ROOT, Settings, worker_environment
from app.store import Store
from pipelines.errors import DiskFull
from pipelines.events import Failed

GRACE = 20.0  # seconds a worker gets to save what it has when the studio closes
PATIENCE = 3  # so many in a row that died before they were ready, and the lane is given up until the next start
KILLED = (-9, 137)  # exit codes of what the system ended, as it does where memory runs out
TRIES = 2  # how often a mask is looked for that no worker lives to find


@dataclass
class Lane:
    """One worker process and what is known of it."""

    name: str
    process: subprocess.Popen | None = None
    false_starts: int = 0
    log: IO | None = field(default=None, repr=False)


class Supervisor:
    """Owns the worker processes of one studio; a context manager, so that none is left behind.

    `door` is the module whose `run(task, report)` the workers call. Whoever opens it holds the data folder, see
    `data_folder.held`: two on one folder would take each other's jobs for lost.
    """

    def __init__(self, settings: Settings, store: Store, door: str = "pipelines.run"):
        self.settings, self.store, self.door = settings, store, door
        self.lanes = {name: Lane(name) for name in LANES}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._watch = threading.Thread(target=self._look, daemon=True, name="supervisor")

    def __enter__(self) -> "Supervisor":
        """Take over the queue: jobs that another life left running are lost."""
        self._lose("worker IS NOT NULL AND state IN ('running', 'paused')", (), "The computer or the studio stopped")
        with self.store.transaction() as db:
            db.execute("DELETE FROM job WHERE answer = 1")
            db.execute("DELETE FROM worker")
        return self

    def start(self) -> None:
        """Start both workers, and keep an eye on them from now on."""
        for lane in self.lanes.values():
            self._start(lane, "--prepare")
        self._watch.start()

    def __exit__(self, *_: object) -> None:
        """Close the bell of each worker, give it time to save what it has, then end it."""
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join()
        give_up = time.monotonic() + GRACE
        running = [lane for lane in self.lanes.values() if lane.process]
        for lane in running:
            lane.process.stdin.close()
        for lane in running:
            try:
                lane.process.wait(max(0.1, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                lane.process.kill()
                lane.process.wait()
            self._lose_jobs_of(lane, "The studio was closed")
            lane.log.close()

    def ring(self, lane: str) -> None:
        """Wake a lane's worker, if the lane has one here."""
        if lane not in self.lanes:
            return
        with self._lock:
            process = self.lanes[lane].process
            try:
                process.stdin.write(b".")
                process.stdin.flush()
            except (OSError, ValueError, AttributeError):
                return  # it is gone or going; the next one looks at the queue by itself

    def _look(self) -> None:
        while not self._closing.wait(0.2):
            for lane in self.lanes.values():
                code = lane.process.poll()
                if code is not None and lane.false_starts < PATIENCE:
                    with suppress(DiskFull, OSError):  # on a full disk it is tried again at the next look
                        self._bury(lane, code)

    def _bury(self, lane: Lane, code: int) -> None:
        """Say what the dead worker had in hand, and start another, unless none of the last ones came up."""
        self._lose_jobs_of(
            lane, f"The worker stopped {_cause(code)}", "OutOfMemory" if code in KILLED else "Unavailable"
        )
        lane.process.stdin.close()
        lane.log.close()
        lane.false_starts = 0 if self._worked(lane) else lane.false_starts + 1
        if lane.false_starts < PATIENCE:
            self._start(lane)
            return
        note = f"The {lane.name} worker does not come up; the reason is at the end of logs/worker-{lane.name}.log."
        with self.store.transaction() as db:
            columns = "worker (lane, id, pid, state, beat, note)"
            row = (lane.name, time.time(), note)
            db.execute(f"INSERT OR REPLACE INTO {columns} VALUES (?, '', 0, 'broken', ?, ?)", row)

    def _start(self, lane: Lane, *words: str) -> None:
        """Start a worker. One that died is not asked to prepare again: it may have died of that."""
        told = {
            "lane": lane.name,
            "data": self.settings.data.resolve(),
            "device": self.settings.device,
            "door": self.door,
        }
        command = [sys.executable, "-m", "app.worker", *(f"--{name}={value}" for name, value in told.items()), *words]
        lane.log = open(self.settings.room("logs") / f"worker-{lane.name}.log", "ab")  # noqa: SIM115
        # A session of its own keeps Ctrl C for the studio, which then closes the worker gently.
        away = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        with self._lock:
            lane.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=lane.log,
                stderr=lane.log,
                cwd=ROOT,
                env=worker_environment(lane.name),
                **away,
            )

    def _worked(self, lane: Lane) -> bool:
        """Whether the worker got as far as being ready."""
        row = self.store.row("SELECT state FROM worker WHERE lane = ? AND pid = ?", lane.name, lane.process.pid)
        return row is not None and row["state"] in ("ready", "working")

    def _lose_jobs_of(self, lane: Lane, what: str, fault: str = "Unavailable") -> None:
        owner = "worker IN (SELECT id FROM worker WHERE lane = ? AND pid = ?) AND state IN ('running', 'paused')"
        self._lose(owner, (lane.name, lane.process.pid), what, fault)

    def _lose(self, where: str, values: tuple, what: str, fault: str = "Unavailable") -> None:
        """Mark jobs lost: their worker is gone, what they had saved is kept, and they can be run again."""
        message, advice = f"{what} while this was running.", "Run it again: it carries on from what was saved."
        with self.store.transaction() as db:
            # Nobody looks after what the quick lane does by itself: it is done again, but what kills its worker is not.
            db.execute(
                f"UPDATE job SET state = 'queued', started = NULL, worker = NULL WHERE {where}"
                " AND lane = 'quick' AND answer = 0 AND NOT cancel AND runs < ?",
                (*values, TRIES),
            )
            gone = [row["id"] for row in db.execute(f"SELECT id FROM job WHERE {where}", values)]
            for job in gone:
                db.execute(
                    "UPDATE job SET state = 'lost', ended = ?, fault = ?, message = ?, advice = ?,"
                    " worker = NULL WHERE id = ?",
                    (time.time(), fault, message, advice, job),
                )
                append(db, job, Failed(message, advice))


def _cause(code: int) -> str:
    """An exit code in words."""
    if code in KILLED:
        return "because it was killed, most often for want of memory,"
    if code < 0:
        return f"by itself ({signal.Signals(-code).name})"
    return f"by itself (exit code {code})"
