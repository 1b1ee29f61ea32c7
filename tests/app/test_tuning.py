"""What is ticked becomes the right tasks, and what cannot run is refused before it waits in a queue."""

import pytest

from app.forecast import GUESS, Forecaster
from app.tuning import TOGETHER, forecast, plan, title, why_not
from pipelines import catalogue
from pipelines.errors import BadInput
from pipelines.spec import Photo, Subject
from tests.components.sample_recipes import RECIPES, Layered, Whole

PIP = Subject("pip", "Pip", "robot", "<pip>", (Photo("a.png"),))
DOT = Subject("dot", "Dot", "duck", "<dot>", (Photo("b.png"),))
FORM = {"recipe": "layered", "knobs": {"steps": 60}, "kept": {"whole": {"steps": 70}}}


class Pair(Layered):
    title, needs = "Pair", ("photos", TOGETHER)


class Faces(Layered):
    title, needs = "Faces", ("photos", "person")


@pytest.fixture(autouse=True)
def recipes(monkeypatch):
    known = {**RECIPES, "pair": Pair, "faces": Faces}
    monkeypatch.setattr(catalogue, "recipe", known.__getitem__)
    return known


def planned(library, subjects, chosen, form=FORM, seed=7, prompts=("on a beach", "a {} asleep"), every=50):
    return plan(library, subjects, chosen, form, "starter", seed, prompts, every)


def test_each_recipe_learns_each_subject_with_its_own_knobs(library):
    tasks = planned(library, [PIP, DOT], ["layered", "whole"])
    assert [(t.recipe, t.subjects[0].id, t.knobs["steps"]) for t in tasks] == [
        ("layered", "pip", 60), ("layered", "dot", 60), ("whole", "pip", 70), ("whole", "dot", 70),
    ]  # fmt: skip
    assert len({t.out for t in tasks}) == 4 and {t.seed for t in tasks} == {7}
    assert tasks[0].prompts == ("{} on a beach", "a {} asleep") and title(tasks[0]) == "Layered on Pip"


def test_a_recipe_for_several_learns_them_together(library):
    tasks = planned(library, [PIP, DOT], ["pair"])
    assert len(tasks) == 1 and tasks[0].subjects == (PIP, DOT) and title(tasks[0]) == "Pair on Pip and Dot"


def test_without_a_seed_one_is_drawn_and_shared(library):
    one, two = planned(library, [PIP], ["layered", "whole"], seed=None)
    assert one.seed == two.seed and 0 <= one.seed < 2**31


@pytest.mark.parametrize(
    ("subjects", "chosen", "form", "words"),
    [([], ["layered"], FORM, "No subject"), ([PIP], [], FORM, "No recipe"), ([PIP], ["pair"], FORM, "two subjects"),
     ([PIP], ["faces"], FORM, "faces only"), ([Subject("x", "X", "cat", "<x>")], ["layered"], FORM, "no photos"),
     ([PIP], ["layered"], {**FORM, "knobs": {"steps": 3}}, "goes from 50 to 3000")],
)  # fmt: skip
def test_what_cannot_run_is_refused_in_words(library, subjects, chosen, form, words):
    with pytest.raises(BadInput, match=words):
        planned(library, subjects, chosen, form)


def test_reasons_are_short():
    assert why_not(Whole, [PIP]) == "" and why_not(Pair, [PIP, DOT]) == ""
    assert why_not(Faces, [PIP]) == "faces only"


def test_the_forecast_adds_up_everything_ticked(library):
    cost = forecast(Forecaster(library), "starter", ["pip", "dot"], ["layered", "whole"], FORM)
    assert cost.runs == 4 and cost.seconds == pytest.approx(60 * 4 * GUESS["starter"])
    assert cost.total == pytest.approx(2 * (60 + 70) * 4 * GUESS["starter"])
    assert cost.from_runs == 0 and cost.disk_free > 0
