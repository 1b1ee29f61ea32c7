"""Runs the fetch lane: a thread of the web process, because waiting for the network needs no worker of its own."""

import threading

from app.jobs import Jobs, new_id
from app.library import Library
from app.store import TASK, unpack
from app.worker import Log, claim, work
from pipelines import fetch

LANE, PAUSE = "fetch", 1.0


class Fetcher:
    """Takes fetches one after another; `close()` ends the one under way, which is lost and can be carried on."""

    def __init__(self, jobs: Jobs, library: Library):
        self.jobs, self.library = jobs, library
        self._gone = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="fetcher")

    def start(self) -> "Fetcher":
        """Begin to look for work, about once a second."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop looking, and wait until what was under way has been put down."""
        self._gone.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        me, logs = new_id(), self.library.settings.room("logs")
        while not self._gone.wait(PAUSE):
            row = claim(self.jobs.store, LANE, me)
            if row:
                log = Log(self.jobs.store, self.library, row["id"], unpack(TASK, row["task"]), me, self._gone)
                work(fetch, log, logs)
