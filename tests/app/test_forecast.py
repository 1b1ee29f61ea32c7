"""Forecasts come from earlier runs, scale with the work, and call a guess a guess."""

import psutil
import pytest

from app import outlook
from app.anatomy import anatomy_of
from app.estimate import Host, estimate
from app.forecast import Forecast, Forecaster, work
from app.store import JSON, pack
from pipelines import catalogue
from pipelines.events import Made
from pipelines.spec import Subject
from pipelines.tasks import Compare, Tune
from tests.components.sample_recipes import RECIPES, Layered

PIP = Subject("pip", "Pip", "robot", "<pip>")
LARGE = "/models/other"
"""A place where nothing lies: taken for what most bases are."""


@pytest.fixture
def forecaster(library, monkeypatch):
    monkeypatch.setattr(catalogue, "recipe", RECIPES.__getitem__)
    return Forecaster(library)


def ran(library, recipe, seconds, steps, **facts):
    task = Tune((PIP,), recipe, library.new_path("artefact"), {"steps": steps})
    library.files.inside(task.out).write_bytes(b"x" * 1000)
    library.record(None, task, Made("artefact", task.out, {"seconds": seconds, **facts}))


def test_work_counts_pictures_and_refuses_bad_knobs(forecaster):
    assert work("layered", {"steps": 100}) == 400
    assert work("layered", {"steps": 1}) == 0


def test_work_is_that_of_the_base(forecaster):
    assert (work("layered", {}), work("layered", {}, LARGE)) == (4 * 800, 4 * 2000)
    assert work("layered", {"steps": 100}, LARGE) == 400


def test_a_run_is_scaled_by_the_work_that_it_had(forecaster, library):
    """One of 2000 steps as they come on a large base, and one that was asked for with all its numbers."""
    for knobs in ({}, Layered.on(True).settled({})):
        task = Tune((PIP,), "layered", library.new_path("artefact"), knobs, LARGE)
        library.files.inside(task.out).write_bytes(b"x")
        library.record(None, task, Made("artefact", task.out, {"seconds": 400}))
    assert forecaster.tune("layered", {"steps": 100}, LARGE).seconds == pytest.approx(20)
    assert forecaster.tune("layered", {}, LARGE).seconds == pytest.approx(400)


def test_before_any_run_it_is_a_guess(forecaster):
    forecast = forecaster.tune("layered", {"steps": 100})
    guess = estimate(Layered(steps=100).plan(), anatomy_of("starter"), forecaster.host())
    assert forecast.runs == 0 and (forecast.seconds, forecast.memory) == (guess.seconds, guess.memory)
    assert forecaster.tune("layered", {"steps": 200}).seconds == pytest.approx(2 * forecast.seconds)
    assert forecaster.tune("layered", {}, base="/models/other") == Forecast()


def test_another_recipe_on_the_same_base_is_a_better_guess(forecaster, library):
    ran(library, "whole", 80, 100)
    forecast = forecaster.tune("layered", {"steps": 200})
    assert forecast.runs == 0 and forecast.seconds == pytest.approx(160)
    assert forecast.memory == forecaster.tune("layered", {"steps": 50}).memory, "what was not measured is reckoned"


def test_own_runs_scale_with_the_work(forecaster, library):
    ran(library, "layered", 60, 100, memory=1e9)
    ran(library, "layered", 66, 100, memory=1.2e9)
    forecast = forecaster.tune("layered", {"steps": 200})
    assert forecast.runs == 2 and forecast.seconds == pytest.approx(126) and forecast.memory == 1.1e9
    assert forecast.size == 1000 and 0.04 < forecast.spread < 0.06


def test_many_forecasts_read_the_library_once(forecaster, library, monkeypatch):
    read, things = [], library.things
    monkeypatch.setattr(library, "things", lambda *what: read.append(what) or things(*what))
    for base in ("starter", "/models/other", "starter"):
        forecaster.tune("layered", {}, base)
    assert len(read) == 1
    ran(library, "layered", 60, 100)
    assert forecaster.tune("layered", {}).runs == 1 and len(read) == 2


def test_jobs_of_every_kind_are_told_from_one_reading_of_the_library(library, monkeypatch):
    read, things = [], library.things
    monkeypatch.setattr(catalogue, "recipe", RECIPES.__getitem__)
    monkeypatch.setattr(library, "things", lambda *what, **more: read.append(what) or things(*what, **more))
    tune = Tune((PIP,), "layered", library.new_path("artefact"))
    wall = Compare((PIP,), (("layered", {}),), ("{}",), (0,), library.new_path("wall"))
    for task in (tune, wall, tune, wall):
        outlook.seconds(task, library)
    assert read.count(("artefact",)) == 1


def test_what_earlier_forecasts_missed_is_told(forecaster, library):
    """The paces agree to the dot, but what was said before these runs was half of what they took."""
    for number in range(3):
        task = Tune((PIP,), "layered", library.new_path("artefact"), {"steps": 100})
        library.files.inside(task.out).write_bytes(b"x")
        library.record(f"job{number}", task, Made("artefact", task.out, {"seconds": 60}))
        library.keep_draft(f"forecast/job{number}", (20.0, 40.0, 40.0)[number])
    assert forecaster.tune("layered", {"steps": 100}).spread == pytest.approx(0.5)


def test_of_a_card_its_whole_memory_is_there_of_the_processor_what_is_free(forecaster, library):
    assert forecaster.host().there == pytest.approx(psutil.virtual_memory().available, rel=0.2)
    machine = {"device": "cuda", "dtype": "bfloat16", "memory": "whole", "threads": 3, "bytes": 12e9}
    row = ("heavy", "x", "ready", 1, 0.0, "", pack(JSON, machine), 5, "", 0)
    with library.store.transaction() as db:
        db.execute("INSERT INTO worker (lane, id, state, pid, beat, note, machine, used, base, loading)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # fmt: skip
    assert forecaster.host() == Host("cuda", 2, 3, False, 12e9)


def test_a_stopped_run_says_nothing_about_time(forecaster, library):
    guess = forecaster.tune("layered", {"steps": 100})
    ran(library, "layered", 10, 100, stopped=True)
    assert forecaster.tune("layered", {"steps": 100}).seconds == guess.seconds


def test_what_a_run_saved_on_the_way_is_kept_with_its_step_and_says_nothing_about_cost(forecaster, library):
    task = Tune((PIP,), "layered", library.new_path("artefact"), {"steps": 100})
    early = library.files.inside(task.out).with_name("early.safetensors")
    early.write_bytes(b"x" * 1000)
    thing = library.record("job", task, Made("artefact", str(early), {"step": 40, "steps": 40}))["id"]
    kept = library.thing(thing)
    assert kept.title == "layered on Pip, step 40" and kept.path == str(early) and kept.task.out == str(early)
    assert kept.subjects == ("pip",) and forecaster.tune("layered", {"steps": 100}).runs == 0
