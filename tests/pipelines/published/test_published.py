"""A published benchmark on the tiny model: what is here runs and resumes, what is not is named, judges never mix."""

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import glance, published, suites
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
from pipelines.events import Silent, Warned
from pipelines.eyes import Eyes
from pipelines.published import photos
from pipelines.scoring import Scoring
from pipelines.tasks import Published
from pipelines.verify import verify
from tests.pipelines.standards.conftest import folder as judges  # noqa: F401

LITTLE = {"steps": 2, "batch": 1}
OBJECTS = [f"'a {{0}} {{1}} in place {k}'.format(unique_token, class_token)," for k in range(25)]


@pytest.fixture(autouse=True)
def at_hand(tiny, eyes, monkeypatch):
    """The tiny model is the one that is loaded, with judges that learnt nothing."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    monkeypatch.setattr(Eyes, "load", classmethod(lambda cls, which="starter": eyes))
    monkeypatch.setattr(glance, "STEPS", 2)


@pytest.fixture
def task(tmp_path):
    """Two of DreamBooth's thirty subjects, of noise, one photo broken."""
    home, chance = tmp_path / "dataset", np.random.default_rng(0)
    for name, count in (("vase", 6), ("cat2", 5)):
        (home / name).mkdir(parents=True)
        for k in range(count):
            noise = chance.integers(0, 256, (40, 40 + 8 * k, 3), dtype=np.uint8)
            Image.fromarray(noise).save(home / name / f"{k:02d}.jpg", quality=95)
    (home / "vase" / "03.jpg").write_text("not found")
    words = ["Classes", "", "subject_name,class", "vase,vase", "cat2,cat", "Prompts", *OBJECTS, *OBJECTS]
    (home / "prompts_and_classes.txt").write_text("\n".join(words))
    recipes = (("textual_inversion", LITTLE),)
    return Published("dreambooth", str(home), str(tmp_path / "out"), str(tmp_path / "home"), recipes, "tiny",
                     quick=True)  # fmt: skip


def test_what_is_here_runs_resumes_and_stands_beside_what_was_printed(task, tmp_path, judges):  # noqa: F811
    first = published.run(task, report := Silent())
    # two subjects with two prompts: photos, other photos, base and method; the class word: base and method
    assert (first["cells"], first["made"], first["left"], first["failed"]) == (2 * 2 * 4 + 2 * 2, 20, 0, [])
    assert json.dumps(first)
    warned = [event.message for event in report.events if isinstance(event, Warned)]
    said = " ".join(first["notes"])
    for words in ("28 of 30 subjects", "2 of 30 subjects, 50 of 750 prompts, 10 of 158 photos", "vase/03.jpg"):
        assert words in said
    assert any("28 of 30" in one for one in warned)
    assert set(first["labels"]) >= {"likeness", "prior_preservation"}
    assert all(label.endswith(" · untaught") for label in first["labels"].values()), "no number without its judge"
    rows = {(row["group"], row["method"]): row for row in first["rows"]}
    assert rows["test", "photos"]["scores"]["copy"]["value"] > rows["test", "base"]["scores"]["copy"]["value"]
    assert rows["test", "textual_inversion"]["bytes"] > 0 and ("class word", "photos") not in rows
    sets = {(track, method): scores for track, method, scores in first["sets"]}
    assert "gated_text" in sets["test", "textual_inversion"]
    assert set(sets["class word", "textual_inversion"]) == {"prior_preservation"}
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "0.668" in page and "arXiv 2208.12242, tables 1 and 2" in page and "read in a later paper" in page
    kept = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))
    assert kept["protocol"]["seeds"] == [0] and kept["published"] and verify(tmp_path / "out")["ok"]

    again = published.run(task, Silent())
    assert (again["made"], again["rows"], again["sets"]) == (0, first["rows"], first["sets"])
    next((tmp_path / "home" / "cells").glob("*.json")).unlink()
    assert published.run(task, Silent())["made"] == 1

    other = published.run(replace(task, judges=str(judges)), Silent())
    assert other["made"] == 0, "pictures stay, scores are made anew"
    assert "dino" in other["labels"]["likeness"] and "clip-" in other["labels"]["prompt_following"]
    assert "untaught" not in json.dumps(other)


def test_a_recipe_that_cannot_be_asked_here_and_a_benchmark_that_is_not_there_are_told(task, tmp_path):
    told = published.run(replace(task, recipes=(("break_a_scene", {}),), budget=1e-9), Silent())
    assert told["made"] == 0 and any("Break-A-Scene needs masks" in note for note in told["notes"])
    with pytest.raises(BadInput, match="does not hold"):
        published.run(replace(task, folder=str(tmp_path / "out")), Silent())
    with pytest.raises(BadInput, match="no judge"):
        published.run(replace(task, judges=str(tmp_path / "dataset")), Silent())
    assert Path(task.out).is_dir()


def noise(path: Path, chance: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(chance.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(path)


def test_subjects_of_one_class_are_each_held_against_their_own_photos(task, tmp_path, eyes):
    chance = np.random.default_rng(3)
    for k in range(5):
        noise(Path(task.folder, "cat", f"{k:02d}.jpg"), chance)
    told = published.run(replace(task, recipes=()), Silent())
    kept = json.loads((tmp_path / "out" / "result.json").read_text("utf-8"))["cells"]
    suite = suites.load("dreambooth", task.folder)
    scoring = Scoring(eyes, photos.whole, ("likeness",))
    mine = [one for one in kept if one["group"] == "test" and one["method"] in ("base", "shuffled")]
    assert {(one["case"], one["method"]) for one in mine} == {
        (who, row) for who in ("cat", "cat2") for row in ("base", "shuffled")
    }
    for one in mine:
        own = scoring(tmp_path / "out" / one["picture"], (suite.subject(one["case"]),), one["prompt"])
        assert one["scores"]["likeness"] == own["likeness"], (one["case"], one["method"])
    among = []
    for one in (suite.subject("cat"), suite.subject("cat2")):
        seen = eyes.likeness(photos.whole(one)[0])
        among += [sum(float(a @ b) for a, b in permutations(seen, 2)) / (len(seen) * (len(seen) - 1))]
    assert any(f"none with itself: DINO-I {sum(among) / 2:.3f}, CLIP-I" in note for note in told["notes"])
    again = published.run(replace(task, recipes=()), Silent())
    assert (again["made"], again["rows"], again["notes"]) == (0, told["rows"], told["notes"])


def test_stellar_is_asked_photo_by_photo_and_its_gated_scores_stand_in_the_table(task, tmp_path):
    home, chance = tmp_path / "STELLAR" / "007", np.random.default_rng(1)
    for k in range(2):
        noise(home / f"{k}.jpg", chance)
    for name, count in (("prompts_t.json", 50), ("prompts_h.json", 50)):
        told = {"prompts": [f"{{}} does {k}" for k in range(count)], "detectables": [[]] * count}
        (home / name).write_text(json.dumps(told))
    told = published.run(replace(task, suite="stellar", folder=str(tmp_path / "STELLAR"), recipes=()), Silent())
    # two photos, each with two prompts of two kinds: the photo given back (nobody else is there), and the base
    assert (told["cells"], told["failed"]) == (2 * 2 * 2 * 2, [])
    assert {(row["group"], row["method"]) for row in told["rows"]} == {
        (kind, method) for kind in ("templated", "written") for method in ("photos", "base")
    }
    sets = {(track, method): scores for track, method, scores in told["sets"]}
    assert set(sets["written", "base"]) >= {"gated_text", "gated_identity", "identity_stability"}
    assert any("399 of 400 people" in note for note in told["notes"]) and json.dumps(told)
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "StellarNet" in page and "0.637" in page


def test_pairs_learn_each_subject_and_are_scored_by_both(task, tmp_path):
    home, chance = tmp_path / "cd", np.random.default_rng(2)
    for noun in ("cat", "chair"):
        for k in range(2):
            noise(home / "data" / noun / f"{k}.png", chance)
    (home / "prompts").mkdir()
    for name, line in (("cat", "<new1> cat in a pool"), ("cat_chair", "a cat sitting on a chair")):
        (home / "prompts" / f"{name}.txt").write_text(line)
    told = published.run(replace(task, suite="custom-diffusion", folder=str(home)), Silent())
    rows = {(row["group"], row["method"]): row for row in told["rows"]}
    assert told["failed"] == [] and told["left"] == 0
    assert {method for track, method in rows if track == "pairs"} == {"base", "textual_inversion"}
    assert "likeness" in rows["pairs", "textual_inversion"]["scores"] and ("class word", "base") in rows
    assert len(list((tmp_path / "home" / "tuned").iterdir())) == 2, "the cat is learnt once for both"
