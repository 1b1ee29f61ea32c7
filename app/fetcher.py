"""Runs the fetch lane: a thread of the web process, because waiting for the network needs no worker of its own."""

import threading
import traceback
from contextlib import suppress

from app.jobs import Jobs, new_id
from app.library import Library
from app.store import TASK, unpack
from app.worker import Log, claim, failure, work
from pipelines import fetch
from pipelines.tasks import Task

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
        """Whatever goes wrong is told of the job it befell, as soon as the disk takes it, and the lane goes on."""
        me, job, wrong = new_id(), "", None
        while not self._gone.wait(PAUSE):
            try:
                if wrong and job:
                    self._log(job, None, me).end("failed", *failure(wrong, job))
                job, wrong = "", None
                if row := claim(self.jobs.store, LANE, me):
                    job = row["id"]
                    work(fetch, self._log(job, unpack(TASK, row["task"]), me), self.library.settings.room("logs"))
                    job = ""
            except Exception as error:
                if wrong is None:
                    wrong = error
                    with suppress(OSError):
                        traceback.print_exc()

    def _log(self, job: str, task: Task | None, me: str) -> Log:
        return Log(self.jobs.store, self.library, job, task, me, self._gone)
