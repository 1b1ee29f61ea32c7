"""A studio of its own to be measured: `python launch.py` on a free port, with a data folder that goes away again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.environment import HOME, stands
from app.jobs import ENDED, Jobs
from app.library import Library
from app.settings import ROOT, Settings
from app.store import Store
from pipelines.errors import Unavailable

PATIENCE = 180.0  # seconds anything may take before the bench gives up


class Running:
    """A studio in a process of its own; a context manager.

    Attributes:
        url: its address. began: when its command was given, by the monotonic clock. library, jobs: what it holds, seen
        from here.
    """

    def __init__(self, data: Path, device: str = "auto"):
        self.settings = Settings(data=data, device=device, port=_free_port())
        self.url = f"http://127.0.0.1:{self.settings.port}"

    def __enter__(self) -> "Running":
        command = [*_launcher(), "--no-autolaunch", f"--device={self.settings.device}"]
        command += [f"--port={self.settings.port}", f"--data-dir={self.settings.data}"]
        self._log = open(self.settings.data.with_name("studio.log"), "ab")  # noqa: SIM115
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            cwd=self.settings.data.parent,
        )  # fmt: skip
        wait(self._answers, "The studio did not come up.")
        self.store = Store(self.settings.database)
        self.library = Library(self.store, self.settings)
        self.jobs = Jobs(self.store)
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        self._process.send_signal(signal.SIGINT if os.name != "nt" else signal.CTRL_BREAK_EVENT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def worker(self, lane: str) -> int:
        """The process of a lane's worker, once it is ready to work."""
        return wait(
            lambda: next((one.pid for one in self.jobs.workers() if one.lane == lane and one.state == "ready"), 0),
            f"The {lane} worker did not come up.",
        )

    def spent(self) -> float:
        """Seconds of processor time the web process has used, which does not grow while others keep it waiting."""
        import psutil

        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def ended(self, job: str) -> str:
        """How a job ended, waited for."""
        return wait(lambda: (state := self.jobs.get(job).state) in ENDED and state, "A job did not end.")

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise Unavailable("The studio closed again.", Path(self._log.name).read_text("utf-8", "replace")[-500:])
        with socket.socket() as probe:
            probe.settimeout(5)
            return probe.connect_ex(("127.0.0.1", self.settings.port)) == 0


def wait(known: Callable[[], Any], trouble: str) -> Any:
    """Ask until the answer is true, and give it.

    Raises:
        Unavailable: with `trouble`, when it does not become true for minutes.
    """
    give_up = time.monotonic() + PATIENCE
    while not (found := known()):
        if time.monotonic() > give_up:
            raise Unavailable(trouble, "Close what else keeps this computer busy, then measure again.")
        time.sleep(0.01)
    return found


def _launcher() -> list[str]:
    """The start that a person types, with the Python that the environment was made from, which it goes over to; where
    this Python is another environment, or something is still to be installed, the start within this one."""
    launch = str(ROOT / "launch.py")
    if os.name != "nt" and Path(sys.prefix).resolve() == HOME.resolve() and stands():
        return [sys._base_executable, launch]
    return [sys.executable, launch, "--skip-install"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
