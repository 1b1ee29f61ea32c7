"""ToyBench on the tiny model: fills, resumes, skips what is finished, scores what others made, heeds stops."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import glance, grid, toybench, waiting
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, Stopped, UnknownTechnique
from pipelines.events import Made, Progress, Silent
from pipelines.eyes import Eyes
from pipelines.judging import Judges
from pipelines.tasks import ToyBench
from pipelines.toybench import bench, manifest, shots
from pipelines.verify import verify

LITTLE = {"steps": 2, "batch": 1}


@pytest.fixture(autouse=True)
def at_hand(tiny, eyes, monkeypatch):
    """The tiny model is the one that is loaded, with judges that learnt nothing."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    monkeypatch.setattr(Eyes, "load", classmethod(lambda cls, judges="starter": eyes))
    monkeypatch.setattr(glance, "STEPS", 2)
    monkeypatch.setattr(waiting, "PATIENCE", math.inf)  # however slow the computer is


@pytest.fixture
def task(tmp_path):
    recipes = (("textual_inversion", LITTLE),)
    return ToyBench(str(tmp_path / "out"), str(tmp_path / "home"), recipes, ("single",), base="tiny", quick=True)


def test_cells_are_made_once_and_only_what_is_missing_is_made_again(task, tmp_path, monkeypatch):
    looks, look = [], Judges.__call__
    monkeypatch.setattr(Judges, "__call__", lambda self, pixels, prompts: looks.append(len(pixels)) or look(
        self, pixels, prompts))  # fmt: skip
    first = toybench.run(task, report := Silent())
    assert looks == [2, 2, 2, 2], "the pictures of a row are scored together"
    assert (first["cells"], first["made"], first["left"], first["failed"]) == (8, 8, 0, [])
    assert json.dumps(first)
    assert sum(isinstance(event, Made) and event.what == "cell" for event in report.events) == 8
    rows = {row["method"]: row for row in first["rows"]}
    assert list(rows) == ["renders", "photos", "base", "textual_inversion"]
    assert rows["textual_inversion"]["bytes"] > 0 and rows["base"]["bytes"] is None
    assert all(row["cases"] == 1 and row["cells"] == 2 and "likeness" in row["scores"] for row in rows.values())
    assert rows["photos"]["scores"]["copy"]["value"] > 0.99, "the copy check sees a photo given back"
    assert verify(tmp_path / "out")["ok"]

    tuned = {path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "tuned").glob("*.safetensors")}
    cells = {path: path.stat().st_ino for path in (tmp_path / "home" / "cells").iterdir()}
    again = toybench.run(task, Silent())
    assert (again["made"], again["cells"], again["rows"]) == (0, 8, first["rows"])
    assert cells == {path: path.stat().st_ino for path in (tmp_path / "home" / "cells").iterdir()}, "left alone"
    lost, broken, *_ = sorted((tmp_path / "home" / "cells").glob("*.json"))
    lost.unlink()
    broken.write_text("{half")
    third = toybench.run(task, report := Silent())
    assert (third["made"], third["rows"]) == (2, first["rows"])
    told = [(e.step, e.own) for e in report.events if isinstance(e, Progress)]
    assert told[0] == (0, (0, 2)) and told[-1] == (8, (2, 2)) and {of for _, (_, of) in told} == {2}
    assert tuned == {path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "tuned").glob("*.safetensors")}
    other = toybench.run(replace(task, recipes=(("textual_inversion", LITTLE | {"vectors": 3}),)), Silent())
    assert other["made"] == 2, "other knobs, other cells; the reference rows stay"


class Near:
    """Does the work of a cluster as its workers do, which fill the run's folders, but here."""

    def __init__(self, grid, asked, lacking):
        self.task, self.asked = grid.task, asked
        self.fresh = {key for each in lacking for key, new in each.items() if new}

    def wait(self, number):
        at, method = self.asked[number]
        worker = bench._Bench(replace(self.task, ray=""), Silent())
        worker.ready()
        worker.fill(worker.cases[at], worker.subjects(worker.cases[at]), method)

    def leave(self):
        pass


def test_what_workers_make_takes_time_in_this_run(task, monkeypatch):
    monkeypatch.setattr(grid, "Cluster", Near)
    told = toybench.run(replace(task, recipes=(), ray="auto"), report := Silent())
    own = [event.own for event in report.events if isinstance(event, Progress)]
    assert (told["made"], own[0], own[-1]) == (6, (0, 6), (6, 6))


def test_a_stop_keeps_what_is_finished(task):
    class Hasty(Silent):
        def stop(self):
            return sum(isinstance(event, Made) and event.what == "cell" for event in self.events) >= 3

    with pytest.raises(Stopped, match="4 of 8"):
        toybench.run(task, Hasty())
    assert toybench.run(task, Silent())["made"] == 4


def test_a_picture_whose_scores_were_not_read_any_more_is_not_made_again(task, tmp_path, monkeypatch):
    def gone(*_):
        raise RuntimeError("the machine went out")

    bare = replace(task, recipes=())
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(Judges, "__call__", gone)
        toybench.run(bare, Silent())
    assert toybench.run(bare, Silent())["made"] == 4, "two of the six were there"


def test_a_used_up_budget_reports_what_is_there(task, tmp_path):
    told = toybench.run(replace(task, recipes=(), budget=1e-9), Silent())
    assert (told["cells"], told["left"], told["rows"]) == (0, 6, [])
    assert "6 of 6 cells are missing" in (tmp_path / "out" / "index.html").read_text("utf-8")
    toybench.run(replace(task, recipes=()), Silent())
    told = toybench.run(replace(task, budget=1e-9), report := Silent())
    assert (told["cells"], told["made"], told["left"]) == (6, 0, 2)
    own = [event.own for event in report.events if isinstance(event, Progress)]
    assert own[0] == (0, 2) and own[-1][0] == 0, "what is left out is no time that was spent"


def test_layouts_and_pairs_speak_with_a_file_for_each(task, tmp_path):
    told = toybench.run(replace(task, tracks=("multi", "layout")), Silent())
    assert told["failed"] == [] and told["left"] == 0
    assert {row["method"] for row in told["rows"]} == {"renders", "base", "textual_inversion"}
    files = list((tmp_path / "home" / "tuned").glob("*.safetensors"))
    assert len(files) == 2, "robot and duck, taught once for both tracks"
    assert all("bleed" in row["scores"] for row in told["rows"] if row["group"] == "layout")


def test_recipes_are_asked_where_they_fit():
    assert bench.fits("style_boost", "style") and not bench.fits("style_boost", "single")
    assert bench.fits("break_a_scene", "multi") and not bench.fits("break_a_scene", "single")
    assert all(bench.fits("dreambooth_lora", track) for track in ("single", "people", "multi", "style", "layout"))


def test_a_recipe_that_cannot_learn_is_told_of_and_one_that_is_not_there_refused(task, monkeypatch):
    with pytest.raises(UnknownTechnique):
        toybench.run(replace(task, recipes=(("dreambath", {}),)), Silent())
    with pytest.raises(BadInput):
        toybench.run(replace(task, recipes=(("textual_inversion", {"steps": "many"}),)), Silent())

    def refuse(task, report):
        raise BadInput("It cannot.", "Try another.")

    real = grid.door.run
    monkeypatch.setattr(grid.door, "run", lambda t, r: (refuse if t.kind == "tune" else real)(t, r))
    told = toybench.run(task, Silent())
    assert told["cells"] == 6 and [one["method"] for one in told["failed"]] == ["textual_inversion"]
    assert "It cannot." in Path(task.out, "index.html").read_text("utf-8")


def test_pictures_made_elsewhere_are_scored_without_a_model(task, tmp_path, monkeypatch):
    manifest.write(tmp_path / "theirs", ["single"], "test", quick=True)
    told = json.loads((tmp_path / "theirs" / manifest.FILE).read_text())
    for cell in told["cells"][:1]:
        photo = told["subjects"][0]["photos"][0]["image"]
        with open(tmp_path / "theirs" / cell["picture"], "wb") as out:
            out.write((tmp_path / "theirs" / photo).read_bytes())
    (tmp_path / "theirs" / manifest.FILE).write_text(json.dumps(told | {"method": "Paste", "note": "cut and paste"}))
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: pytest.fail("no model is needed")))
    found = toybench.run(replace(task, recipes=(), pictures=str(tmp_path / "theirs")), Silent())
    rows = {row["method"]: row for row in found["rows"]}
    assert set(rows) == {"renders", "photos", "Paste"} and (found["left"], rows["Paste"]["cells"]) == (1, 1)
    assert rows["Paste"]["scores"]["copy"]["value"] > 0.99
    kept = json.loads((tmp_path / "out" / "result.json").read_text())
    assert kept["protocol"]["note"] == "cut and paste" and verify(tmp_path / "out")["ok"]
    assert toybench.run(replace(task, recipes=(), pictures=str(tmp_path / "theirs")), Silent())["made"] == 0


def test_a_method_may_not_take_the_name_of_a_row_of_ours(task, tmp_path):
    manifest.write(tmp_path / "theirs", ["single"], "test", quick=True)
    told = json.loads((tmp_path / "theirs" / manifest.FILE).read_text())
    (tmp_path / "theirs" / manifest.FILE).write_text(json.dumps(told | {"method": "renders"}))
    shots.keep(shots.Image.new("RGB", (128, 128)), tmp_path / "theirs" / told["cells"][0]["picture"])
    with pytest.raises(BadInput, match="another name"):
        toybench.run(replace(task, recipes=(), pictures=str(tmp_path / "theirs")), Silent())


def test_scores_of_other_judges_are_made_anew(task, tmp_path, eyes, monkeypatch):
    few = replace(task, recipes=())
    toybench.run(few, Silent())
    monkeypatch.setattr(eyes, "name", "others")
    told = toybench.run(few, report := Silent())
    assert told["made"] == 0 and told["judge"].startswith("others ")
    own = [event.own for event in report.events if isinstance(event, Progress)]
    assert (own[0], own[-1]) == ((0, 6), (6, 6)), "scoring takes time, too"
    cells = [json.loads(path.read_text()) for path in (tmp_path / "home" / "cells").glob("*.json")]
    assert {cell["judges"] for cell in cells} == {told["judge"]}
