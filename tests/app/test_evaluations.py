"""Behind Evaluate: what is ticked becomes a task, what jobs say becomes a table, what a run wrote can be packed."""

import json
import zipfile
from pathlib import Path

import pytest

from app import evaluations
from app.evaluations import Evaluations
from app.jobs import append
from components.leaderboard import EMPTY, settle
from pipelines import results
from pipelines.errors import BadInput
from pipelines.events import Made, Progress

SCORES = {
    "renders": (0.9, 0.5), "photos": (0.4, 0.9), "base": (0.8, 0.1),
    "svdiff": (0.7, 0.4), "dreambooth_lora": (0.6, 0.7),
}  # fmt: skip


@pytest.fixture
def runs(library, jobs) -> Evaluations:
    return Evaluations(library, jobs)


@pytest.fixture
def run(runs):
    runs.begin(("single", "people"), ("dreambooth_lora", "svdiff"), False, 0, "starter")
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
    runs.begin(("style",), (), True, 2, "starter")
    assert [one.title for one in runs.all()] == ["ToyBench 2: the untouched base", run.title]
    assert runs.all()[0].task.budget == 120 and runs.all()[0].task.home == task.home


def test_nothing_ticked_is_refused(runs):
    with pytest.raises(BadInput, match="No track"):
        runs.begin((), ("svdiff",), True, 0, "starter")
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


def test_a_report_is_packed_once_it_is_written(runs, run):
    with pytest.raises(BadInput, match="no report"):
        runs.report(run.key)
    folder = Path(run.task.out)
    (folder / "pictures").mkdir(parents=True)
    (folder / "result.json").write_text("{}")
    (folder / "pictures" / "0.png").write_bytes(b"x")
    with zipfile.ZipFile(runs.report(run.key)) as pack:
        assert pack.namelist() == [f"{run.key}/pictures/0.png", f"{run.key}/result.json"]


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
    one, _ = runs.cost(("single",), (), True, "starter")
    two, _ = runs.cost(("single",), ("svdiff",), True, "starter")
    all_of_it, _ = runs.cost(("single",), ("svdiff",), False, "starter")
    assert two == 2 * one > 0 and all_of_it > two and runs.cost((), (), True, "starter")[0] == 0


@pytest.mark.parametrize("given", [None, [], {"run": 3}, {"run": "../x"}, {"track": "a" * 200}])
def test_what_the_page_sends_is_checked(given):
    assert settle(given) == EMPTY
