"""The bench command: a list for people and machines, a table, and a sentence for a name it does not know."""

import json
from pathlib import Path

import pytest
from PIL import Image

from app import cli
from app.commands.bench import table, typed
from pipelines import results, suites
from pipelines.benchmarks import ROOT


def test_all_benches_are_listed_with_a_line_each(capsys):
    assert cli.main(["bench", "--list", "--json"]) == 0
    *lines, last = capsys.readouterr().out.strip().splitlines()
    names = json.loads(last)["benches"]
    assert {"starter", "first-recipes", "toybench"} <= set(names)
    assert [line.split()[0] for line in lines] == [*names, *suites.SUITES]


def test_a_bench_that_is_not_there_is_named(capsys, tmp_path):
    assert cli.main(["bench", "nonsense", "--data-dir", str(tmp_path)]) == 1
    assert "nonsense" in capsys.readouterr().err
    assert cli.main(["bench"]) == 1
    assert "starter" in capsys.readouterr().err


def test_the_table_says_what_falls_short():
    figures = [
        {"name": "class_right", "value": 0.97, "unit": "share", "low": 0.9, "high": 0.99, "target": 0.95, "ok": True},
        {"name": "assets_mb", "value": 70, "unit": "MB", "low": None, "high": None, "target": 64, "ok": False},
    ]
    found = {"bench": "starter", "commit": "abc", "machine": "CPU", "seconds": 3.2, "quick": True, "figures": figures}
    head, first, second = table(found).splitlines()
    assert "quick" in head and "0.970" in first and "reached (0.95)" in first
    assert "70.000 MB" in second and "SHORT (64)" in second


def test_a_table_tells_a_command_that_anybody_can_type(tmp_path):
    assert typed(ROOT / "pipelines" / "recipes" / "README.md") == Path("pipelines/recipes/README.md")
    assert typed(tmp_path / "a.md") == Path("a.md"), "no folder of this machine"


def test_a_manifest_is_written_for_others(capsys, tmp_path):
    words = ["bench", "toybench", "--manifest", str(tmp_path / "theirs"), "--track", "single", "--quick", "--json"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (told["subjects"], told["cells"]) == (1, 2) and (tmp_path / "theirs" / "manifest.json").is_file()
    assert cli.main(words) == 1 and "already holds" in capsys.readouterr().err


def test_a_result_folder_is_checked_by_command(capsys, tmp_path):
    picture = tmp_path / "a.png"
    Image.new("RGB", (8, 8)).save(picture)
    cell = results.Cell("single", "pip", "base", "a duck", 1, picture, {"likeness": 0.5})
    results.write(results.Result("T", "dreambooth", "", {}, "j", {}, {}, {}, (cell,)), tmp_path / "out")
    assert cli.main(["bench", "verify", str(tmp_path / "out"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.strip().splitlines()[-1])["broken"] == []
    (tmp_path / "out" / "scores.csv").write_text("")
    assert cli.main(["bench", "verify", str(tmp_path / "out")]) == 0
    assert "scores.csv has been changed" in capsys.readouterr().out


def test_a_published_benchmark_is_looked_through(capsys, tmp_path):
    (tmp_path / "vase").mkdir()
    for number in range(6):
        Image.new("RGB", (8, 8)).save(tmp_path / "vase" / f"{number:02d}.jpg")
    assert cli.main(["bench", "dreambooth", str(tmp_path), "--json"]) == 0
    *lines, last = capsys.readouterr().out.strip().splitlines()
    told = json.loads(last)
    assert told["here"] == {"subjects": 1, "prompts": 0, "photos": 6} and not told["complete"]
    assert "1 of 30 subjects" in lines[1] and any("prompts_and_classes.txt" in line for line in lines)
    assert told["published"][0]["method"] == "Real photos" and told["protocol"]["pictures"] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify"], "Verify what"),
        (["starter", "folder"], "Only bench verify"),
        (["dreambooth"], "Where is dreambooth"),
        (["dreambooth", "--recipes", "base"], "Where is dreambooth"),
        (["toybench", "--recipes", "dreambath"], "dreambath"),
        (["toybench", "--budget", "-1"], "--budget"),
        (["recipes", "--budget", "-1"], "--budget"),
        (["toybench", "--out", "OTHER"], "other things"),
    ],
)
def test_what_cannot_be_done_is_said(words, said, capsys, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    words = [str(tmp_path / "mine") if word == "OTHER" else word for word in words]
    assert cli.main(["bench", *words, "--data-dir", str(tmp_path / "data")]) == 1
    assert said in capsys.readouterr().err
