"""A score goes by the name of all that it is computed with: when that changes, it is worked out anew."""

import shutil

import pytest

from pipelines import catalogue, scoring


@pytest.mark.parametrize("part", ["metrics/likeness", "standards/fitting", "published/photos", "eyes", "judging"])
def test_a_score_whose_making_changed_is_another(tmp_path, monkeypatch, part):
    before = scoring.code("metrics")
    for room in ("metrics", "standards", "published"):
        shutil.copytree(catalogue.HERE / room, tmp_path / room)
    for file in catalogue.HERE.glob("*.py"):
        shutil.copyfile(file, tmp_path / file.name)
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    assert scoring.code("metrics") == before
    with open(tmp_path / f"{part}.py", "a") as file:
        file.write("# another")
    assert scoring.code("metrics") != before
