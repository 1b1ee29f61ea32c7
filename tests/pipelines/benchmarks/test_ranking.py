"""The bench that ranks recipes: small, on the tiny model; what is missing is made, and nothing twice."""

import json
from dataclasses import replace

import pytest
from PIL import Image

from app import cli
from app.commands.bench import table
from pipelines import benchmarks, catalogue, results
from pipelines.backbone import Backbone
from pipelines.benchmarks import ranking_page, recipes
from pipelines.benchmarks.ranking import OFF, ON, Ranking
from pipelines.errors import BadInput
from pipelines.eyes import Eyes
from pipelines.toybench import plan

NAMES = ("textual_inversion", "break_a_scene")
LITTLE = recipes.Asked(NAMES, subjects=1, prompts=2, seeds=1, share=0.001, steps=2, base="tiny")


@pytest.fixture(autouse=True)
def at_hand(tiny, eyes, monkeypatch):
    """The tiny model is the one that is loaded, with judges that learnt nothing."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    monkeypatch.setattr(Eyes, "load", classmethod(lambda cls, judges="starter": eyes))


FACTS = {"command": "python launch.py bench recipes", "commit": "abc", "machine": "CPU"}


def quiet(line):
    pass


def test_a_small_run_scores_every_recipe_both_ways_and_makes_nothing_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(plan, "PHOTOS", 2)  # of each subject
    monkeypatch.setattr(plan, "toy", plan.toy.__wrapped__)  # they are not remembered for others
    found, ranking = recipes.run(LITTLE, tmp_path, quiet)
    rows = {(row["side"], row["recipe"]): row for row in ranking.rows}
    assert set(rows) == {(side, name) for side in (ON, OFF) for name in ("base", "renders", *NAMES)} - {
        (OFF, "break_a_scene")
    }
    assert list(found.failed) == [(OFF, "break_a_scene")] and "mask" in found.failed[OFF, "break_a_scene"]
    taught = rows[ON, "textual_inversion"]
    assert {"identity", "prompt_following", "position_leakage", "drift", "copy"} <= set(taught["scores"])
    assert set(taught["costs"]) == {"seconds", "memory", "bytes"} and taught["costs"]["bytes"]["value"] > 0
    assert taught["scores"]["drift"]["value"] == 0, "a new word changes no picture in which it is not said"
    assert "drift" not in rows[ON, "base"]["scores"]
    assert len(found.overlaps) == plan.PHOTOS and all(0 <= one <= 1 for one in found.overlaps)

    figures = benchmarks.told("recipes", found.seconds, True, ranking.figures(found.overlaps))
    assert "quick" in table(figures) and json.dumps(figures)
    names = {one["name"] for one in figures["figures"]}
    assert {"masks_overlap", "textual_inversion_no_masks_identity", "break_a_scene_masks_seconds"} <= names

    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again, same = recipes.run(LITTLE, tmp_path, quiet)
    assert (again.made, same.rows) == (0, ranking.rows)
    next((tmp_path / "pictures").iterdir()).unlink()
    third, same = recipes.run(LITTLE, tmp_path, quiet)
    assert (third.made, same.rows) == (1, ranking.rows)
    tuned = {path: path.stat().st_mtime_ns for path in (tmp_path / "tuned").glob("*.safetensors")}
    assert tuned == {path: kept[path] for path in tuned}
    gone = next(one.picture for one in found.cells if (one.group, one.method) == (ON, "break_a_scene"))
    gone.unlink()
    part, ranked = recipes.run(LITTLE, tmp_path, quiet, 1e-9)
    (case,) = part.left[ON, "break_a_scene"]
    assert part.made == 0 and {name for _, name in part.left} == {"break_a_scene"} and not gone.exists()
    assert ranked.rows == [row for row in same.rows if row["recipe"] != "break_a_scene"]
    assert f"Not finished: Break-A-Scene with masks on {case}." in recipes.notes(part)
    assert recipes.versions(part) == benchmarks.commit()
    nothing, empty = recipes.run(replace(LITTLE, steps=3), tmp_path, quiet, 1e-9)
    assert nothing.made == 0 and not empty.rows and set(nothing.left) == {(s, n) for s in (ON, OFF) for n in NAMES}
    assert "Not finished" in ranking_page.page(empty, FACTS, recipes.notes(nothing))
    more, _ = recipes.run(replace(LITTLE, recipes=NAMES[:1], masks="on", stop="plateau"), tmp_path, quiet)
    assert more.made == 1 + 2 + len(recipes.OTHERS), "another rule to stop by, another tuning and its pictures"


def test_drift_is_nothing_for_the_same_picture_and_something_for_another(eyes, tmp_path):
    for name, colour in (("a", "red"), ("b", "red"), ("c", "blue")):
        Image.new("RGB", (32, 32), colour).save(tmp_path / f"{name}.png")
    same, other = (recipes.drift(eyes, tmp_path / "a.png", tmp_path / f"{name}.png")["drift"] for name in "bc")
    assert same == 0 < other <= 1


def test_prompts_ask_for_places_that_no_photo_shows():
    assert len(recipes.PROMPTS) == 12 and len(set(recipes.PROMPTS)) == 12
    for prompt, shown in recipes.PROMPTS:
        assert prompt.count("{0}") == 1 and (shown.place not in plan.HOME or shown.place == "studio")
    assert not set(recipes.NOUNS) & {word for prompt in recipes.OTHERS for word in prompt.split()}


def test_a_share_of_the_steps_never_falls_below_the_least():
    for recipe in catalogue.recipes().values():
        assert recipes.knobs(recipe, 1) == recipe.settled({})
        turned = recipe.with_knobs(recipes.knobs(recipe, 0.1))
        assert sum(phase.steps for phase in turned.plan().phases) < 100
        recipe.with_knobs(recipes.knobs(recipe, 1e-9))
    large = catalogue.recipe("dreambooth_lora").on(True)
    assert (recipes.knobs(large, 0.1)["steps"], recipes.knobs(large, 0.1)["rate"]) == (50, 1e-4)


def cell(side, case, recipe, picture, **scores):
    return results.Cell(side, case, recipe, "a duck", 1, picture, scores)


def known(tmp_path, taught, cases=8):
    """A ranking of one recipe whose identity is 1, on and off, beside a base whose identity is 0."""
    cells = []
    for k in range(cases):
        for side in (ON, OFF):
            cells.append(cell(side, f"s{k}", "base", tmp_path, identity=0, prompt_following=0.5))
            leak = 0.2 if side == ON else 0.8
            cells.append(
                cell(side, f"s{k}", "svdiff", tmp_path, identity=1, prompt_following=taught, place_leakage=leak)
            )
    costs = {(ON, "svdiff"): [{"seconds": 3.0 + k, "memory": 1e9, "bytes": 2e6} for k in range(cases)]}
    return Ranking(cells, costs, {"identity": "more", "prompt_following": "more", "place_leakage": "less"})


def test_what_was_hoped_for_is_held_against_what_came(tmp_path):
    figures = {one.name: one for one in known(tmp_path, 0.46).figures([0.5, 0.7])}
    assert figures["svdiff_masks_identity_over_base"].ok and figures["best_identity"].ok
    assert figures["place_leakage_masks_of_no_masks"].value == pytest.approx(0.25)
    assert figures["place_leakage_masks_of_no_masks"].ok and figures["masks_overlap"].value == pytest.approx(0.6)
    low, value, high = (getattr(figures["svdiff_masks_seconds"], name) for name in ("low", "value", "high"))
    assert 3 < low < value == 6.5 < high < 10
    assert "best_identity" not in {one.name for one in known(tmp_path, 0.44).figures()}, "words count no more"
    few = {one.name: one for one in known(tmp_path, 0.46, cases=4).figures()}
    assert not few["svdiff_masks_identity_over_base"].ok, "four subjects cannot be sure: p is 1 in 8"


def test_the_page_names_its_command_and_marks_who_beats_the_base(tmp_path):
    asked = replace(LITTLE, recipes=("svdiff", "coti"), base="starter")
    assert asked.words() == (
        "bench recipes --recipes svdiff,coti --subjects 1 --prompts 2 --seeds 1 --steps-share 0.001 --sampling-steps 2"
    )
    assert recipes.Asked().words() == "bench recipes" and recipes.Asked().whole() and not asked.whole()
    facts = FACTS | {"command": asked.words()}
    ranking_page.write(tmp_path / "README.md", ranking_page.page(known(tmp_path, 0.46), facts, ["Small."]))
    lines = (tmp_path / "README.md").read_text("utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| SVDiff")]
    assert len(rows) == 2 and all("\\*" in line for line in rows) and "6 (5–8)" in rows[0] + rows[1]
    assert asked.words() in lines and "Small." in lines and "Commit abc, CPU." in lines
    assert all("+1.00 (1.00–1.00), p 0.0078" in line for line in rows)
    assert [line for line in lines if line.startswith("- ")] == [
        "- With masks, 1 of 1 recipes surely beat the base's identity.",
        "- With no masks, 1 of 1 recipes surely beat the base's identity.",
        "- The best identity that keeps 90% of the base's prompt-following is 1.00; 0.75 was hoped for: reached.",
        "- Over recipes taught both ways, masks leave 0.25 of the place leakage that there is without; at most 0.5 was "
        "hoped for: reached.",
    ]
    assert sum("Untuned base" in line for line in lines) == 1
    assert [line for line in lines if line.startswith("###")] == ["### SVDiff (2303.11305)"]
    assert "Embeddings are not moved" in " ".join(lines), "the recipe's own words on how it keeps to its paper"


def test_what_fell_short_is_said(tmp_path):
    few = ranking_page.verdict(known(tmp_path, 0.44, cases=4))
    assert few[0] == (
        "With masks, 0 of 1 recipes surely beat the base's identity; not: SVDiff (+1.00 (1.00–1.00), p 0.12)."
    )
    assert few[2] == "No recipe keeps 90% of the base's prompt-following; identity of 0.75 was hoped for: short."
    one = known(tmp_path, 0.46, cases=1)
    assert "SVDiff (untested)" in ranking_page.verdict(one)[0], "a single subject is no test"


def test_a_recipe_is_held_against_the_base_on_the_subjects_that_it_has(tmp_path):
    """The base follows prompts better elsewhere; there nobody was taught yet."""
    done = known(tmp_path, 0.46, cases=2)
    cells = [cell(one["group"], one["case"], one["method"], tmp_path, **one["scores"]) for one in done.cells]
    cells += [cell(side, "s9", "base", tmp_path, identity=0, prompt_following=0.9) for side in (ON, OFF)]
    for side, case in ((ON, "s0"), (OFF, "s1")):
        cells.append(cell(side, case, "coti", tmp_path, identity=0.5, prompt_following=0.1, place_leakage=1.0))
    part = Ranking(cells, {}, done.better)
    assert part.best() == 1 and part.leaks() == ([0.2, 0.2], [0.8, 0.8]), "what was taught one way only is left out"


@pytest.mark.parametrize("words", [["--subjects", "9"], ["--steps-share", "0"], ["--recipes", "dreambath"]])
def test_what_cannot_be_asked_is_said(words, capsys, tmp_path):
    assert cli.main(["bench", "recipes", *words, "--data-dir", str(tmp_path)]) == 1
    assert words[1] in capsys.readouterr().err
    with pytest.raises(BadInput, match="both, on, off"):
        recipes.run(replace(LITTLE, masks="some"), tmp_path, quiet)
