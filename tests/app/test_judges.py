"""Judges of photos are fetched on request, put by hand where nobody gives them out, and asked about photos."""

from dataclasses import replace
from pathlib import Path

import pytest

from app import comparing, judges
from app.comparing import Draft
from app.judges import JUDGES
from app.models import JUDGING, Models
from app.typed_path import judges_at
from pipelines.errors import BadInput, Unavailable
from pipelines.events import Silent
from pipelines.fetch import run
from pipelines.panel import LEAST, PICKLED, SEATS, mark, seated
from pipelines.tasks import Fetch


@pytest.fixture
def models(library, jobs):
    return Models(library, jobs)


def row(models, name):
    return next(one for one in models.rows() if one.id == name)


def put(home, *places):
    """Files of the right names, which nobody reads here."""
    for place in places:
        (home / place).mkdir(parents=True, exist_ok=True)
        for name in SEATS[place].files:
            (home / place / name).write_bytes(b"{}")


def test_every_judge_has_its_row_its_licence_and_either_a_size_to_fetch_or_what_to_put_there(models):
    assert [one.id for one in JUDGES if one.id not in SEATS] == [] and len(JUDGES) == len(SEATS)
    for one in JUDGES:
        shown = row(models, one.id)
        assert (shown.group, shown.state, shown.usable) == (JUDGING, "missing", False) and shown.licence
        if one.repository:
            assert shown.size > 1e7 and not shown.place, "the page shows a button with the size"
        else:
            assert shown.size is None and all(name in shown.words for name in SEATS[one.id].files)
            assert Path(shown.place).parts[-2:] == ("judges", one.id)


@pytest.mark.parametrize("judge", [one for one in JUDGES if one.repository], ids=lambda one: one.id)
def test_what_is_fetched_is_what_is_read_and_a_pickle_only_with_its_checksum(judge, models, jobs):
    job = models.get(judge.id)
    task = jobs.get(job).task
    assert isinstance(task, Fetch) and jobs.get(job).lane == "fetch" and models.get(judge.id) == job
    assert row(models, judge.id).job == job
    pickles = [name for name in task.files if not name.endswith((".json", ".txt", ".safetensors"))]
    assert dict(task.sha256) == dict.fromkeys(pickles, SEATS[judge.id].pickled)
    first, *others = SEATS[judge.id].files
    assert {first, PICKLED} & {*task.files} and {*others} <= {*task.files}
    assert task.out == str(judges.room(models.bases.library.settings) / judge.id)


def test_without_a_network_it_says_so_and_one_that_nobody_gives_out_cannot_be_asked_for(models, jobs):
    task = jobs.get(models.get("dino")).task
    with pytest.raises(Unavailable, match="hub cannot be reached") as refused:
        run(task, Silent(), "http://127.0.0.1:9")
    assert "a folder you have" in refused.value.advice
    with pytest.raises(BadInput, match="cannot be fetched"):
        models.get("face")


def test_photos_are_judged_by_those_that_are_there_and_toys_by_the_starters(models, library, pip, tmp_path):
    settings = library.settings
    home = judges.room(settings)
    put(home, LEAST[0])
    assert seated(home) == LEAST[:1] and judges_at("", settings, photos=True) == "starter", "a table asks both"
    put(home, LEAST[1])
    (home / LEAST[1] / "model.safetensors").rename(home / LEAST[1] / PICKLED)
    assert seated(home) == LEAST[:1], "DINO's makers published safetensors"
    put(home, LEAST[1])
    assert row(models, "dino").state == "here" and not row(models, "dino").sure
    assert judges_at("", settings, photos=True) == judges_at(" ", settings, photos=True) == str(home)
    assert judges_at("", settings, photos=False) == "starter" and judges_at(str(tmp_path), settings, True) != str(home)
    draft = Draft(pip.subjects, ("dreambooth_lora",), prompts="a {}", knobs={})
    assert comparing.plan(draft, library, "starter").judges == "starter"
    assert comparing.plan(draft, library, str(tmp_path)).judges == str(home)
    assert comparing.plan(replace(draft, judges=str(tmp_path)), library, str(tmp_path)).judges == str(tmp_path)


def test_whoever_comes_goes_or_changes_in_a_folder_changes_its_mark(tmp_path):
    assert mark(str(tmp_path)) == "" and len(mark("starter")) == 16
    put(tmp_path, "dino", "clip")
    whole = mark(str(tmp_path))
    assert whole == mark(str(tmp_path)) != ""
    (tmp_path / "clip" / "config.json").write_bytes(b"[]")
    assert mark(str(tmp_path)) == whole, "judges are named by their weights, and a name that stays reads nothing again"
    (tmp_path / "clip" / "model.safetensors").write_bytes(b"[]")
    changed = mark(str(tmp_path))
    (tmp_path / "dino" / "model.safetensors").unlink()
    assert len({whole, changed, mark(str(tmp_path))}) == 3
