"""A result folder says what was measured, follows from its own scores, and shows every later change."""

import csv
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pipelines import results, suites
from pipelines.errors import BadInput
from pipelines.eyes import Eyes
from pipelines.results import Cell, Result
from pipelines.scoring import Scoring
from pipelines.toybench import bench, plan, shots
from pipelines.verify import verify


@pytest.fixture
def result(tmp_path):
    """Two methods on two subjects, two seeds; the second method lacks one subject's prompt-following."""
    cells = []
    for method, value in (("base", 0.2), ("mine", 0.6)):
        for who, more in (("pip", 0.0), ("dot", 0.2)):
            for seed in (1, 2):
                picture = tmp_path / "made" / f"{method}-{who}-{seed}.png"
                picture.parent.mkdir(exist_ok=True)
                Image.new("RGB", (32, 32), (seed * 90, int(value * 255), 9)).save(picture)
                scores = {"likeness": value + more + 0.05 * seed, "copy": 0.9 - value}
                if not (method == "mine" and who == "dot"):
                    scores["prompt_following"] = 0.5
                cells.append(Cell("single", who, method, "=a duck <b>", seed, picture, scores))
    published = {"table": "T", "method": "TI", "scores": {"dino": 0.5}, "source": "a paper", "first_hand": False}
    return Result(
        "Mine & yours", "mine", "A test.", {"steps": 25}, "starter-12", {"likeness": "Likeness"},
        {"likeness": "Mean cosine."}, {"likeness": "more", "copy": "less"}, tuple(cells),
        {"mine": "My <method>"}, {"single": "One & only"},
        {("single", "mine"): {"seconds": 61.2, "bytes": 2048.0}},
        ({"method": "mine", "case": "juno", "why": "No mask."},), ("Two subjects only.",), "base",
        published=(published,),
    )  # fmt: skip


@pytest.fixture
def folder(result, tmp_path):
    results.write(result, tmp_path / "out")
    return tmp_path / "out"


def test_rows_are_means_over_subjects_with_intervals(folder):
    told = json.loads((folder / "result.json").read_text("utf-8"))
    base, mine = told["rows"]
    assert (base["method"], base["cases"], base["cells"]) == ("base", 2, 4)
    assert base["scores"]["likeness"] == {"value": 0.375, "low": 0.275, "high": 0.475}
    assert mine["scores"]["prompt_following"]["value"] == 0.5 and (mine["seconds"], mine["bytes"]) == (61.2, 2048)
    group = told["compared"]["single"]
    assert group["against"]["mine"]["likeness"] == {"difference": 0.4, "low": 0.4, "high": 0.4, "p": 0.5, "cases": 2}
    assert "prompt_following" not in group["against"]["mine"], "one subject in common is no pair of subjects"
    assert group["ranks"]["likeness"] == {"base": 2.0, "mine": 1.0}
    assert group["ranks"]["copy"] == {"base": 2.0, "mine": 1.0}, "less is better"
    assert group["hypervolume"] == pytest.approx(0.5 * 0.775)
    assert set(told["versions"]) >= {"commit", "python", "torch", "numpy"}


def test_scores_of_all_pictures_together_stand_beside_the_means(result, tmp_path):
    results.write(replace(result, sets={("single", "mine"): {"fid": 12.5}}), tmp_path / "out")
    told = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    assert [row["sets"] for row in told["rows"]] == [{}, {"fid": 12.5}] and "fid" not in told["rows"][1]["scores"]
    assert "<td>12.500</td>" in (tmp_path / "out" / "index.html").read_text("utf-8")
    with open(tmp_path / "out" / "table.csv", encoding="utf-8") as file:
        assert [row["fid"] for row in csv.DictReader(file)] == ["", "12.5"]
    assert verify(tmp_path / "out")["ok"]


def test_who_stands_aside_has_no_place(result, tmp_path):
    results.write(replace(result, aside=("mine",)), tmp_path / "out")
    group = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))["compared"]["single"]
    assert group["ranks"]["likeness"] == {} and group["hypervolume"] == pytest.approx(0.5 * 0.375, abs=1e-4)
    assert group["against"]["mine"]["likeness"]["cases"] == 2
    assert "<b>0.775</b>" not in (tmp_path / "out" / "index.html").read_text("utf-8")


def test_the_page_stands_alone_and_escapes_what_it_shows(folder):
    page = (folder / "index.html").read_text("utf-8")
    assert page.count("<img ") == 4 and page.count('src="data:image/webp;base64,') == 4 and "http" not in page
    for part in ("My &lt;method&gt;", "a duck &lt;b&gt;", "Mine &amp; yours", "Two subjects only.", "One &amp; only",
                 "juno. No mask.", "Mean cosine.", "steps", "61 s", "a paper (read in a later paper)",
                 "<b>0.775</b>", "0.275 to 0.475"):  # fmt: skip
        assert part in page
    with open(folder / "scores.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 8 and lines[0]["prompt"] == "'=a duck <b>" and (folder / lines[0]["picture"]).is_file()
    with open(folder / "table.csv", newline="") as file:
        assert [line["method"] for line in csv.DictReader(file)] == ["base", "mine"]


def test_the_page_draws_the_trade_off_and_says_places_and_what_is_sure(result, tmp_path):
    page = results.write(result, tmp_path / "out") and (tmp_path / "out" / "index.html").read_text("utf-8")
    assert page.count("<circle ") == 2 and "cover 0.3875 of the plane" in page
    assert "<tr><th>My &lt;method&gt;</th><td>1.00</td><td>1.00</td>" in page and ">*</span>" not in page
    more = [replace(one, case=f"{one.case}{k}") for one in result.cells for k in range(3)]
    results.write(replace(result, cells=tuple(more)), tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert '<b>0.775</b><span title="+0.400, p 0.0312">*</span>' in page, "six pairs, all the same way: 2 / 2⁶"


def test_two_cases_of_one_person_are_one_subject(result):
    twice = [replace(one, case=f"{one.case}-{one.seed}", who=one.case) for one in result.cells]
    rows, others = (results.tabled([results.record(one) for one in cells]) for cells in (twice, result.cells))
    assert rows == others and rows[0]["cases"] == 2
    told, plain = (results.compared([results.record(one) for one in cells], result.better, "base")
                   for cells in (twice, result.cells))  # fmt: skip
    assert told == plain


def test_what_was_written_is_found_as_it_was_also_elsewhere(folder, tmp_path):
    found = verify(folder)
    assert (found["ok"], found["files"], found["cells"], found["broken"], found["differs"]) == (True, 12, 8, [], [])
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere")["ok"]


def test_every_change_is_named(folder):
    told = json.loads((folder / "result.json").read_text("utf-8"))
    first, second, *_ = (one["picture"] for one in told["cells"])
    (folder / first).write_bytes((folder / first).read_bytes() + b" ")
    (folder / second).unlink()
    (folder / "more.txt").write_text("x")
    told["rows"][1]["scores"]["likeness"]["value"] = 0.9
    (folder / "result.json").write_text(json.dumps(told))
    found = verify(folder)
    assert not found["ok"]
    said = "\n".join(found["broken"])
    for part in (f"{first} has been changed", f"{second} is missing", "more.txt was not there",
                 "result.json has been changed", "single / mine: likeness does not follow"):  # fmt: skip
        assert part in said
    assert len(found["broken"]) == 5


@pytest.fixture(scope="module")
def toys():
    """Perfect pictures of the first thing of ToyBench, scored by the judges that came along."""
    with tempfile.TemporaryDirectory() as room:
        (case,), scoring, cells = plan.cases(["single"], quick=True), Scoring(Eyes.load(), bench.shown), []
        who = tuple(shots.photographed(toy, Path(room)) for toy in case.toys)
        for number, ask in enumerate(case.asks):
            picture = Path(room) / f"{number}.png"
            shots.keep(shots.perfect(ask, 0), picture)
            cells.append(Cell("single", case.id, "renders", ask.text, 0, picture, scoring(picture, who, ask.text)))
        protocol = {"toybench": plan.VERSION, "plan": plan.protocol((case,), True), "split": "test",
                    "tracks": ["single"], "quick": True}  # fmt: skip
        yield cells, protocol, scoring.name


@pytest.mark.parametrize("name", ["toybench", "dreambooth"])
def test_pictures_are_scored_anew_and_what_was_made_up_is_found(result, toys, tmp_path, name):
    cells, protocol, judge = toys
    protocol = protocol if name == "toybench" else {"as published": suites.printed(name)[0].told}
    told = replace(result, bench=name, protocol=protocol, judge=judge, cells=tuple(cells), published=())
    results.write(told, tmp_path / "out")
    found = verify(tmp_path / "out")
    assert (found["ok"], found["rescored"], found["moved"], found["unscored"]) == (True, 2, [], ""), found
    better = {**cells[0].scores, "prompt_following": cells[0].scores["prompt_following"] + 0.1}
    results.write(replace(told, cells=(replace(cells[0], scores=better), cells[1])), tmp_path / "out")
    found = verify(tmp_path / "out")
    assert not found["ok"] and not found["broken"], "its hashes and means fit: only the picture tells"
    (line,) = found["moved"]
    assert line.startswith("pictures/00000-") and "prompt_following is " in line


def test_pictures_of_other_judges_are_not_scored_and_that_is_said(folder):
    found = verify(folder)
    assert found["ok"] and found["rescored"] == 0 and "starter-12" in found["unscored"]


def test_other_versions_are_told_and_do_not_count_as_damage(result, folder, monkeypatch):
    monkeypatch.setattr("pipelines.verify.versions", lambda: results.versions() | {"torch": "9.9", "commit": "else"})
    found = verify(folder)
    assert found["ok"] and len(found["differs"]) == 2
    assert any(line.startswith("torch: ") and line.endswith("9.9 here.") for line in found["differs"])


def test_another_plan_of_toybench_is_told(result, tmp_path):
    cases = plan.cases(["style"], quick=True)
    protocol = {"toybench": plan.VERSION, "plan": plan.protocol(cases, True), "split": "test", "tracks": ["style"],
                "quick": True}  # fmt: skip
    results.write(replace(result, bench="toybench", protocol=protocol), tmp_path / "toy")
    assert verify(tmp_path / "toy")["differs"] == []
    results.write(replace(result, bench="toybench", protocol=protocol | {"plan": "0"}), tmp_path / "toy")
    (line,) = verify(tmp_path / "toy")["differs"]
    assert line.startswith("protocol, plan: 0 there")


def test_what_is_known_otherwise_of_a_published_benchmark_is_told(result, tmp_path):
    protocol, rows = suites.printed("dreambooth")
    told = replace(result, bench="dreambooth", protocol={"as published": protocol.told},
                   published=tuple(row.told for row in rows))  # fmt: skip
    results.write(told, tmp_path / "there")
    assert verify(tmp_path / "there")["differs"] == []
    other = {**rows[0].told, "scores": {"dino": 0.9}}
    results.write(replace(told, protocol={"as published": [*protocol.told[1:], "Otherwise."]}, published=(other,)),
                  tmp_path / "there")  # fmt: skip
    found = verify(tmp_path / "there")
    assert found["ok"] and len(found["differs"]) == 3
    assert "“Otherwise.” is said there" in found["differs"][0] and "Real photos" in found["differs"][2]


def test_a_new_result_replaces_the_old_one(result, folder):
    results.write(replace(result, cells=result.cells[:2]), folder)
    found = verify(folder)
    assert (found["ok"], found["cells"], len(list((folder / "pictures").iterdir()))) == (True, 2, 2)


def test_a_folder_of_other_things_is_not_written_into(result, tmp_path):
    (tmp_path / "thesis" / "pictures").mkdir(parents=True)
    (tmp_path / "thesis" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="other things"):
        results.write(result, tmp_path / "thesis")
    (tmp_path / "half" / "pictures").mkdir(parents=True)
    (tmp_path / "half" / results.ABOUT).write_text("{}")
    results.write(result, tmp_path / "half")
    assert verify(tmp_path / "half")["ok"], "a result that was cut off while it was written is written again"


def test_a_folder_that_is_no_result_is_said(tmp_path, folder):
    with pytest.raises(BadInput, match="no result.json"):
        verify(tmp_path)
    (folder / "hashes.json").write_text('{"sha256": {"../../etc/passwd": "0"}}')
    found = verify(folder)
    assert any("leads out of the folder" in line for line in found["broken"])
    assert any("does not name result.json" in line for line in found["broken"])
    (folder / "result.json").write_text("{}")
    with pytest.raises(BadInput, match="no result of this studio"):
        verify(folder)
