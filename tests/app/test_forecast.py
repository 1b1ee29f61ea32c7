"""Forecasts come from earlier runs, scale with the work, and call a guess a guess."""

import pytest

from app.forecast import GUESS, Forecaster, work
from pipelines import catalogue
from pipelines.events import Made
from pipelines.spec import Subject
from pipelines.tasks import Tune
from tests.components.sample_recipes import RECIPES

PIP = Subject("pip", "Pip", "robot", "<pip>")


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


def test_before_any_run_it_is_a_guess(forecaster):
    forecast = forecaster.tune("layered", {"steps": 100})
    assert forecast.runs == 0 and forecast.seconds == pytest.approx(400 * GUESS["starter"]) and forecast.size is None
    assert forecaster.tune("layered", {}, base="/models/other").seconds is None


def test_another_recipe_on_the_same_base_is_a_better_guess(forecaster, library):
    ran(library, "whole", 80, 100)
    forecast = forecaster.tune("layered", {"steps": 200})
    assert forecast.runs == 0 and forecast.seconds == pytest.approx(160)


def test_own_runs_scale_with_the_work(forecaster, library):
    ran(library, "layered", 60, 100, memory=1e9)
    ran(library, "layered", 66, 100, memory=1.2e9)
    forecast = forecaster.tune("layered", {"steps": 200})
    assert forecast.runs == 2 and forecast.seconds == pytest.approx(126) and forecast.memory == 1.1e9
    assert forecast.size == 1000 and 0.04 < forecast.spread < 0.06


def test_a_stopped_run_says_nothing_about_time(forecaster, library):
    ran(library, "layered", 10, 100, stopped=True)
    assert forecaster.tune("layered", {"steps": 100}).seconds == pytest.approx(400 * GUESS["starter"])


def test_what_a_run_saved_on_the_way_is_kept_with_its_step_and_says_nothing_about_cost(forecaster, library):
    task = Tune((PIP,), "layered", library.new_path("artefact"), {"steps": 100})
    early = library.files.inside(task.out).with_name("early.safetensors")
    early.write_bytes(b"x" * 1000)
    thing = library.record("job", task, Made("artefact", str(early), {"step": 40, "steps": 40}))["id"]
    kept = library.thing(thing)
    assert kept.title == "layered on Pip, step 40" and kept.path == str(early) and kept.task.out == str(early)
    assert kept.subjects == ("pip",) and forecaster.tune("layered", {"steps": 100}).runs == 0
