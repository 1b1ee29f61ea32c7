"""A benchmark's cells made by the machines of a Ray cluster. The one file that knows Ray, which is an extra.

Every worker is given the task itself and fills its share of the task's own folders, which all machines see under the
same path, as they see Likeness. What is finished lies there under its name: who takes the place of a worker that died
makes only what is missing, and a run without Ray goes on where one with it stopped.
"""

import logging
import pickle
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipelines import errors
from pipelines.doors import open_doors
from pipelines.errors import BadInput, StudioError, Unavailable, WorkerLost
from pipelines.events import Silent, Warned

if TYPE_CHECKING:
    from pipelines.asking import Case
    from pipelines.grid import Grid

TRIES = 3
"""How often a piece of work is given out again after its worker died."""
LOOK, PATIENCE = 0.5, 10.0
"""Seconds between two looks at whether somebody asked to stop, and until an address is taken for one of nobody."""


@dataclass(frozen=True)
class Outcome:
    """What became of a piece of work: what was warned of and, where it failed, the error's name and two sentences."""

    warned: tuple[Warned, ...] = ()
    refused: tuple[str, str, str] | None = None


class Cluster:
    """One run's work on a cluster: teachings, each once, then the cells that need them, in the order of the run.

    Args:
        grid: the run, ready. asked: which cases, by their place, and which methods. lacking: of each of these the names
            of cells that are to be made or scored, and whether they are to be made.

    Attributes:
        fresh: names of cells that were not there when the work was given out.

    Raises:
        Unavailable: when Ray is not installed, or nobody answers at the task's address.
    """

    def __init__(self, grid: "Grid", asked: Sequence[tuple[int, str]], lacking: Sequence[Mapping[str, bool]]):
        try:
            import ray
        except ImportError as error:
            advice = f"Install it with “{sys.executable} -m pip install ray”, or leave --ray out."
            raise Unavailable("Ray is not installed here.", advice) from error
        self.ray, self.grid, self._left = ray, grid, dict[int, Any]()
        self.fresh: set[str] = set()
        try:
            _knock(grid.task.ray)
            ray.init(address=grid.task.ray, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            advice = "Start one with “ray start --head --disable-usage-stats”; it prints its address."
            raise Unavailable(f"No Ray cluster answers at {grid.task.ray} ({error}).", advice) from error
        self._sign = grid.home / f"ray-{uuid4().hex}"
        self._sign.parent.mkdir(parents=True, exist_ok=True)
        self._sign.touch()
        try:
            self._give_out(asked, lacking)
        except BaseException:
            self.leave()
            raise

    def wait(self, number: int) -> None:
        """Return when a piece of work, counted as it was asked for, is done; at once where the budget is used up.

        Raises:
            what the worker raised. WorkerLost: when one worker after the other died of it. Stopped: see `Grid.heed`.
        """
        work = self._left.pop(number, None)
        if work is None:
            return
        while not self.ray.wait([work], timeout=LOOK)[0]:
            self.grid.heed()
            if self.grid.late():
                return self._drop(work)
        try:
            told: Outcome = self.ray.get(work)
        except (self.ray.exceptions.WorkerCrashedError, self.ray.exceptions.NodeDiedError,
                self.ray.exceptions.OutOfMemoryError) as error:  # fmt: skip
            advice = "Mostly its machine has too little memory: give Ray fewer workers there (ray start --num-cpus)."
            raise WorkerLost(f"Its workers died {TRIES + 1} times.", advice) from error
        for one in told.warned:
            self.grid.report(one)
        if told.refused:
            name, *said = told.refused
            raise getattr(errors, name, StudioError)(*said)

    def leave(self) -> None:
        """Take back what is not begun, and go; what is finished stays."""
        self._sign.unlink(missing_ok=True)
        self.ray.shutdown()

    def _give_out(self, asked: Sequence[tuple[int, str]], lacking: Sequence[Mapping[str, bool]]) -> None:
        grid = self.grid
        graphics = 1 if self.ray.cluster_resources().get("GPU") else 0
        remote = self.ray.remote(num_cpus=1, num_gpus=graphics, max_retries=TRIES)
        teach, fill = remote(_teach), remote(_fill)
        whole = pickle.dumps((type(grid), replace(grid.task, ray="", budget=0.0), str(self._sign)))
        learning: dict[Path, Any] = {}
        for number, (at, method) in enumerate(asked):
            if not lacking[number]:
                continue
            self.fresh |= {key for key, new in lacking[number].items() if new}
            taught = []
            for k, (_, out, place) in enumerate(grid.tuned(grid.subjects(grid.cases[at]), method)):
                if out not in learning and not (out.is_file() and place.is_file()):
                    learning[out] = teach.remote(whole, at, method, k)
                taught += [learning[out]] if out in learning else []
            self._left[number] = fill.remote(whole, at, method, *taught)

    def _drop(self, work: Any) -> None:
        """Take back all that is left: what a picture in the making has cost is lost, and nothing else."""
        for one in (work, *self._left.values()):
            self.ray.cancel(one, force=True)
        self._left.clear()


def _knock(address: str) -> None:
    """See whether anybody is there, where an address names a machine and a port: Ray itself asks for minutes.

    Raises:
        OSError: when nobody is.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()


def _teach(whole: bytes, at: int, method: str, k: int) -> Outcome:
    """On a worker: the k-th tuned file that a method needs in a case."""

    def work(grid: "Grid", case: "Case") -> None:
        group, out, place = grid.tuned(grid.subjects(case), method)[k]
        grid.teach(group, out, place, method)

    return _done(whole, at, work)


def _fill(whole: bytes, at: int, method: str, *taught: Outcome) -> Outcome:
    """On a worker: what is missing of a method's cells in a case, once its files are taught."""
    refused = next((one for one in taught if one.refused), None)
    if refused:
        return refused
    return _done(whole, at, lambda grid, case: grid.fill(case, grid.subjects(case), method), taught)


def _done(
    whole: bytes, at: int, work: Callable[["Grid", "Case"], None], before: Sequence[Outcome] = ()
) -> Outcome:  # fmt: skip
    told = [one for each in before for one in each.warned]
    open_doors()
    try:
        grid = _grid(whole)
        grid.report.events.clear()
        work(grid, grid.cases[at])
    except StudioError as error:
        return Outcome(tuple(told), (type(error).__name__, error.message, error.advice))
    return Outcome((*told, *(one for one in grid.report.events if isinstance(one, Warned))))


@lru_cache(maxsize=1)
def _grid(whole: bytes) -> "Grid":
    """The run as this worker works on it, made ready once.

    Raises:
        BadInput: when this machine does not see the run's folder.
    """
    kind, task, sign = pickle.loads(whole)
    if not Path(sign).is_file():
        advice = "Give --data-dir on a disk that all of them see under the same path."
        raise BadInput(f"A machine of the cluster does not see {Path(sign).parent}.", advice)
    grid = kind(task, Silent())
    grid.ready()
    return grid
