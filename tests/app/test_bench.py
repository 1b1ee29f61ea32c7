"""The bench command: a list for people and machines, a table, and a sentence for a name it does not know."""

import json

from app import cli
from app.commands.bench import table


def test_all_benches_are_listed_with_a_line_each(capsys):
    assert cli.main(["bench", "--list", "--json"]) == 0
    *lines, last = capsys.readouterr().out.strip().splitlines()
    names = json.loads(last)["benches"]
    assert {"starter", "first-recipes"} <= set(names)
    assert [line.split()[0] for line in lines] == list(names)


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
