"""What the studio was asked to be, in one frozen value. The only reader of the environment."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import Unavailable

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "photos",
    "masks",
    "artefacts",
    "pictures",
    "walls",
    "evaluations",
    "cache",
    "checkpoints",
    "logs",
    "thumbs",
    "exports",
    "imports",
    "temp",
)
DEVICES = ("auto", "cpu", "cuda", "mps")
LANES = ("quick", "heavy")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """Everything the command line decides.

    `data` is the folder that holds all the user owns; `auth` are (name, password) pairs; `device` is one of DEVICES,
    "cuda" standing for ROCm too; `host` is an address to bind, loopback unless asked otherwise; `mcp` opens the named
    endpoints to assistants, too; below the folders `allowed` lie files that pages may name when others can open them.
    """

    data: Path = ROOT / "data"
    host: str = "127.0.0.1"
    port: int = 7860
    share: bool = False
    auth: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    device: str = "auto"
    browse: bool = False
    mcp: bool = False
    allowed: tuple[Path, ...] = ()

    @property
    def opened(self) -> bool:
        """Whether others than the people at this computer can open the studio."""
        return self.share or self.host not in LOOPBACK

    def room(self, name: str) -> Path:
        """One of the data folder's own folders, made when missing."""
        if name not in ROOMS:
            raise KeyError(name)
        return self._made(self.data / name)

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self._made(self.data) / "likeness.sqlite"

    def _made(self, folder: Path) -> Path:
        """A folder of the user's own, made when missing; raises Unavailable when that does not work."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            advice = "Choose another one with --data-dir, or change its rights."
            raise Unavailable(f"The data folder {self.data} cannot be used ({error.strerror}).", advice) from error
        return folder


def cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads(lane: str) -> int:
    """How many threads a lane's worker may start.

    The quick lane gets a few, so that a click is never slowed by its own crowd. The heavy lane gets the rest, but all
    of a small machine: there it steps back by priority instead (`nicety`). Neither gets more than OMP_NUM_THREADS says,
    where somebody set it because the cores have other things to do: threads that wait for one another wait for the
    slowest.
    """
    have = cores()
    quick = 1 if have <= 4 else 2 if have <= 16 else 4
    share = quick if lane == "quick" else have if have <= 2 else have - quick
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return min(share, int(asked)) if asked.isdigit() and int(asked) else share


def nicety(lane: str) -> int:
    """How far a lane steps back for others, 0 (not at all) to 19: training waits, clicks do not."""
    return 0 if lane == "quick" else 10


def worker_environment(lane: str) -> dict[str, str]:
    """The environment of a worker process: ours, with thread counts that numeric libraries read when they load."""
    return limited(threads(lane))


def limited(count: int) -> dict[str, str]:
    """Our environment, with `count` threads for every numeric library that loads in it."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    quiet = {"TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    # Threads that spin while they wait would take the second core from the other lane.
    patient = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
    return {**os.environ, **dict.fromkeys(names, str(count)), **quiet, **patient}


def claim_environment(settings: Settings) -> None:
    """Tell libraries, through variables they read when they load, to keep to the data folder and to themselves."""
    os.environ["GRADIO_TEMP_DIR"] = str(settings.room("temp").resolve())
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    for name in ("SHARE", "SERVER_NAME", "SERVER_PORT", "ROOT_PATH", "ALLOWED_PATHS"):
        os.environ.pop(f"GRADIO_{name}", None)


def claim_threads() -> None:
    """Set the thread counts of this process, before a numeric library loads: all cores, as for the heavy lane."""
    os.environ.update(worker_environment("heavy"))


def is_root() -> bool:
    """Whether this process may install programs for the whole computer."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def quiet_environment() -> dict[str, str]:
    """The environment for Debian's installer, which then asks nothing."""
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def has_screen() -> bool:
    """Whether opening a browser window makes sense on this machine."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return not os.environ.get("SSH_CONNECTION")
