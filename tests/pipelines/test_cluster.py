"""Cells on a Ray cluster of two workers: the same results as here, also where a worker is killed on the way."""

import importlib.util
import json
import pickle
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PIL import Image

from app import cli
from pipelines import cluster, run
from pipelines.errors import Stopped, Unavailable
from pipelines.events import Made, Progress, Silent
from pipelines.tasks import ToyBench
from pipelines.toybench import bench

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is an extra: python -m pip install ray"
)


@pytest.fixture
def task(tmp_path):
    """Four methods, one of which has to learn, on two subjects: 16 cells by the model that came along."""
    recipes = (("textual_inversion", {"steps": 2, "batch": 1}),)
    return ToyBench(str(tmp_path / "out"), str(tmp_path / "home"), recipes, ("single", "people"), quick=True)


@pytest.fixture
def address():
    """Two machines with a processor each, as Ray sees it."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    nodes.wait_for_nodes()
    yield nodes.address
    nodes.shutdown()


def test_without_ray_it_is_said_how_to_get_it(task, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Unavailable, match="pip install ray"):
        run.run(replace(task, ray="auto"), Silent())


def test_the_command_gives_cells_to_a_cluster_and_nothing_else(capsys, tmp_path):
    assert cli.main(["bench", "starter", "--ray", "auto", "--data-dir", str(tmp_path)]) == 1
    assert "bench toybench" in capsys.readouterr().err


def test_a_machine_that_does_not_see_the_folder_says_so_and_who_waits_for_it_passes_that_on(task, tmp_path):
    whole = pickle.dumps((bench._Bench, task, str(tmp_path / "elsewhere")))
    told = cluster._teach(whole, 0, "textual_inversion", 0)
    assert told.refused[0] == "BadInput" and f"does not see {tmp_path}" in told.refused[1]
    assert cluster._fill(whole, 0, "textual_inversion", cluster.Outcome(), told) is told
    assert not Path(task.home).exists()


@needs_ray
@pytest.mark.slow
def test_a_worker_that_is_killed_loses_no_cell_and_repeats_none(task, address, tmp_path):
    here = run.run(replace(task, out=str(tmp_path / "plain"), home=str(tmp_path / "alone")), Silent())
    home, finished, killed = Path(task.home), {}, []

    def kill() -> None:
        """Kill -9 a worker that is making cells, once three are finished."""
        while len(told := cells(home)) < 3:
            time.sleep(0.01)
        finished.update(told)
        while not killed:
            for one in workers("_fill")[:1]:
                one.send_signal(signal.SIGKILL)
                killed.append(one.pid)
            time.sleep(0.01)

    watch = threading.Thread(target=kill, daemon=True)
    watch.start()
    there = run.run(replace(task, ray=address), report := Silent())
    watch.join(5)
    assert killed and 0 < len(finished) < 16
    assert (there["cells"], there["made"], there["left"], there["failed"]) == (16, 16, 0, [])
    assert sum(isinstance(event, Made) and event.what == "cell" for event in report.events) == 16
    own = [event.own for event in report.events if isinstance(event, Progress)]
    assert (own[0], own[-1]) == ((0, 16), (16, 16)), "what workers make is made in this run"
    pictures = home / "pictures"
    assert finished == {name: (pictures / name).stat().st_mtime_ns for name in finished}, "none was made again"
    assert told_of(there) == told_of(here) and pixels(tmp_path / "out") == pixels(tmp_path / "plain")
    again = run.run(task, Silent())
    assert again["made"] == 0 and told_of(again) == told_of(here), "a run without Ray finds what one with it left"


@needs_ray
@pytest.mark.slow
def test_a_stop_and_a_used_up_budget_keep_what_is_finished(task, address):
    class Hasty(Silent):
        def stop(self):
            return any(isinstance(event, Made) and event.what == "cell" for event in self.events)

    few = replace(task, recipes=(), ray=address)
    with pytest.raises(Stopped, match="1 of 12"):
        run.run(few, Hasty())
    told = run.run(replace(few, budget=1e-9), Silent())
    assert told["cells"] >= 1 and told["cells"] + told["left"] == 12 and told["made"] == 0
    assert run.run(few, Silent())["cells"] == 12


@needs_ray
def test_where_nobody_answers_it_is_said_how_to_start_one(task):
    with pytest.raises(Unavailable, match="ray start --head"):
        run.run(replace(task, ray="127.0.0.1:1"), Silent())


def workers(at: str) -> list[psutil.Process]:
    """The processes of Ray on this machine, begun by this one, that are at a kind of work."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            found += [one] if one.cmdline()[:1] == [f"ray::{at}"] else []
    return found


def cells(home: Path) -> dict[str, int]:
    """The pictures of finished cells, and when they were made."""
    names = [json.loads(path.read_text())["picture"] for path in (home / "cells").glob("[!.]*.json")]
    return {Path(name).name: Path(name).stat().st_mtime_ns for name in names}


def told_of(result: dict) -> list[dict]:
    """The rows of a result; how long a teaching took belongs to the machine."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in result["rows"]]


def pixels(out: Path) -> dict[str, bytes]:
    """Of every picture in a result folder; the files also name the tuned file they were made with, by its place."""
    return {path.name: Image.open(path).tobytes() for path in (out / "pictures").iterdir()}
