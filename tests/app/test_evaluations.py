"""Behind Evaluate: what is ticked becomes a task, what jobs say becomes a table, what a run wrote can be packed."""

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from PIL import Image

from app import evaluating, evaluations, outlook
from app.evaluating import TOY, Folders, Order
from app.evaluations import Evaluations
from app.jobs import append
from components.leaderboard import EMPTY, settle
from pipelines import results, suites
from pipelines.errors import BadInput
from pipelines.events import Made, Progress
from pipelines.spec import Scene
from pipelines.tasks import Published, Sample

SCORES = {
    "renders": (0.9, 0.5), "photos": (0.4, 0.9), "base": (0.8, 0.1),
    "svdiff": (0.7, 0.4), "dreambooth_lora": (0.6, 0.7),
}  # fmt: skip


@pytest.fixture
def runs(library, jobs) -> Evaluations:
    return Evaluations(library, jobs)


@pytest.fixture
def run(runs):
    runs.begin(Order(TOY, ("dreambooth_lora", "svdiff"), False, 0, ("single", "people")), "starter")
    return runs.all()[0]


def said(runs: Evaluations, run, scores=SCORES, track: str = "single") -> None:
    """What a worker tells of two subjects with every method."""
    with runs.library.store.transaction() as db:
        for k, (method, (words, like)) in enumerate(scores.items()):
            for case, shift in (("robot-0", -0.05), ("duck-0", 0.05)):
                facts = {"track": track, "case": case, "method": method,
                         "scores": {"prompt_following": words + shift, "likeness": like}}  # fmt: skip
                append(db, run.jobs[-1], Made("cell", f"{track}-{method}-{case}", facts))
            append(db, run.jobs[-1], Progress(2 * k + 2, 10, method))


def test_what_is_ticked_becomes_a_task(runs, run):
    task = runs.jobs.get(run.jobs[0]).task
    assert task == run.task and task.tracks == ("single", "people") and not task.quick and task.budget == 0
    assert [name for name, _ in task.recipes] == ["dreambooth_lora", "svdiff"] and run.title.endswith("2 methods")
    runs.begin(Order(TOY, minutes=2, tracks=("style",)), "starter")
    assert [one.title for one in runs.all()] == ["ToyBench 2: the untuned base", run.title]
    assert runs.all()[0].task.budget == 120 and runs.all()[0].task.home == task.home


def test_a_run_has_every_number_of_its_methods_on_this_base(runs):
    known = (("starter", False, (3e-3, 100)), ("gone", False, (1e-4, 500)), ("gone", True, (1e-4, 20)))
    for base, quick, numbers in known:
        runs.begin(Order(TOY, ("dreambooth_lora",), quick, tracks=("style",)), base)
        knobs = dict(runs.all()[0].task.recipes)["dreambooth_lora"]
        assert (knobs["rate"], knobs["steps"]) == numbers


def test_nothing_ticked_is_refused(runs):
    with pytest.raises(BadInput, match="No track"):
        runs.begin(Order(TOY, ("svdiff",)), "starter")
    assert runs.look(EMPTY) == ("none", None) and runs.plot(EMPTY) is None


def test_the_table_fills_from_what_jobs_say(runs, run):
    before, empty = runs.look(EMPTY)
    assert empty.lines == () and empty.state == "queued" and [t["key"] for t in empty.tracks] == ["single", "people"]
    said(runs, run)
    after, board = runs.look(EMPTY)
    assert after != before and (board.done, board.total) == (10, 10)
    lines = {line.key: line for line in board.lines}
    assert [lines[one].letter for one in ("renders", "photos", "base", "dreambooth_lora", "svdiff")] == list("ABCDE")
    assert [line.key for line in board.lines if line.reference] == ["renders", "photos", "base"]
    score = next(one for one in lines["svdiff"].scores if one.name == "prompt_following")
    assert score.value == pytest.approx(0.7) and score.low == pytest.approx(0.65) and score.high == pytest.approx(0.75)
    assert lines["svdiff"].cells == 2 and [column.key for column in board.columns] == ["prompt_following", "likeness"]
    assert runs.look({**EMPTY, "track": "people"})[1].lines == ()
    assert runs.look({**EMPTY, "track": "nonsense"})[1].track == "single"


def test_runs_begun_at_once_are_all_kept_and_each_is_read_once_whoever_looks(runs, monkeypatch):
    begin = lambda _: [runs.begin(Order(TOY, (), True, 0, ("single",)), "starter") for _ in range(5)]  # noqa: E731
    with ThreadPoolExecutor(2) as people:
        list(people.map(begin, range(2)))
    first, second, *rest = runs.all()
    assert len(rest) == 8
    began, tally = [], evaluations.Tally
    monkeypatch.setattr(evaluations, "Tally", lambda store: began.append(1) or tally(store))
    for run in (first, second):
        said(runs, run)
    for _ in range(3):
        for run in (first, second):
            assert len(runs.board(run, "single", None).lines) == len(SCORES)
    assert len(began) == 2


def test_a_cell_told_twice_counts_once(runs, run):
    said(runs, run)
    said(runs, run)
    assert all(line.cells == 2 for line in runs.look(EMPTY)[1].lines)


def test_a_new_picture_moves_its_own_row_and_no_other_is_worked_out_again(runs, run, monkeypatch):
    said(runs, run)
    said(runs, run, track="people")
    before = {line.key: line for line in runs.look(EMPTY)[1].lines}
    worked, tabled = [], results.tabled
    monkeypatch.setattr(results, "tabled", lambda cells: worked.append(cells[0]["method"]) or tabled(cells))
    with runs.library.store.transaction() as db:
        facts = {"track": "single", "case": "cat-0", "method": "svdiff", "scores": {"likeness": 1.0}}
        append(db, run.jobs[-1], Made("cell", "another", facts))
    after = {line.key: line for line in runs.look(EMPTY)[1].lines}
    assert worked == ["svdiff"] and after["svdiff"].cells == before["svdiff"].cells + 1
    assert {key for key in after if after[key] != before[key]} == {"svdiff"}


def test_a_plot_of_very_many_pictures_shows_some_of_all(runs, run, monkeypatch):
    said(runs, run)
    monkeypatch.setattr(evaluations, "DOTS", 2)
    dots = runs.plot(EMPTY).dots
    assert [dot[0] for dot in dots] == ["base", "svdiff"], "every third of six"


def test_the_plot_leaves_out_what_no_method_made(runs, run):
    said(runs, run)
    plot = runs.plot({**EMPTY, "chosen": "svdiff"})
    assert [(p.key, p.kind) for p in plot.points] == [
        ("base", "base"), ("svdiff", "method"), ("dreambooth_lora", "method")
    ]  # fmt: skip
    assert len(plot.dots) == 6 and plot.chosen == "svdiff"


def test_missing_pictures_are_asked_for_again_in_the_same_folder(runs, run):
    runs.jobs.cancel(run.jobs[0])
    runs.again(run.key)
    now = runs.all()[0]
    assert len(now.jobs) == 2 and runs.jobs.get(now.jobs[1]).task == run.task and runs.job(now).id == now.jobs[1]
    said(runs, now)
    assert len(runs.look(EMPTY)[1].lines) == 5


def test_a_report_is_packed_once_it_is_written(runs, run, monkeypatch):
    with pytest.raises(BadInput, match="no report"):
        runs.report(run.key)
    folder = Path(run.task.out)
    (folder / "pictures").mkdir(parents=True)
    (folder / "result.json").write_text("{}")
    (folder / "pictures" / "0.png").write_bytes(b"x")
    with zipfile.ZipFile(runs.report(run.key)) as pack:
        assert pack.namelist() == [f"{run.key}/pictures/0.png", f"{run.key}/result.json"]
    there = runs.report(run.key)
    before = there.read_bytes()

    def full(*_):
        raise OSError("full")

    with monkeypatch.context() as broken, pytest.raises(OSError):
        broken.setattr(zipfile.ZipFile, "write", full)
        runs.report(run.key)
    assert there.read_bytes() == before, "somebody else may be at the one that is there"


def test_a_finished_run_is_read_from_its_result(runs, run):
    runs.jobs.cancel(run.jobs[0])
    folder, score = Path(run.task.out), {"value": 0.5, "low": 0.4, "high": 0.6}
    folder.mkdir(parents=True)
    row = {"group": "single", "method": "svdiff", "cases": 2, "cells": 2, "scores": {"copy": score}, "seconds": 9.0,
           "sets": {"fid": 12.5}}  # fmt: skip
    told = {"rows": [row], "labels": {"copy": "Nearest photo"}, "better": {"copy": "less"}, "judge": "starter-1",
            "compared": {"single": {"against": {"svdiff": {"copy": {"p": 0.01}}}}}}  # fmt: skip
    (folder / "result.json").write_text(json.dumps(told))
    board = runs.look(EMPTY)[1]
    assert [column.key for column in board.columns] == ["copy", "fid"] and board.lines[0].scores[1].value == 12.5
    assert board.columns[0].label == "Nearest photo" and board.columns[0].better == "less"
    assert board.lines[0].scores[0].p == 0.01 and board.lines[0].seconds == 9 and board.judge == "starter-1"
    (folder / "result.json").write_text("broken")
    assert "damaged" in runs.look(EMPTY)[1].notes[0]


def test_the_cost_counts_every_picture(runs):
    def pictures(*recipes, quick=True, tracks=("single",)):
        order = Order(TOY, recipes, quick, tracks=tracks)
        return evaluating.cost(order, runs.library, "starter", Folders(runs.library.settings))[0]

    assert pictures("svdiff") == 2 * pictures() > 0 and pictures("svdiff", quick=False) > pictures("svdiff")
    assert pictures(tracks=()) == 0


def test_a_run_is_forecast_as_its_form_was(runs, library):
    order = Order(TOY, ("svdiff",), False, tracks=("single",))
    assert evaluating.cost(order, library, "starter", Folders(library.settings))[1] is None, "nothing was measured"
    picture = Sample(Scene("a duck", steps=10), library.new_path("picture"))
    Path(picture.out).write_bytes(b"picture")
    library.record(None, picture, Made("picture", picture.out, {"seconds": 2.0}))

    def told(**change) -> float:
        asked = replace(order, **change)
        count, seconds = evaluating.cost(asked, library, "starter", Folders(library.settings))
        run = runs.named(runs.begin(asked, "starter"))
        assert outlook.seconds(run.task, library) == seconds
        return seconds

    assert told() > 60 and told(minutes=1) == 60, "no longer than its limit"
    assert told(quick=True) < told() / 10


@pytest.fixture
def vases(tmp_path) -> Path:
    """One of DreamBooth's subjects."""
    home = tmp_path / "dreambooth"
    (home / "vase").mkdir(parents=True)
    for k in range(6):
        Image.new("RGB", (32, 32), (40 * k, 90, 90)).save(home / "vase" / f"{k:02d}.jpg")
    words = [f"'a {{0}} {{1}} in place {k}'.format(unique_token, class_token)," for k in range(25)]
    (home / "prompts_and_classes.txt").write_text("\n".join(["vase,vase", "Prompts", *words, *words]))
    return home


def test_a_published_benchmark_is_looked_through_counted_and_run(runs, vases):
    folders, order = Folders(runs.library.settings), Order("dreambooth", ("svdiff", "break_a_scene"), folder=str(vases))
    assert evaluating.cost(order, runs.library, "starter", folders) == (0, None), "nobody has looked yet"
    said = " ".join(evaluating.told(folders.look("dreambooth", str(vases))))
    assert "1 of 30 subjects" in said and "29" in said
    # two prompts and the class word with one seed, by the base and by SVDiff; Break-A-Scene needs masks
    assert evaluating.cost(order, runs.library, "starter", folders)[0] == 2 * 3
    whole = replace(order, quick=False)
    assert evaluating.cost(whole, runs.library, "starter", folders)[0] == 2 * 4 * (25 + 1)
    key = runs.begin(replace(order, minutes=3), "starter")
    run = runs.named(key)
    assert folders.known("dreambooth", run.task.folder) is folders.known("dreambooth", str(vases)) is not None
    assert isinstance(run.task, Published) and run.title == "DreamBooth 1: 2 methods"
    assert (run.task.suite, run.task.folder, run.task.judges) == ("dreambooth", str(vases), "starter")
    assert run.task.budget == 180 and run.task.quick


def test_a_published_run_has_its_own_tracks_rows_and_what_others_printed(runs, vases):
    run = runs.named(runs.begin(Order("dreambooth", ("svdiff",), folder=str(vases)), "starter"))
    queued = runs.look(EMPTY)[1]
    assert [track["key"] for track in queued.tracks] == ["test"] and queued.published == ()
    suite = suites.load("dreambooth", vases)
    about = {"groups": {"test": "DreamBooth", "class word": "the noun alone"}, "labels": {"dino": "DINO-I"},
             "published": [asdict(row) for row in suite.published]}  # fmt: skip
    Path(run.task.out).mkdir(parents=True)
    (Path(run.task.out) / "about.json").write_text(json.dumps(about))
    said(runs, run, {"shuffled": (0.1, 0.1), **{name: SCORES[name] for name in ("photos", "base", "svdiff")}}, "test")
    said(runs, run, {"svdiff": (0.3, 0.4)}, "class word")
    board = runs.look(EMPTY)[1]
    assert [track["key"] for track in board.tracks] == ["test", "class word"]
    assert {line.key: (line.letter, line.reference) for line in board.lines} == {
        "photos": ("A", True), "shuffled": ("B", True), "base": ("C", True), "svdiff": ("D", False)
    }  # fmt: skip
    assert [point.key for point in runs.plot(EMPTY).points] == ["base", "svdiff"]
    assert [line.key for line in runs.look({**EMPTY, "track": "class word"})[1].lines] == ["svdiff"]
    first = board.published[0]
    assert (first.title, first.names[0]) == ("DreamBooth", "DINO-I")
    assert first.lines[0][0] == "Real photos" and first.lines[0][2] == (0.774, 0.885, None)
    assert any(line[3].endswith("(read in a later paper)") for one in board.published for line in one.lines)


@pytest.mark.parametrize("change, said", [
    ({"folder": ""}, "Where is DreamBooth"), ({"folder": "/nowhere/at/all"}, "no folder /nowhere"),
    ({"judges": "/nowhere/judges"}, "no folder /nowhere/judges"),
])  # fmt: skip
def test_a_folder_that_is_not_there_is_refused(runs, vases, change, said):
    with pytest.raises(BadInput, match=said) as refused:
        runs.begin(replace(Order("dreambooth", folder=str(vases)), **change), "starter")
    assert refused.value.advice and runs.all() == []


def test_every_benchmark_has_a_name():
    assert list(evaluating.TITLES) == [TOY, *suites.SUITES]


@pytest.mark.parametrize("given", [None, [], {"run": 3}, {"run": "../x"}, {"track": "a" * 200}])
def test_what_the_page_sends_is_checked(given):
    assert settle(given) == EMPTY
