"""Behind Compare: what is set up becomes a task, what the folder holds becomes a wall, votes count, exports open."""

import asyncio
import csv
import errno
import io
import itertools
import json
import os
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from app import comparing, judges, wall_folder, wall_view
from app.comparing import Draft
from app.endpoints import Desk
from app.forecast import Forecaster
from app.jobs import append
from app.trial import Trial
from app.wall_cell import WallCell
from app.wall_export import export
from app.wall_index import WallIndex, of
from app.wall_orders import WallOrders
from app.wall_view import WallView, labels_of
from app.walls import Vote, Walls
from components.contact_sheet import EMPTY
from components.wall import Window
from pipelines import panel
from pipelines.cells import grounds
from pipelines.errors import BadInput, DiskFull, StudioError
from pipelines.events import Made, Preview
from pipelines.recipes.dreambooth_lora import DreamboothLora
from pipelines.spec import Scene
from pipelines.tasks import Sample, Tune


def cell(wall, subject: str, recipe: str, prompt: str, seed: int, likeness: float, following: float, **more) -> None:
    """Put a finished cell into a wall's folder, as the compare pipeline leaves it."""
    for room in ("cells", "pictures"):
        (wall.path / room).mkdir(parents=True, exist_ok=True)
    name = f"{subject}-{recipe}-{wall.task.prompts.index(prompt)}-{seed}"
    Image.new("RGB", (32, 32), (40 * seed, 90, 160)).save(wall.path / "pictures" / f"{name}.png")
    facts = {"subject": subject, "recipe": recipe, "prompt": prompt, "seed": seed, "picture": f"pictures/{name}.png"}
    facts |= {"likeness": likeness, "prompt_following": following, "seconds": 0.5} | more
    (wall.path / "cells" / f"{name}.json").write_text(json.dumps(facts))


def whole(view, value=EMPTY):
    """Every cell of the wall that a value looks at."""
    sheet = view.look(value)[1]
    rows = tuple(row.key for row in sheet.rows)
    return view.cells(value, Window(rows, 0, len(sheet.prompts) * len(sheet.seeds)))


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """However slow the machine is, a look reads all there is."""
    monkeypatch.setattr("app.wall_view.MOMENT", float("inf"))


@pytest.fixture
def pip(library):
    subject = library.add_subject("Pip", "robot", "<pip>")
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "PNG")
    library.add_photo(subject.id, out.getvalue())
    return subject.id


@pytest.fixture
def draft(pip):
    words = "a photo of {} on a beach\na photo of {} in the snow"
    return Draft((pip,), ("dreambooth_lora", "textual_inversion"), True, words, seeds=2)


@pytest.fixture
def wall(library, jobs, draft):
    task = comparing.plan(draft, library, "starter")
    return Walls(library).add(task, jobs.submit(task, "Wall 1"))


@pytest.fixture
def view(library, jobs):
    return WallView(library, jobs)


def test_a_wall_is_put_together_only_when_something_changed(view, wall):
    first, second = view.look(EMPTY), view.look(EMPTY)
    assert second[1] is first[1]
    cell(wall, wall.task.subjects[0].id, "base", wall.task.prompts[0], wall.task.seeds[0], 0.5, 0.3)
    rev, sheet = view.look(EMPTY)
    assert rev != first[0] and sheet.done == 1
    view.walls.mark(wall.key, "pin", "base", True)
    assert any(row.pinned for row in view.look(EMPTY)[1].rows)


def test_two_browsers_on_two_walls_do_not_put_each_others_together_again(view, wall, jobs, monkeypatch):
    task = replace(wall.task, out=str(wall.path.with_name("wall-other")))
    other, made, sheet = view.walls.add(task, jobs.submit(task, "Wall 2")), [], view.sheet
    monkeypatch.setattr(view, "sheet", lambda asked, job: made.append(asked.wall.key) or sheet(asked, job))
    for _ in range(3):
        for one in (wall, other):
            assert view.look({**EMPTY, "wall": one.key})[1].wall == one.key
    assert made == [wall.key, other.key]


def test_votes_and_marks_of_two_browsers_at_once_all_count(library, wall):
    def vote(who: str) -> None:
        mine = Walls(library)
        for k in range(20):
            mine.vote(wall.key, Vote(who, str(k), "b", "left"))
            mine.mark(wall.key, "star", f"{who}{k}", True)

    with ThreadPoolExecutor(2) as people:
        list(people.map(vote, ("ann", "bob")))
    kept = Walls(library).get(wall.key)
    assert len(kept.votes) == 40 and len(kept.marks["star"]) == 40


def test_a_draft_becomes_a_task_with_the_base_last(library, draft, pip):
    task = comparing.plan(draft, library, "starter")
    assert [name for name, _ in task.recipes] == ["dreambooth_lora", "textual_inversion", "base"]
    assert task.seeds == (0, 1) and len(task.prompts) == 2 and task.subjects[0].id == pip
    assert comparing.cost(draft, library, "starter")[0] == 12


@pytest.mark.parametrize(
    "change, said",
    [
        ({"subjects": ()}, "No subject"),
        ({"recipes": ()}, "two methods"),
        ({"prompts": "  \n"}, "no prompt"),
        ({"prompts": "a robot"}, "no place for the subject"),
        ({"seeds": 0}, "out of range"),
        ({"first_seed": 2**31}, "out of range"),
        ({"recipes": ("dreambooth_lara", "base")}, "dreambooth_lara"),
        ({"knobs": {"dreambooth_lora": {"steps": -4}}}, "Steps"),
        ({"prompts": "\n".join(f"{{}} {n}" for n in range(41))}, "41 prompts"),
        ({"seeds": 100, "prompts": "\n".join(f"{{}} {n}" for n in range(40)), "sweep": "scale", "values": "2 3 4 5 6"},
         "more than 50,000"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_advice(library, draft, change, said):
    with pytest.raises(StudioError, match=said) as refused:
        comparing.plan(replace(draft, **change), library, "starter")
    assert refused.value.advice


def test_a_wall_is_judged_by_whom_a_person_names(library, draft, tmp_path):
    assert comparing.plan(draft, library, "starter").judges == "starter"
    named = replace(draft, judges=str(tmp_path))
    wall = Walls(library).add(comparing.plan(named, library, "starter"), "job")
    again = comparing.of_wall(wall, library.settings)
    assert wall.task.judges == str(tmp_path) == again.judges
    assert comparing.plan(replace(again, judges=""), library, "starter", wall).judges == "starter"
    with pytest.raises(BadInput, match="no folder"):
        comparing.plan(replace(draft, judges=str(tmp_path / "gone")), library, "starter")


def test_a_wall_that_is_added_to_keeps_its_judges_whatever_was_fetched_meanwhile(library, draft, monkeypatch):
    home = str(judges.room(library.settings))
    before = Walls(library).add(replace(comparing.plan(draft, library, "starter"), base="sd15"), "job")
    monkeypatch.setattr(judges, "default", lambda settings: home)
    after = Walls(library).add(replace(comparing.plan(draft, library, "sd15"), judges=home), "job")
    for wall, kept in ((before, "starter"), (after, home)):
        again = comparing.of_wall(wall, library.settings)
        assert again.judges == "", "nobody named them, and the next wall asks whom it would have asked"
        assert comparing.plan(again, library, "starter", wall).judges == kept
    assert comparing.plan(replace(draft, judges=again.judges), library, "starter").judges == "starter"


def test_a_wall_takes_fifty_thousand_pictures(library, draft):
    lines = "\n".join(f"{{}} {n}" for n in range(40))
    large = replace(draft, recipes=("svdiff",), prompts=lines, seeds=100, sweep="scale", values="2 3 4 5 6 7")
    assert comparing.cells(1, 12, 40, 100) == 48_000 == comparing.cost(large, library, "starter")[0]
    assert len(comparing.plan(large, library, "starter").seeds) == 100


def test_a_sweep_becomes_rows_of_its_own_and_curves(library, jobs, draft, view):
    swept = replace(draft, recipes=("svdiff",), sweep="scale", values="7.5, 3", seeds=1)
    assert comparing.cost(swept, library, "starter")[0] == 2 * 2 * 2
    assert comparing.cost(replace(swept, sweep="strength", values="0.5 1"), library, "starter")[0] == 2 * (2 + 1)
    wall = Walls(library).add(comparing.plan(swept, library, "starter"), "job")
    again = comparing.of_wall(wall, library.settings)
    assert again.sweep == "scale" and again.values == "3, 7.5"
    rows = ("svdiff--scale-3", "svdiff--scale-7.5", "base--scale-3", "base--scale-7.5")
    for k, row in enumerate(rows):
        cell(wall, wall.task.subjects[0].id, row, wall.task.prompts[0], 0, 0.5 + 0.1 * k, 0.3 - 0.1 * (k == 1))
    sheet, plot = view.look(EMPTY)[1], view.plot(EMPTY)
    assert [(row.key, row.letter, row.name, row.detail) for row in sheet.rows] == [
        (rows[0], "A", "SVDiff", "CFG 3"), (rows[1], "A", "SVDiff", "CFG 7.5"),
        (rows[2], "B", "Untuned base", "CFG 3"), (rows[3], "B", "Untuned base", "CFG 7.5"),
    ]  # fmt: skip
    assert plot.points[1].name == "SVDiff, CFG 7.5"
    assert (sheet.total, sheet.done) == (8, 4)
    assert [(point.curve, point.at, point.kind) for point in plot.points] == [
        ("svdiff", "3", "method"), ("svdiff", "7.5", "method"), ("base", "3", "base"), ("base", "7.5", "base")
    ]  # fmt: skip
    assert plot.swept == "CFG scale" and [key for key, *_ in plot.dots] == list(rows)
    alone = comparing.plan(replace(swept, untuned=False), library, "starter")
    assert len(alone.recipes) == 1 and alone.scales == (3.0, 7.5), "one method makes a curve"
    with pytest.raises(BadInput, match="two methods"):
        comparing.plan(replace(swept, recipes=(), sweep="strength", values="0.5 1"), library, "starter")
    with pytest.raises(BadInput, match="between 1 and 30"):
        comparing.plan(replace(swept, values="0, 3"), library, "starter")


@pytest.mark.parametrize("saved", [None, 3, {}, {"unknown": 1}, "x"])
def test_a_damaged_draft_is_a_fresh_one(saved):
    assert comparing.recalled(saved) == Draft(knobs={})


def test_methods_are_added_without_touching_what_is_there(library, draft, wall):
    again = comparing.of_wall(wall, library.settings)
    assert again.wall == wall.key and again.recipes == draft.recipes and again.untuned
    more = replace(again, recipes=(*again.recipes, "dreambooth"), steps=60)
    task = comparing.plan(more, library, "/models/other", wall)
    assert (task.out, task.base, task.steps) == (wall.task.out, "starter", wall.task.steps)
    assert len(task.recipes) == 4


def test_a_method_comes_with_its_bases_numbers_and_a_wall_keeps_those_it_began_with(library, draft, jobs):
    turned = replace(draft, knobs={"dreambooth_lora": {"steps": 30}})
    small, large = (dict(comparing.plan(turned, library, base).recipes) for base in ("starter", "/models/other"))
    lora = small["dreambooth_lora"], large["dreambooth_lora"]
    assert [(one["steps"], one["rate"]) for one in lora] == [(30, 3e-3), (30, 1e-4)] and small["base"] == {}
    old = comparing.plan(turned, library, "/models/other")  # of days when large bases had the starter's
    old = replace(old, recipes=(("dreambooth_lora", lora[0]), ("textual_inversion", {}), ("base", {})))
    wall = Walls(library).add(old, "job")
    again = comparing.of_wall(wall, library.settings)
    assert again.knobs["dreambooth_lora"]["rate"] == 3e-3 and again.knobs["textual_inversion"] == {}
    more = replace(again, recipes=(*again.recipes, "dreambooth"))
    found = dict(comparing.plan(more, library, "starter", wall).recipes)
    assert found["dreambooth_lora"] == lora[0] and found["dreambooth"]["rate"] == 5e-6


def test_what_is_handed_over_follows_the_base_where_nobody_turned_it(library, jobs, pip):
    task = Tune((library.subject(pip),), "dreambooth_lora", library.new_path("artefact"),
                DreamboothLora.settled({"flip": True}))  # fmt: skip
    Path(task.out).write_bytes(b"x")
    made = library.record(None, task, Made("artefact", task.out))
    taken = comparing.handed({"artefact": made["id"]}, Draft(), library, jobs)
    assert taken.knobs == {"dreambooth_lora": {"flip": True}}


def test_a_wall_keeps_its_rows_whatever_its_curves_gain(library, draft, wall):
    with pytest.raises(BadInput, match="curves cannot be changed"):
        again = comparing.of_wall(wall, library.settings)
        comparing.plan(replace(again, sweep="scale", values="3, 7.5"), library, "starter", wall)
    curved = Walls(library).add(comparing.plan(replace(draft, sweep="scale", values="3, 7.5"), library, "starter"), "j")
    again = comparing.of_wall(curved, library.settings)
    assert comparing.plan(replace(again, values="3, 5, 7.5"), library, "starter", curved).scales == (3.0, 5.0, 7.5)
    for other in (replace(again, values="3, 5"), replace(again, sweep="")):
        with pytest.raises(BadInput, match="curves cannot be changed"):
            comparing.plan(other, library, "starter", curved)


@pytest.mark.parametrize(
    "prompts, labels",
    [
        (["a photo of {} on a beach", "a photo of {} in the snow"], ["on a beach", "in the snow"]),
        (["{} swims", "{} sleeps in the sun"], ["swims", "sleeps in the sun"]),
        (["a red {} there", "a blue {} there"], ["red", "blue"]),
        (["a photo of {} at night"], ["at night"]),
        (["{}"], ["{}"]),
        (["a {}", "a {} here"], ["as it is", "here"]),
    ],
)
def test_columns_are_named_by_what_tells_them_apart(prompts, labels):
    assert labels_of(prompts) == labels


def test_a_wall_is_there_before_its_first_picture(view, wall):
    rev, sheet = view.look(EMPTY)
    assert (sheet.wall, sheet.subject, sheet.state) == (wall.key, "Pip", "queued")
    assert (sheet.done, sheet.total) == (0, 12) and {one.state for one in whole(view)} == {"waiting"}
    assert [row.letter for row in sheet.rows] == ["A", "B", "C"] and sheet.rows[2].verdict == "base"
    assert [one.label for one in sheet.prompts] == ["on a beach", "in the snow"] and sheet.seeds == (0, 1)
    assert [one.column for one in whole(view)][:3] == ["0-0", "0-1", "1-0"]
    assert view.look(EMPTY)[0] == rev


def test_finished_cells_carry_scores_and_rows_their_means(view, wall, pip):
    first = wall.task.prompts[0]
    cell(wall, pip, "dreambooth_lora", first, 0, 0.8, 0.3)
    cell(wall, pip, "dreambooth_lora", first, 1, 0.6, 0.2)
    cell(wall, pip, "base", first, 1, 0.4, 0.4)
    _, sheet = view.look(EMPTY)
    assert sheet.done == 3 and sheet.rows[0].scores["likeness"] == pytest.approx(0.7)
    copied = next(one for one in whole(view) if one.key == "dreambooth_lora:0-1")
    assert copied.state == "done" and copied.image.startswith("gradio_api/file=") and "base" in copied.flagged
    assert copied.words == "a photo of <pip> robot on a beach"
    assert sheet.rows[0].verdict == "copies"
    plot = view.plot(EMPTY)
    assert {point.key for point in plot.points} == {"dreambooth_lora", "base"} and len(plot.dots) == 3


def test_the_running_cell_shows_the_newest_frame(view, wall, library, jobs, pip):
    (job,) = wall.jobs
    with library.store.transaction() as db:
        db.execute("UPDATE job SET state = 'running', worker = 'w', started = 1 WHERE id = ?", (job,))
        append(db, job, Preview(4, 25, "UklGRg=="))
    (running,) = [one for one in whole(view) if one.state == "running"]
    assert (running.key, running.step, running.total) == ("dreambooth_lora:0-0", 4, 25)
    cell(wall, pip, "dreambooth_lora", wall.task.prompts[0], 0, 0.8, 0.3)
    with library.store.transaction() as db:
        append(db, job, Made("cell", "x"))
    (running,) = [one for one in whole(view) if one.state == "running"]
    assert running.key == "dreambooth_lora:0-1" and running.image == "", "the frame was the picture before"


def test_what_a_run_said_is_put_together_once_and_anew_where_it_says_more(wall):
    wall.path.mkdir(parents=True, exist_ok=True)
    assert [one.key for one in wall_folder.told(wall.path).metrics] == ["likeness", "prompt_following"]
    for number, judge in enumerate(("one", "other"), 1):
        (wall.path / "wall.json").write_text(json.dumps({"judge": judge, "metrics": {}}))
        os.utime(wall.path / "wall.json", ns=(number, number))
        assert wall_folder.told(wall.path).judge == judge and wall_folder.told(wall.path) is wall_folder.told(wall.path)


def test_of_very_many_pictures_the_plot_shows_some_of_every_row(view, wall, pip, monkeypatch):
    monkeypatch.setattr(wall_view, "DOTS", 3)
    for recipe, score in (("dreambooth_lora", 0.8), ("base", 0.4)):
        for k, prompt in enumerate(wall.task.prompts):
            cell(wall, pip, recipe, prompt, wall.task.seeds[0], score + 0.01 * k, 0.3)
    count = 2 * len(wall.task.prompts)
    dots = view.plot(EMPTY).dots
    assert len(dots) == len(range(0, count, -(-count // 3)))
    assert {key for key, *_ in dots} == {"dreambooth_lora", "base"}
    assert all(y == pytest.approx({"dreambooth_lora": 0.8, "base": 0.4}[key], abs=0.1) for key, _, y in dots)


def test_nothing_tells_whose_a_cell_is_in_a_blind_vote(view, wall, pip):
    for recipe, score in (("dreambooth_lora", 0.8), ("base", 0.4)):
        cell(wall, pip, recipe, wall.task.prompts[0], 0, score, 0.3)
    value = {**EMPTY, "blind": True}
    sheet = view.look(value)[1]
    assert {row.name for row in sheet.rows} == {""} and {row.letter for row in sheet.rows} == {"?"}
    assert all(not row.scores and row.seconds is None and not row.verdict for row in sheet.rows)
    assert all(not one.scores and not one.flagged for one in whole(view, value))
    assert view.plot(value) is None and view.scores(value, "base") is None


def told(wall, judge: str, *names: str, less: tuple[str, ...] = ()) -> None:
    """What a run says of its scores, as the compare pipeline writes it."""
    facts = {
        name: {"label": name.title(), "how": "So.", "better": "less" if name in less else "more", "judge": judge}
        for name in names
    }
    wall.path.mkdir(parents=True, exist_ok=True)
    (wall.path / "wall.json").write_text(json.dumps({"judge": judge, "metrics": facts}))


def test_numbers_of_two_judges_do_not_share_a_column(view, wall, pip):
    first, second = wall.task.prompts
    told(wall, "new", "likeness", "prompt_following", "identity", "copy")
    cell(wall, pip, "base", first, 0, 0.9, 0.9, judge="old", copy=0.7)
    cell(wall, pip, "base", second, 0, 0.2, 0.3, judge="new", identity=1.0)
    sheet = view.look(EMPTY)[1]
    assert sheet.rows[2].scores == {"likeness": 0.2, "prompt_following": 0.3, "identity": 1.0}
    assert [one.key for one in sheet.metrics] == ["likeness", "prompt_following", "identity"], "nobody's copy"
    assert sheet.metrics[2].judge == "new" and sheet.metrics[2].label == "Identity"
    assert [one.scores for one in whole(view) if one.state == "done"] == [{}, dict(sheet.rows[2].scores)]
    told(wall, "old", "likeness", "prompt_following", "copy")
    assert view.look(EMPTY)[1].rows[2].scores == {"likeness": 0.9, "prompt_following": 0.9, "copy": 0.7}


def test_methods_are_tested_over_the_prompts_of_a_lone_subject(view, wall, pip):
    told(wall, "j", "likeness", "prompt_following", "copy", less=("copy",))
    for p, prompt in enumerate(wall.task.prompts):
        for seed in (0, 1):
            cell(wall, pip, "dreambooth_lora", prompt, seed, 0.6 + 0.1 * p + 0.02 * seed, 0.2, judge="j", copy=0.9)
            cell(wall, pip, "base", prompt, seed, 0.3, 0.3, judge="j", copy=0.5)
    table = view.scores(EMPTY, "")
    assert (table.against, table.unit, table.units, table.judge) == ("base", "prompt", 2, "j")
    likeness, _, copy = table.lines["dreambooth_lora"]
    assert likeness.value == pytest.approx(0.66), "mean over prompts of their means over seeds"
    assert (likeness.low, likeness.high) == pytest.approx((0.61, 0.71))
    assert likeness.p == 0.5 and likeness.rank == 1.0, "two prompts the same way: 2 of 4 changes of signs"
    assert copy.rank == 2.0, "less of it is better"
    assert [one.p for one in table.lines["base"]] == [None] * 3 and "textual_inversion" in table.lines
    assert table.lines["textual_inversion"] == ()
    turned = view.scores(EMPTY, "dreambooth_lora")
    assert turned.lines["base"][0].p == 0.5 and turned.lines["dreambooth_lora"][0].p is None


def test_methods_are_tested_over_subjects_where_there_are_several(library, jobs, view, pip):
    dot = library.add_subject("Dot", "duck", "<dot>").id
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "blue").save(out, "PNG")
    library.add_photo(dot, out.getvalue())
    draft = Draft((pip, dot), ("svdiff",), True, "a photo of {}", seeds=2)
    wall = Walls(library).add(comparing.plan(draft, library, "starter"), "job")
    for who, more in ((pip, 0.0), (dot, 0.2)):
        for seed in (0, 1):
            cell(wall, who, "svdiff", "a photo of {}", seed, 0.5 + more, 0.3)
            cell(wall, who, "base", "a photo of {}", seed, 0.4, 0.3)
    table = view.scores(EMPTY, "")
    assert (table.unit, table.units) == ("subject", 2)
    likeness = table.lines["svdiff"][0]
    assert (likeness.value, likeness.low, likeness.high) == pytest.approx((0.6, 0.5, 0.7)) and likeness.p == 0.5


def test_thumbs_of_a_wall_are_made_when_the_browser_asks(view, wall, pip, library):
    for seed in (0, 1):
        cell(wall, pip, "base", wall.task.prompts[0], seed, 0.5, 0.3)
    lost, large = (wall.path / "pictures" / f"{pip}-base-0-{seed}.png" for seed in (0, 1))
    Image.effect_noise((600, 600), 90).save(large)
    lost.unlink()
    found = {one.key: one for one in whole(view) if one.state == "done"}
    assert (found["base:0-0"].image, found["base:0-0"].small) == ("", "")
    small, _, of = found["base:0-1"].small.partition("?of=")
    assert of == library.files.relative(large)
    assert small.rpartition("/")[2] not in [one.name for one in library.settings.room("thumbs").iterdir()]


def test_only_cells_in_sight_are_put_together(view, wall, pip):
    cell(wall, pip, "base", wall.task.prompts[1], 1, 0.5, 0.3)
    seen = view.cells(EMPTY, Window(("base", "gone"), 1, 3))
    assert [one.key for one in seen] == ["base:0-1", "base:1-0"]
    seen = view.cells(EMPTY, Window(("base",), 0, 1, "1-1"))
    assert [one.key for one in seen] == ["base:0-0", "dreambooth_lora:1-1", "textual_inversion:1-1", "base:1-1"]
    assert seen[-1].state == "done" and view.cells(EMPTY, Window(("base",), 2, 2, "9-9")) == ()


def test_a_large_folder_is_read_a_moment_at_a_time_and_what_changes_is_seen(wall, pip):
    index, (first, second) = WallIndex(wall.task), wall.task.prompts
    assert not index.catch_up().made.any() and index.missing() == (pip, "dreambooth_lora", first, 0)
    for seed in (0, 1):
        for prompt in (first, second):
            cell(wall, pip, "base", prompt, seed, 0.5, 0.3)
    counts = []
    while True:
        counts.append(int(index.catch_up(0).made.sum()))
        if not index.reading:
            break
    assert counts == [1, 2, 3, 4], "one at a time, where there is no time at all"
    version = index.version
    assert index.catch_up().version == version, "nothing came"
    key = (pip, "base", first, 0)
    name = f"{pip}-base-0-0.json"
    facts = json.loads((wall.path / "cells" / name).read_text())
    (wall.path / "new.json").write_text(json.dumps(facts | {"likeness": 0.9}))
    os.replace(wall.path / "new.json", wall.path / "cells" / name)
    assert index.catch_up().get(key).likeness == 0.9 and index.version != version, "written anew"
    older = wall.path / "cells" / "older.json"
    older.write_text(json.dumps(facts | {"likeness": 0.1}))
    os.utime(older, (1, 1))
    assert index.catch_up().get(key).likeness == 0.9, "of two the newest"
    (wall.path / "cells" / "half.json").write_text('{"subject": ')
    assert index.catch_up().made.sum() == 4 and not index.reading
    (wall.path / "cells" / "half.json").write_text(json.dumps(facts | {"recipe": "dreambooth_lora"}))
    assert index.catch_up().made.sum() == 5, "it is whole now"
    (wall.path / "cells" / name).unlink()
    older.unlink()
    assert index.catch_up().get(key) is None and index.made.sum() == 4


def at_step(number: int, names: set[str], run, meanwhile) -> bool:
    """Call `run`, and `meanwhile` before one of the steps of the index's functions so named; whether there are so many.
    """
    before, left = sys.gettrace(), number

    def watch(frame, event, _):
        nonlocal left
        if frame.f_globals["__name__"] != WallIndex.__module__ or frame.f_code.co_name not in names:
            return None
        frame.f_trace_opcodes = True
        left -= event == "opcode"
        if event == "opcode" and left == -1:
            meanwhile()
        return watch

    sys.settrace(watch)
    try:
        run()
    finally:
        sys.settrace(before)
    return left < 0


@pytest.mark.parametrize("interrupted, change", [("reads", "comes"), ("looks", "is written anew"), ("looks", "goes")])
def test_a_wall_may_be_looked_at_while_another_thread_reads_its_folder(wall, pip, interrupted, change):
    """Whoever reads or looks may be interrupted anywhere: here it is, at one step after the other, for all the other
    one does."""
    told(wall, "eyes")
    key, name = (pip, "base", wall.task.prompts[0], 0), f"{pip}-base-0-0"
    place, picture = wall.path / "cells" / f"{name}.json", wall.path / "pictures" / f"{name}.png"

    def look() -> None:
        for found, made in index.finished():
            assert found == key and made.picture == picture and made.scores.get("likeness") in (None, 0.5, 0.9)

    for step in itertools.count():
        index = WallIndex(wall.task)
        place.unlink(missing_ok=True)
        if change != "comes":
            cell(wall, *key, 0.5, 0.3, judge="eyes")
            index.catch_up()
            os.replace(place, wall.path / "before.json")
        if change != "goes":
            cell(wall, *key, 0.9, 0.3, judge="other eyes", sharpness=0.1)
        if interrupted == "reads":
            more = at_step(step, {"_take", "_array", "_judge"}, index.catch_up, look)
        else:
            more = at_step(step, {"get", "<listcomp>"}, look, index.catch_up)
        if not more:
            break
        assert index.catch_up().made.sum() == (change != "goes")
    assert step > 50


def test_a_full_wall_whose_scores_are_old_offers_to_read_them_again(view, wall, pip, jobs, library):
    (wall.path / "cells").mkdir(parents=True)
    (wall.path / "wall.json").write_text(json.dumps({"judge": "starter"}))
    asked, now = wall.task.subjects[0], grounds(wall.task.subjects[0])
    places = list(itertools.product(("dreambooth_lora", "textual_inversion", "base"), wall.task.prompts, (0, 1)))
    for row, prompt, seed in places[1:]:
        cell(wall, pip, row, prompt, seed, 0.5, 0.3, judge="starter", held=now)
    cell(wall, pip, *places[0], 0.5, 0.3, judge="starter", held="before")
    assert not view.look(EMPTY)[1].aged, "while the wall is in the queue"
    jobs.cancel(wall.jobs[0])
    assert view.look(EMPTY)[1].aged and view.index(wall).aged() == 1
    cell(wall, pip, *places[0], 0.5, 0.3, judge="another", held=now)
    assert WallIndex(wall.task).catch_up().aged() == 1, "numbers of others are not shown"
    Path(asked.photos[0].image).rename(f"{asked.photos[0].image}.away")
    assert WallIndex(wall.task).catch_up().aged() == 0, "without its photos nothing can be read"
    Path(f"{asked.photos[0].image}.away").rename(asked.photos[0].image)
    turned = replace(asked, photos=asked.photos[1:])
    assert of(replace(wall.task, subjects=(turned,))) is not of(wall.task), "with other photos it is asked anew"
    (wall.path / "cells" / f"{pip}-base-0-0.json").unlink()
    assert not view.look(EMPTY)[1].aged, "what is missing comes first, and brings the scores"


def test_scores_are_old_when_judges_of_their_folder_came_or_changed(wall, pip, tmp_path):
    """Under the same name: only their files tell."""
    weights = tmp_path / "judges" / "dino" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    save_file({"a": np.zeros(3)}, weights)
    task = replace(wall.task, judges=str(tmp_path / "judges"))
    (wall.path / "cells").mkdir(parents=True)
    (wall.path / "wall.json").write_text(json.dumps({"judge": "dino", "judges_mark": panel.mark(task.judges)}))
    cell(wall, pip, "base", wall.task.prompts[0], 0, 0.5, 0.3, judge="dino", held=grounds(task.subjects[0]))
    index = of(task).catch_up()
    assert index.aged() == 0
    save_file({"a": np.ones(3)}, weights)
    os.utime(weights, (1, 1))
    assert index.aged() == 1
    (wall.path / "wall.json").write_text(json.dumps({"judge": "dino", "judges_mark": panel.mark(task.judges)}))
    for name in (".DS_Store", "README.md"):
        (weights.parent / name).write_text("something else")
    assert index.aged() == 0, "what nobody reads changes nothing"
    weights.unlink()
    assert index.aged() == 0, "nobody could read them now"


def test_of_a_large_wall_some_columns_are_voted_on(library, view, pip, monkeypatch):
    monkeypatch.setattr("app.trial.COLUMNS", 3)
    draft = Draft((pip,), ("svdiff",), True, "a photo of {}", seeds=10)
    wall = Walls(library).add(comparing.plan(draft, library, "starter"), "job")
    for seed in range(10):
        for row in ("svdiff", "base"):
            cell(wall, pip, row, "a photo of {}", seed, 0.5, 0.3)
    value, trial, seen = {**EMPTY, "blind": True}, Trial(view), []
    for _ in range(6):
        value = trial.next(value)
        seen.append(value["chosen"].partition(":")[2])
        trial.vote(value, trial.pair(value).ballot.pair, "same")
    assert len(set(seen)) == 3 and sorted(seen[:3]) == sorted(seen[3:]), "every pair comes before one comes twice"


def test_votes_are_counted_and_compared_with_the_score(view, wall, pip):
    trial, first = Trial(view), wall.task.prompts[0]
    for recipe, score in (("dreambooth_lora", 0.8), ("textual_inversion", 0.5), ("base", 0.4)):
        cell(wall, pip, recipe, first, 0, score, 0.3)
    value, seen = {**EMPTY, "blind": True}, set()
    for _ in range(3):
        value = trial.next(value)
        pair = trial.pair(value)
        seen.add(frozenset(pair.ballot.pair.split("|")[1:]))
        left, right = pair.ballot.pair.split("|")[1:]
        assert pair.left.tag == "left" and not pair.ballot.results
        order = ["dreambooth_lora:0-0", "textual_inversion:0-0", "base:0-0"]
        trial.vote(value, pair.ballot.pair, "left" if order.index(left) < order.index(right) else "right")
    assert len(seen) == 3, "every pair comes before one comes twice"
    shown = trial.pair(value, results=True).ballot
    assert shown.votes == 3 and shown.agree == 3
    assert [one["name"] for one in shown.results] == ["DreamBooth-LoRA", "Textual Inversion", "Untuned base"]
    assert shown.results[0]["share"] == 1.0


def test_programs_are_told_the_cells_of_the_task_of_their_job_once_it_has_ended(library, jobs, draft, wall, pip):
    desk = Desk(SimpleNamespace(library=library, jobs=jobs))
    library.record(wall.jobs[0], wall.task, Made("wall", wall.task.out))
    more = comparing.plan(replace(draft, prompts=draft.prompts + "\na photo of {} at night"), library, "starter", wall)
    job = jobs.submit(more, "Wall 1")
    grown = Walls(library).add(more, job)
    library.record(job, more, Made("wall", more.out))
    for prompt in more.prompts:
        cell(grown, pip, "base", prompt, 0, 0.5, 0.3)
    (made,) = asyncio.run(desk.job(job))["made"]
    assert made["what"] == "wall" and "cells" not in made
    jobs.cancel(job)
    (made,) = asyncio.run(desk.job(job))["made"]
    assert [one["prompt"] for one in made["cells"]] == list(more.prompts)


@pytest.mark.parametrize("pair", ["", "a|b", "gone|dreambooth_lora:0-0|base:0-0", "{pip}|dreambooth_lora:0-0|x:9-9"])
def test_a_vote_on_what_is_not_there_counts_for_nothing(view, wall, pip, pair):
    for recipe in ("dreambooth_lora", "base"):
        cell(wall, pip, recipe, wall.task.prompts[0], 0, 0.5, 0.3)
    Trial(view).vote(EMPTY, pair.format(pip=pip), "left")
    assert Walls(view.library).get(wall.key).votes == ()


def test_marks_and_votes_are_kept(library, wall):
    walls = Walls(library)
    walls.mark(wall.key, "star", "base:0-0", True)
    walls.mark(wall.key, "pin", "base", True)
    walls.mark(wall.key, "hide", "textual_inversion", True)
    walls.mark(wall.key, "hide", "textual_inversion", False)
    walls.vote(wall.key, Vote("s", "a", "b", "same"))
    kept = Walls(library).get(wall.key)
    assert kept.marks == {"star": ("base:0-0",), "pin": ("base",), "hide": ()} and len(kept.votes) == 1


def test_a_wall_in_the_bin_is_not_shown(library, jobs, wall):
    Path(wall.task.out).mkdir(parents=True)
    made = library.record(wall.jobs[0], wall.task, Made("wall", wall.task.out))
    walls = Walls(library)
    assert walls.named({"wall": made["id"]}).key == wall.key and walls.named({"wall": wall.key}).key == wall.key
    library.discard([made["id"]])
    assert walls.all() == [] and walls.named({"wall": wall.key}) is None
    assert library.empty_bin(time.time()) == 0 and Path(wall.task.out).is_dir(), "a job is still making it"
    jobs.cancel(wall.jobs[0])
    assert library.empty_bin(time.time()) == 1 and not Path(wall.task.out).exists()
    assert Walls(library).all() == [] and Walls(library).fresh(wall.task).title == "Wall 2"


def test_other_pages_hand_over_what_to_compare(library, jobs, pip):
    hand = {
        "subjects": [pip, "gone"],
        "recipes": ["dreambooth", "gone"],
        "knobs": {"dreambooth": {"steps": 80}, "x": 1},
    }
    taken = comparing.handed(hand, Draft(), library, jobs)
    assert (taken.subjects, taken.recipes, taken.knobs) == ((pip,), ("dreambooth",), {"dreambooth": {"steps": 80}})
    scene = Scene("a photo of <pip> robot in the snow", seed=7, steps=9)
    job = jobs.submit(Sample(scene, library.new_path("picture")), "x")
    taken = comparing.handed({"job": job}, Draft(), library, jobs)
    assert (taken.subjects, taken.prompts, taken.first_seed) == ((pip,), "a photo of {} robot in the snow", 7)
    task = Tune((library.subject(pip),), "dreambooth", library.new_path("artefact"), {"steps": 90})
    Path(task.out).write_bytes(b"x")
    made = library.record(None, task, Made("artefact", task.out))
    taken = comparing.handed({"artefact": made["id"]}, Draft(), library, jobs)
    assert taken.recipes == ("dreambooth",) and taken.knobs == {"dreambooth": {"steps": 90}}
    assert comparing.handed({"nonsense": 1}, Draft(), library, jobs) is None


def test_an_export_needs_nothing_but_itself(view, library, wall, pip):
    library.change_subject(pip, name="=Pip <b>")
    again = comparing.plan(comparing.of_wall(wall, library.settings), library, "starter", wall)
    wall = Walls(library).add(again, wall.jobs[0])
    for recipe, score in (("dreambooth_lora", 0.81234), ("base", 0.4)):
        cell(wall, pip, recipe, wall.task.prompts[0], 0, score, 0.3)
    with zipfile.ZipFile(export(wall, view)) as pack:
        names = pack.namelist()
        page = pack.read(next(name for name in names if name.endswith("index.html"))).decode()
        lines = list(csv.DictReader(pack.read(next(n for n in names if n.endswith(".csv"))).decode().splitlines()))
        facts = json.loads(pack.read(next(n for n in names if n.endswith("wall.json"))))
        top = names[0].partition("/")[0]
        for line in lines:
            Image.open(io.BytesIO(pack.read(f"{top}/{line['picture']}"))).verify()
            assert line["picture"] in page
        overview = next(n for n in names if n.endswith(".png") and "/pictures/" not in n)
        assert Image.open(io.BytesIO(pack.read(overview))).width > 160
    assert len(lines) == 2 and lines[0]["likeness"] == "0.81234" and lines[0]["subject"] == "'=Pip <b>"
    assert "<b>=Pip" not in page and "&lt;b&gt;" in page and "http" not in page and str(library.files.root) not in page
    assert facts["seeds"] == [0, 1] and str(library.files.root) not in json.dumps(facts)


def test_an_empty_wall_is_not_exported(view, wall):
    with pytest.raises(BadInput, match="nothing to export"):
        export(wall, view)


def test_a_wall_is_forecast_without_what_is_there_already(library, wall):
    assert comparing.seconds(wall.task, library) is None, "no picture was made here yet"
    picture = Sample(Scene("a duck", steps=10), library.new_path("picture"))
    Path(picture.out).write_bytes(b"picture")
    library.record(None, picture, Made("picture", picture.out, {"seconds": 2.0}))
    learning = [Forecaster(library).tune(name, {}).seconds for name in ("dreambooth_lora", "textual_inversion")]
    sampling = 0.2 * wall.task.steps
    assert comparing.seconds(wall.task, library) == pytest.approx(12 * sampling + sum(learning))
    who = wall.task.subjects[0].id
    cell(wall, who, "dreambooth_lora", wall.task.prompts[0], 0, 0.5, 0.3)
    (wall.path / "rows").mkdir()
    (wall.path / "rows" / "a.json").write_text(json.dumps({"subject": who, "recipe": "dreambooth_lora"}))
    assert comparing.seconds(wall.task, library) == pytest.approx(11 * sampling + learning[1])


def taught(wall, subject: str, recipe: str) -> Path:
    """A row's tuned file, as the compare pipeline leaves it."""
    for room in ("rows", "artefacts"):
        (wall.path / room).mkdir(parents=True, exist_ok=True)
    file = wall.path / "artefacts" / f"{recipe}.safetensors"
    file.write_bytes(b"tuned")
    facts = {"subject": subject, "recipe": recipe, "artefact": str(file), "seconds": 40.0, "peak_memory": 9}
    (wall.path / "rows" / f"{recipe}.json").write_text(json.dumps(facts))
    return file


def test_the_settings_of_one_picture_name_its_file_and_where_it_stands_on_the_curve(library, jobs, draft, view):
    swept = replace(draft, recipes=("svdiff",), sweep="strength", values="0.5, 1", seeds=2)
    wall = Walls(library).add(comparing.plan(swept, library, "starter"), "job")
    who, words, one = wall.task.subjects[0], wall.task.prompts[1], WallCell(view, library, jobs)
    for row in ("svdiff--strength-0.5", "base"):
        cell(wall, who.id, row, words, 1, 0.5, 0.3)
    with pytest.raises(BadInput, match="file of this picture is gone"):
        one.settings(EMPTY, "svdiff--strength-0.5:1-1")
    file = taught(wall, who.id, "svdiff")
    answer = one.settings(EMPTY, "svdiff--strength-0.5:1-1")
    scene = answer["scene"]
    assert (answer["base"], answer["back"]) == ("starter", False)
    ((path, strength),) = scene["artefacts"]
    assert (scene["prompt"], scene["seed"], strength) == ("a photo of <pip> robot in the snow", 1, 0.5)
    assert (scene["steps"], scene["scale"]) == (wall.task.steps, wall.task.scale)
    (kept,) = library.things("artefact")
    assert kept.path == path and kept.subjects == (who.id,) and kept.task.recipe == "svdiff"
    file.unlink()
    assert Path(path).read_bytes() == b"tuned", "it outlives its wall"
    library.discard([kept.id])
    assert one.settings(EMPTY, "svdiff--strength-0.5:1-1")["back"], "also when the wall has lost its own"
    assert [thing.id for thing in library.things("artefact")] == [kept.id], "once, and back from the bin"
    plain = one.settings(EMPTY, "base:1-1")["scene"]
    assert plain["artefacts"] == () and plain["prompt"] == "a photo of robot in the snow"
    for key in ("svdiff--strength-1:1-1", "base:0-0", "base:9-9", "nobody:1-1", "base"):
        with pytest.raises(BadInput, match="not made yet"):
            one.settings(EMPTY, key)
    with pytest.raises(BadInput, match="Names are hidden"):
        one.settings({**EMPTY, "blind": True}, "base:1-1")
    assert one.remake(EMPTY, "svdiff--strength-0.5:1-1") is False
    (job,) = jobs.list(("queued",))
    assert isinstance(job.task, Sample) and job.task.scene.artefacts == ((path, 0.5),) and job.task.scene.seed == 1


@pytest.fixture
def tuned_cell(library, jobs, draft, view):
    """The answers for a wall of one finished tuned picture, with its tuned file."""
    wall = Walls(library).add(comparing.plan(draft, library, "starter"), "job")
    who = wall.task.subjects[0].id
    cell(wall, who, "dreambooth_lora", wall.task.prompts[0], 0, 0.5, 0.3)
    return WallCell(view, library, jobs), taught(wall, who, "dreambooth_lora")


def test_a_wall_of_a_data_folder_that_moved_finds_its_tuned_files(tuned_cell):
    one, file = tuned_cell
    (row,) = (file.parents[1] / "rows").glob("*.json")
    row.write_text(json.dumps(json.loads(row.read_text()) | {"artefact": f"/elsewhere/{file.name}"}))
    ((path, _),) = one.settings(EMPTY, "dreambooth_lora:0-0")["scene"]["artefacts"]
    assert Path(path).read_bytes() == b"tuned"


def test_a_full_disk_is_said_and_leaves_no_part_of_a_tuned_file(tuned_cell, library, monkeypatch):
    def refuse(*paths):
        raise OSError(errno.EXDEV, "no links across disks")

    def fill(source, part):
        Path(part).write_bytes(b"tun")
        raise OSError(errno.ENOSPC, "no space left")

    one, _ = tuned_cell
    monkeypatch.setattr("os.link", refuse)
    with monkeypatch.context() as full:
        full.setattr("shutil.copyfile", fill)
        with pytest.raises(DiskFull):
            one.settings(EMPTY, "dreambooth_lora:0-0")
    assert not list(library.settings.room("artefacts").iterdir())
    flushed = []
    monkeypatch.setattr("os.fsync", lambda number: flushed.append(os.fstat(number).st_ino))
    ((path, _),) = one.settings(EMPTY, "dreambooth_lora:0-0")["scene"]["artefacts"]
    assert Path(path).read_bytes() == b"tuned", "copied where it cannot be linked"
    assert flushed == [Path(path).stat().st_ino], "it is on the disk before it has its name"
    assert [file.name for file in library.settings.room("artefacts").iterdir()] == [Path(path).name]


def test_what_is_missing_is_lined_up_once_and_so_are_scores(wall, jobs, library):
    """A double click asks twice; so do two windows. What has ended can be asked for again."""
    orders = WallOrders(Walls(library), jobs)

    def pressed() -> list[bool]:
        with ThreadPoolExecutor(4) as windows:
            list(windows.map(lambda press: press(wall), [orders.fill, orders.rescore] * 4))
        return sorted(one.task.scores_only for one in jobs.list())

    assert pressed() == [False, True]
    for one in jobs.list():
        jobs.cancel(one.id)
    assert pressed() == [False, True]
    assert Walls(library).get(wall.key).task == wall.task
