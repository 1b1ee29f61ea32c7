"""The studio as people start it, for tests: `python launch.py` on a free port with a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from app.jobs import Jobs
from app.library import Library
from app.settings import ROOT, Settings
from app.store import Store


def free_port() -> int:
    """A port nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Studio:
    """A running studio; a context manager. `words` are more flags; with a `door` its workers do what that module does.

    Attributes:
        url: its address, without a slash at the end. data: its data folder. seconds: from the command to the page.
        jobs, library: the same queue and library, seen from here. process: the web process.
    """

    def __init__(self, data: Path, *words: str, door: str = ""):
        self.data, self.port, self.words, self.door = data.resolve(), free_port(), words, door
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Studio":
        self.log = open(self.data.with_name(f"{self.data.name}.log"), "ab")  # noqa: SIM115
        began = time.monotonic()
        command, where = [str(ROOT / "launch.py"), "--skip-install", "--no-autolaunch"], self.data.parent
        command += ["--device=cpu", f"--port={self.port}", f"--data-dir={self.data}", *self.words]
        if self.door:
            command, where = ["-m", "tests.door", self.door, str(self.port), str(self.data)], ROOT
        # As on a computer of its own: limits that share the cores out among test processes are not for its workers.
        unlimited = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env=unlimited,
            stdin=subprocess.PIPE if self.door else subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            cwd=where,
        )
        while not self._answers():
            said = Path(self.log.name).read_text()
            assert self.process.poll() is None and time.monotonic() - began < 120, f"it did not come up: {said}"
            time.sleep(0.02)
        self.seconds = time.monotonic() - began
        settings = Settings(data=self.data, device="cpu")
        self.store = Store(settings.database)
        self.jobs, self.library = Jobs(self.store), Library(self.store, settings)
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()
        if self.door:
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGINT if os.name != "nt" else signal.CTRL_BREAK_EVENT)
        self.process.wait(60)
        self.log.close()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False
