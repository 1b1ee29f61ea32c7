import csv
import itertools
import json
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from PIL import Image

from pipelines import compare, panel, toybox, waiting, wall_report
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, MissingWeights, Stopped
from pipelines.events import Made, Preview, Progress, Silent, Warned
from pipelines.eyes import Eyes
from pipelines.recipes.textual_inversion import TextualInversion
from pipelines.spec import Photo, Subject
from pipelines.tasks import Compare

PROMPTS, SEEDS = ("a photo of {}", "a red {} at night"), (0,)
QUICK = {"steps": 2, "batch": 1}


@pytest.fixture
def pip(tmp_path):
    """A robot with two photos."""
    photos = []
    for k, scene in enumerate(toybox.shoot(toybox.subject("robot", 12, "validation"), 2, 12)):
        picture = toybox.render(scene, 64)
        Image.fromarray(picture.pixels).save(tmp_path / f"{k}.png")
        Image.fromarray(picture.masks[0].astype(np.uint8) * 255).save(tmp_path / f"{k}-mask.png")
        photos.append(Photo(str(tmp_path / f"{k}.png"), str(tmp_path / f"{k}-mask.png")))
    return Subject("p1", "Pip", "robot", "<pip>", tuple(photos))


@pytest.fixture
def task(pip, tmp_path):
    recipes = (("textual_inversion", QUICK), ("base", {}))
    return Compare((pip,), recipes, PROMPTS, SEEDS, str(tmp_path / "wall"), "tiny", steps=2)


def nobody(cls, judges="starter"):
    raise MissingWeights("The judges lack something.")


@pytest.fixture(autouse=True)
def at_hand(tiny, monkeypatch):
    """The tiny model is the one that is loaded; the judges are not there."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    monkeypatch.setattr(Eyes, "load", classmethod(nobody))


@pytest.fixture
def judged(eyes, monkeypatch):
    """Judges that learnt nothing are there."""
    monkeypatch.setattr(Eyes, "load", classmethod(lambda cls, judges="starter": eyes))


@pytest.mark.usefixtures("judged")
def test_a_sweep_teaches_once_asks_at_every_value_and_leaves_what_is_there(task, tmp_path):
    plain = compare.run(task, Silent())
    told = compare.run(replace(task, strengths=(0.5, 1.0)), Silent())
    assert (told["cells"], told["made"]) == (6, 2), "strength 1 and the base are there"
    assert [(row["recipe"], row["strength"], row["cells"]) for row in told["rows"]] == [
        ("textual_inversion--strength-0.5", 0.5, 2), ("textual_inversion--strength-1", 1.0, 2), ("base", 1.0, 2)
    ]  # fmt: skip
    full, before = told["rows"][1], plain["rows"][0]
    assert full["likeness"] == before["likeness"] and full["seconds"] == before["seconds"]
    assert len(list((tmp_path / "wall" / "artefacts").glob("*.safetensors"))) == 1
    page = (tmp_path / "wall" / "index.html").read_text("utf-8")
    assert "<polyline" in page and "Textual Inversion, strength 0.5" in page
    wide = compare.run(replace(task, scales=(2.0, 5.0)), Silent())
    assert (wide["cells"], wide["made"]) == (8, 4), "CFG 5 is there, by both"
    with Image.open(tmp_path / "wall" / cell_of(task, "base--scale-2")["picture"]) as picture:
        assert "CFG scale: 2" in picture.info["parameters"]


def cell_of(task, recipe):
    cells = [json.loads(path.read_text("utf-8")) for path in (Path(task.out) / "cells").glob("*.json")]
    return next(one for one in cells if one["recipe"] == recipe)


@pytest.mark.usefixtures("judged")
def test_a_wall_is_filled_scored_and_told_of(task, tmp_path, monkeypatch):
    report = Silent()
    result = compare.run(task, report)
    assert (result["cells"], result["made"], result["failed"], result["judge"]) == (4, 4, [], "untaught")
    assert json.dumps(result)
    told = [event for event in report.events if isinstance(event, Made) and event.what == "cell"]
    cells = list({event.path: event for event in told}.values())
    assert len(cells) == 4 and len(told) == 8, "each when it is made, and when it is scored"
    for event in cells:
        cell = json.loads(Path(event.path).read_text("utf-8"))
        assert cell == event.facts
        assert -1 <= cell["likeness"] <= 1 and -1 <= cell["prompt_following"] <= 1 and cell["seconds"] > 0
        with Image.open(tmp_path / "wall" / cell["picture"]) as picture:
            assert picture.size == (64, 64)
    told = {(one.facts["recipe"], one.facts["said"]) for one in cells}
    assert ("base", "a red robot at night") in told and ("textual_inversion", "a red <pip> robot at night") in told
    rows = {row["recipe"]: row for row in result["rows"]}
    mine = [one.facts["likeness"] for one in cells if one.facts["recipe"] == "base"]
    assert rows["base"]["likeness"] == pytest.approx(fmean(mine), abs=1e-4)
    assert rows["base"]["low"]["likeness"] <= rows["base"]["likeness"] <= rows["base"]["high"]["likeness"]
    assert rows["textual_inversion"]["seconds"] > 0 and rows["textual_inversion"]["bytes"] > 0
    made = [event for event in report.events if isinstance(event, Made)]
    assert made[-1].what == "wall" and made[-1].path == task.out
    told = [e for e in report.events if isinstance(e, Progress)]
    assert [e.step for e in told if "learns" not in e.note] == list(range(1, 5))
    assert {(e.own[0] - e.step, e.own[1]) for e in told} == {(0, 4)}, "all of them are made in this run"
    assert any(isinstance(event, Preview) for event in report.events)
    wall, page = tmp_path / "wall", (tmp_path / "wall" / "index.html").read_text("utf-8")
    assert page.count("<img ") == 4 and "http" not in page and "untaught" in page
    with open(wall / "scores.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 4 and all((wall / line["picture"]).is_file() and line["judge"] for line in lines)
    kept = json.loads((wall / "report.json").read_text("utf-8"))
    assert {row["recipe"] for row in kept["rows"]} == {"base", "textual_inversion"}
    assert kept["how"]["likeness"]
    used, about = TextualInversion.settled(QUICK), json.loads((wall / "wall.json").read_text("utf-8"))
    taught = [json.loads(path.read_text("utf-8")) for path in (wall / "rows").glob("*.json")]
    for told in (about["recipes"], taught):
        known = {one.get("name") or one["recipe"]: one["knobs"] for one in told}
        assert known == {"base": {}, "textual_inversion": used}, "all numbers, not only those that were turned"
    assert about["judge"] == "untaught" and about["metrics"]["copy"]["better"] == "less"
    assert about["metrics"]["likeness"]["judge"] == "untaught"
    assert kept["how"]["copy"] == about["metrics"]["copy"]["how"]
    monkeypatch.setattr(wall_report, "SHOWN", 2)
    wall_report.write(wall, task, "untaught", {}, [])
    page = (wall / "index.html").read_text("utf-8")
    assert page.count("<img ") == 2 and "1 more columns are in scores.csv" in page


def test_only_what_is_missing_is_made(task, tmp_path):
    compare.run(task, Silent())
    assert compare.run(task, Silent())["made"] == 0
    wall = tmp_path / "wall"
    gone, broken, *_ = sorted((wall / "cells").glob("*.json"))
    gone.unlink()
    (wall / "pictures" / f"{broken.stem}.png").unlink()
    kept = {path: path.stat().st_mtime_ns for path in (wall / "artefacts").iterdir()}
    again = compare.run(task, Silent())
    assert (again["made"], again["cells"]) == (2, 4)
    assert kept == {path: path.stat().st_mtime_ns for path in (wall / "artefacts").iterdir()}
    longer = compare.run(replace(task, seeds=(0, 1)), report := Silent())
    assert (longer["made"], longer["cells"]) == (4, 8)
    own = [one.own for one in report.events if isinstance(one, Progress)]
    assert {of for _, of in own} == {4} and own[-1] == (4, 4), "what is there but not passed yet takes no time either"
    cells = {path: json.loads(path.read_text("utf-8")) for path in (wall / "cells").glob("*.json")}
    of_task = {"recipe": "textual_inversion", "seed": task.seeds[0]}.items()
    next(path for path, facts in cells.items() if of_task <= facts.items() and facts["prompt_index"] == 0).unlink()
    refused = (("textual_inversion", {"steps": "many"}), *task.recipes)
    compare.run(replace(task, recipes=refused), report := Silent())
    assert [one.own for one in report.events if isinstance(one, Progress)][-1] == (1, 1), "nor what is refused"


@pytest.mark.usefixtures("judged")
def test_two_subjects_of_one_class_have_a_base_row_each_against_their_own_photos(task, pip, tmp_path):
    other = replace(pip, id="p2", name="Bot", trigger="<bot>", photos=(Photo(pip.photos[1].image, pip.photos[1].mask),))
    both = replace(task, subjects=(pip, other), recipes=(("base", {}),))
    told = compare.run(both, Silent())
    assert [(row["subject"], row["cells"]) for row in told["rows"]] == [("p1", 2), ("p2", 2)]
    assert told["rows"][0]["likeness"] != told["rows"][1]["likeness"]
    alone = compare.run(replace(both, subjects=(other,), out=str(tmp_path / "alone")), Silent())
    assert told["rows"][1]["likeness"] == alone["rows"][0]["likeness"]
    again = compare.run(both, Silent())
    assert (again["made"], again["rows"]) == (0, told["rows"])


@pytest.mark.usefixtures("judged")
def test_other_photos_make_the_bases_pictures_score_anew_and_unreadable_ones_cost_only_their_own_scores(task, pip):
    bases = replace(task, recipes=(("base", {}),))
    first = compare.run(bases, Silent())
    fewer = replace(pip, photos=pip.photos[1:])
    told = compare.run(replace(bases, subjects=(fewer,)), Silent())
    assert told["made"] == 0 and told["rows"][0]["likeness"] != first["rows"][0]["likeness"]
    lost = replace(pip, id="p2", photos=(Photo(pip.photos[0].image + ".gone"),))
    told = compare.run(replace(bases, subjects=(lost, pip)), report := Silent())
    assert [("likeness" in row, row["cells"]) for row in told["rows"]] == [(False, 2), (True, 2)]
    assert any("cannot be scored" in event.message for event in report.events if isinstance(event, Warned))


@pytest.mark.usefixtures("judged")
def test_a_wall_that_is_as_it_should_be_is_left_alone_and_told_of_briefly(task, tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "OFTEN", 1e9)
    compare.run(task, Silent())
    files = [*(tmp_path / "wall" / "cells").iterdir(), *(tmp_path / "wall" / "pictures").iterdir()]
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}
    told = compare.run(task, report := Silent())
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files} == before
    assert (told["cells"], told["made"]) == (4, 0) and told["rows"][0]["likeness"] > 0
    assert not [event for event in report.events if isinstance(event, Made) and event.what == "cell"]
    assert [(one.step, one.own) for one in report.events if isinstance(one, Progress)] == [(4, (0, 0))]


@pytest.mark.usefixtures("judged")
def test_pictures_are_scored_together_and_at_a_stop_none_is_left_out(task, eyes, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 1e9)
    looked, see = [], eyes.likeness
    monkeypatch.setattr(eyes, "likeness", lambda pixels: looked.append(len(pixels)) or see(pixels))
    many = replace(task, recipes=(("base", {}),), seeds=tuple(range(10)))
    told = compare.run(many, Silent())
    assert sorted(looked)[-2:] == [4, 16] and told["cells"] == 20, "as many as can be seen at once, then the rest"
    assert all("likeness" in one for one in wall_report.gathered(Path(many.out), many).values())
    alone = compare.run(replace(many, seeds=(3,), out=many.out + "-alone"), Silent())
    assert alone["rows"][0]["likeness"] == pytest.approx(
        fmean(one["likeness"] for one in wall_report.gathered(Path(many.out), many).values() if one["seed"] == 3),
        abs=1e-3,
    )

    class Hasty(Silent):
        def stop(self):
            return sum(isinstance(e, Made) and e.what == "cell" for e in self.events) >= 3

    stopped = replace(many, out=many.out + "-stopped")
    with pytest.raises(Stopped):
        compare.run(stopped, Hasty())
    there = wall_report.gathered(Path(stopped.out), stopped)
    assert len(there) == 3 and all("likeness" in one for one in there.values())


@pytest.mark.usefixtures("judged")
def test_a_first_picture_does_not_wait_for_its_scores_until_the_next_is_there(task, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 1e9)
    cells = lambda events: [event for event in events if isinstance(event, Made) and event.what == "cell"]  # noqa: E731

    class Long(Silent):
        """While the second picture is made, the first has waited long enough."""

        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, Preview) and cells(self.events):
                monkeypatch.setattr(waiting, "PATIENCE", 0.0)

    compare.run(replace(task, recipes=(("base", {}),), seeds=(0, 1)), report := Long())
    first, again, second, *_ = cells(report.events)
    assert first.path == again.path != second.path and "likeness" in again.facts and "likeness" not in first.facts


@pytest.mark.usefixtures("judged")
def test_scores_alone_are_refused_where_nobody_can_tell_them_and_what_is_there_stays(task, tmp_path):
    compare.run(task, Silent())
    before = (tmp_path / "wall" / "wall.json").read_bytes()
    with pytest.raises(BadInput, match="no judge"):
        compare.run(replace(task, scores_only=True, judges=str(tmp_path)), Silent())
    assert (tmp_path / "wall" / "wall.json").read_bytes() == before


def test_of_two_at_one_place_the_newer_counts_though_fewer_were_asked_for_in_between(task):
    whole = replace(task, recipes=(("base", {}),), seeds=(0, 1, 2))
    compare.run(whole, Silent())
    first = [one["picture"] for one in wall_report.gathered(Path(task.out), whole).values()]
    compare.run(replace(whole, steps=whole.steps + 1), Silent())
    compare.run(replace(whole, seeds=(0,)), Silent())
    compare.run(whole, Silent())
    assert [one["picture"] for one in wall_report.gathered(Path(task.out), whole).values()] == first


def test_a_method_that_was_not_finished_with_other_knobs_gives_way_to_the_first_again(task):
    compare.run(task, Silent())
    first = [one["picture"] for one in wall_report.gathered(Path(task.out), task).values()]
    other = replace(task, recipes=(("textual_inversion", QUICK | {"vectors": 3}), ("base", {})))

    class Hasty(Silent):
        def stop(self):
            return any(isinstance(e, Made) and e.what == "cell" for e in self.events)

    with pytest.raises(Stopped):
        compare.run(other, Hasty())
    assert [one["picture"] for one in wall_report.gathered(Path(task.out), task).values()] != first
    compare.run(task, Silent())
    assert [one["picture"] for one in wall_report.gathered(Path(task.out), task).values()] == first


def test_other_knobs_make_other_cells_and_the_last_ones_asked_for_count(task):
    compare.run(task, Silent())
    first = [one["picture"] for one in wall_report.gathered(Path(task.out), task).values()]
    other = replace(task, recipes=(("textual_inversion", QUICK | {"vectors": 3}), ("base", {})))
    assert compare.run(other, Silent())["made"] == 2
    assert [one["picture"] for one in wall_report.gathered(Path(task.out), task).values()] != first
    back = compare.run(task, Silent())
    assert back["made"] == 0
    cells = wall_report.gathered(Path(task.out), task)
    assert [one["picture"] for one in cells.values()] == first


def test_a_stop_keeps_what_is_finished(task):
    class Hasty(Silent):
        def stop(self):
            return sum(isinstance(e, Made) and e.what == "cell" for e in self.events) >= 1

    with pytest.raises(Stopped, match="1 of 4"):
        compare.run(task, Hasty())
    assert compare.run(task, Silent())["made"] == 3


def test_a_method_that_cannot_learn_is_told_of_and_left_out(task, pip):
    bare = replace(pip, photos=tuple(replace(one, mask=None) for one in pip.photos))
    report = Silent()
    recipes = (("textual_inversion", {"steps": "many"}), ("dreambath", {}), ("base", {}))
    result = compare.run(replace(task, subjects=(bare,), recipes=recipes), report)
    assert result["cells"] == 2 and [one["recipe"] for one in result["failed"]] == ["textual_inversion", "dreambath"]
    assert sum(isinstance(event, Warned) for event in report.events) >= 2
    assert "not a number" in (Path(task.out) / "index.html").read_text("utf-8")
    lost = replace(pip, id="p2", photos=(Photo(pip.photos[0].image + ".gone"),))
    result = compare.run(replace(task, subjects=(lost,)), report := Silent())
    assert [one["recipe"] for one in result["failed"]] == ["textual_inversion"]
    assert [one.own for one in report.events if isinstance(one, Progress)] == [(1, 2), (2, 2)], "it takes no time more"


def test_without_judges_the_pictures_are_made_and_scored_later(task, request, tmp_path):
    bases = replace(task, recipes=(("base", {}),), prompts=PROMPTS[:1])
    (tmp_path / "nobody").mkdir()
    report = Silent()
    result = compare.run(replace(bases, judges=str(tmp_path / "nobody")), report)
    assert result["cells"] == 1 and any("no judge in nobody" in one.message for one in report.events
                                        if isinstance(one, Warned))  # fmt: skip
    result = compare.run(bases, Silent())
    assert result["judge"] == "" and "likeness" not in result["rows"][0]
    assert "No judge was there" in (Path(task.out) / "index.html").read_text("utf-8")
    request.getfixturevalue("judged")
    result = compare.run(bases, Silent())
    assert result["made"] == 0 and result["rows"][0]["likeness"] > 0


@pytest.mark.usefixtures("judged")
def test_old_scores_are_read_again_without_making_anything_again(task, monkeypatch):
    before = compare.run(task, Silent())["rows"]
    wall = Path(task.out)
    for path in (wall / "cells").glob("*.json"):
        facts = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({name: facts[name] for name in compare.OWN}
                                   | {"judge": facts["judge"], "held": "before", "likeness": 0.0}))  # fmt: skip
    made = [*(wall / "pictures").iterdir(), *(wall / "artefacts").iterdir(), *(wall / "rows").iterdir()]
    stamps = [path.stat().st_mtime_ns for path in made]
    changed = replace(task, recipes=(("textual_inversion", {"a_knob_that_has_gone": 1}), ("base", {})))
    hash_ = json.loads((wall / "wall.json").read_text("utf-8"))["base_hash"]
    monkeypatch.delattr(compare.Backbone, "at_hand")  # what only looks needs no base
    result = compare.run(replace(changed, scores_only=True), Silent())
    about = json.loads((wall / "wall.json").read_text("utf-8"))
    assert (about["base_hash"], about["judges_mark"]) == (hash_, panel.mark(task.judges)) and hash_
    assert (result["cells"], result["made"], result["failed"]) == (4, 0, []) and result["rows"] == before
    assert [path.stat().st_mtime_ns for path in made] == stamps
    assert json.loads((wall / "wall.json").read_text("utf-8"))["metrics"].keys() >= {"likeness", "prompt_following"}


def test_nothing_to_compare_is_said(task):
    with pytest.raises(BadInput, match="no prompt"):
        compare.run(replace(task, prompts=()), Silent())


def test_what_is_drawn_again_are_prompts_and_over_several_subjects_these_however_many_seeds(task, tmp_path):
    """Three values by many seeds are three prompts still: cells of one prompt say little that is new."""
    pip, bob = replace(task.subjects[0], id="pip"), replace(task.subjects[0], id="bob", name="Bob")
    values, folder = {"pip": (0.2, 0.4, 0.6), "bob": (0.4, 0.6, 0.8)}, tmp_path / "report"
    (folder / "cells").mkdir(parents=True)
    (folder / "rows").mkdir()
    (folder / "wall.json").write_text("{}")
    prompts = tuple(f"a {{}} {place}" for place in ("here", "there", "away"))
    for who, each in values.items():
        for (prompt, value), seed in itertools.product(zip(prompts, each, strict=True), range(30)):
            facts = {"subject": who, "recipe": "base", "prompt": prompt, "seed": seed, "likeness": value}
            name = f"{who}-{prompts.index(prompt)}-{seed}.json"
            (folder / "cells" / name).write_text(json.dumps(facts | {"said": "", "seconds": 1, "picture": ""}))
    asked = replace(task, subjects=(pip, bob), recipes=(("base", {}),), prompts=prompts, seeds=tuple(range(30)))
    rows = wall_report.write(folder, asked, "judge", {}, ())
    assert [(row["likeness"], row["low"]["likeness"], row["high"]["likeness"]) for row in rows] == [
        (0.4, 0.2, 0.6), (0.6, 0.4, 0.8)]  # fmt: skip
    (whole,) = json.loads((folder / "report.json").read_text("utf-8"))["overall"]
    assert (whole["likeness"], whole["low"]["likeness"], whole["high"]["likeness"]) == (0.5, 0.4, 0.6)
    page = (folder / "index.html").read_text("utf-8")
    assert page.index("All subjects") < page.index("of means of subjects drawn again") < page.index("<h2>Bob")
    assert "of means of prompts drawn again" in page
