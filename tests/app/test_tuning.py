"""What is ticked becomes the right tasks, and what cannot run is refused before it waits in a queue."""

import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from app import titles
from app.bases import Bases
from app.forecast import Forecaster
from app.tune_draft import Draft, keep, recalled
from app.tuning import TOGETHER, choices, conditions, forecast, plan, untaught, why_not
from pipelines import catalogue
from pipelines.errors import BadInput
from pipelines.recipes.cones_2 import Cones2
from pipelines.spec import Photo, Subject
from pipelines.tasks import Tune
from pipelines.traits import Traits, built
from tests.components.sample_recipes import RECIPES, Layered, Whole
from tests.tuned import tuned

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
    monkeypatch.setattr(catalogue, "recipes", lambda: known)
    return known


def planned(library, subjects, chosen, form=FORM, seed=7, prompts=("on a beach", "a {} asleep"), every=50):
    return plan(library, subjects, chosen, form, "starter", seed, prompts, every)


def test_each_recipe_learns_each_subject_with_its_own_knobs(library):
    tasks = planned(library, [PIP, DOT], ["layered", "whole"])
    assert [(t.recipe, t.subjects[0].id, t.knobs["steps"]) for t in tasks] == [
        ("layered", "pip", 60), ("layered", "dot", 60), ("whole", "pip", 70), ("whole", "dot", 70),
    ]  # fmt: skip
    assert len({t.out for t in tasks}) == 4 and {t.seed for t in tasks} == {7}
    assert tasks[0].prompts == ("{} on a beach", "a {} asleep") and titles.run(tasks[0]) == "Layered on Pip"


def test_a_task_has_every_number_and_those_that_nobody_turned_are_the_bases(library):
    asked = ([PIP], ["layered", "whole"], {"recipe": "whole", "knobs": {}, "kept": {"layered": {"steps": 60}}})
    small = plan(library, *asked, "starter", 7, (), 0)
    large = plan(library, *asked, str(library.settings.data / "gone"), 7, (), 0)
    assert small[0].knobs == Layered.settled({"steps": 60}) and small[0].knobs["rate"] == 1e-4
    assert large[0].knobs == small[0].knobs | {"rate": 1e-5} and large[1].knobs == small[1].knobs == {"steps": 400}


def test_a_recipe_for_several_learns_them_together(library):
    tasks = planned(library, [PIP, DOT], ["pair"])
    assert len(tasks) == 1 and tasks[0].subjects == (PIP, DOT) and titles.run(tasks[0]) == "Pair on Pip and Dot"


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


def test_a_seed_that_no_run_takes_is_refused_before_it_waits(library):
    with pytest.raises(BadInput, match="seed is"):
        planned(library, [PIP], ["layered"], seed=2**70)


def test_what_is_set_up_is_found_again_without_what_is_gone(library):
    """Whatever shape it has: an older or a newer studio may have written it."""
    usual = recalled(library, RECIPES, "layered")
    assert usual == Draft(
        (), {"current": "layered", "chosen": ["layered"]}, {"recipe": "layered", "knobs": {}, "kept": {}}
    )
    pip = library.add_subject("Pip").id
    left = Draft((pip,), {"current": "whole", "chosen": []}, {"recipe": "whole", "knobs": {"steps": 70}, "kept": {}},
                 ("on a hill",), 0, "likeness", 41)  # fmt: skip
    keep(left, library)
    assert recalled(library, RECIPES, "layered") == left
    rows = {"current": "gone", "chosen": ["gone", "whole"]}
    keep(replace(left, subjects=(pip, "gone"), rows=rows, every=-1, stop="gone", seed=-5), library)
    found = recalled(library, RECIPES, "layered")
    assert found.subjects == (pip,) and found.rows == {"current": "layered", "chosen": ["whole"]}
    assert found.form == {"recipe": "layered", "knobs": {}, "kept": {"whole": {"steps": 70}}}
    assert (found.every, found.stop, found.seed) == (50, "plateau", None)
    for odd in (
        None,
        3,
        ["x"],
        {"subjects": [["x"], 3], "rows": "x", "form": [], "prompts": 3, "stop": ["x"], "seed": "1"},
    ):
        library.keep_draft("tune", odd)
        assert recalled(library, RECIPES, "layered").stop == "plateau"


def test_reasons_are_short():
    assert why_not(Whole(), [PIP], "starter") is None and why_not(Pair(), [PIP, DOT], "starter") is None
    assert why_not(Faces(), [PIP], "starter").brief == "faces only"
    assert why_not(Faces(), [replace(PIP, kind="person")], "starter") is None


def test_what_a_base_lacks_is_told_of_its_files(library, tmp_path, monkeypatch):
    """A folder with a second text encoder, as SDXL's: what asks for one alone is refused before it waits."""
    unet = {
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "layers_per_block": 2,
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
    }  # fmt: skip
    (tmp_path / "xl" / "unet").mkdir(parents=True)
    (tmp_path / "xl" / "unet" / "config.json").write_text(json.dumps(unet))
    (tmp_path / "xl" / "model_index.json").write_text(json.dumps({"text_encoder": [], "text_encoder_2": []}))
    assert built(str(tmp_path / "xl")) == Traits(2, frozenset({2}), 3)
    assert built(str(tmp_path / "gone")) == built("gone.safetensors") == Traits()
    odd = why_not(Cones2(), [PIP], str(tmp_path / "xl"))
    assert odd.brief == "one text encoder only" and why_not(Cones2(), [PIP], "starter") is None
    monkeypatch.setattr(catalogue, "recipe", lambda name: Cones2)
    with pytest.raises(BadInput, match="one text encoder only"):
        plan(library, [PIP], ["cones_2"], {"recipe": "", "knobs": {}, "kept": {}}, str(tmp_path / "xl"), 0, (), 0)


def test_who_brings_a_photo_to_the_starter_is_told_what_to_expect_and_where_to_go(library, tmp_path):
    file, bases = io.BytesIO(), Bases(library)
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    own, toy, bare = (library.add_subject(name, "mug") for name in ("Own", "Toy", "Bare"))
    library.add_photo(own.id, file.getvalue())
    library.add_photo(toy.id, file.getvalue(), facts={"sample": True})
    told = {one.name: (one.hint, one.hint_page) for one in choices(library, bases)}
    hint, page = told.pop("Own")
    assert "toy world" in hint and "a real mug comes out as a toy" in hint and "SD 1.5 or SDXL" in hint
    assert page == "Models" and set(told.values()) == {("", "")}
    (tmp_path / "real" / "unet").mkdir(parents=True)
    (tmp_path / "real" / "unet" / "model.safetensors").write_bytes(b"")
    (tmp_path / "real" / "model_index.json").write_text(json.dumps({"unet": [], "text_encoder": []}))
    bases.use(bases.add(str(tmp_path / "real")).id)
    assert {one.hint for one in choices(library, bases)} == {""}, "a real base knows real things"


def test_the_forecast_adds_up_everything_ticked(library):
    forecaster = Forecaster(library)
    cost = forecast(forecaster, "starter", ["pip", "dot"], ["layered", "whole"], FORM)
    one, other = forecaster.tune("layered", {"steps": 60}), forecaster.tune("whole", {"steps": 70})
    assert cost.runs == 4 and cost.seconds == one.seconds and cost.memory == one.memory
    assert cost.total == pytest.approx(2 * (one.seconds + other.seconds))
    assert cost.from_runs == 0 and cost.disk_free > 0 and cost.memory_there > 0 and not cost.warning


@pytest.mark.parametrize("recipe", catalogue.recipes().values(), ids=lambda one: one.title)
def test_every_condition_a_knob_names_is_one_that_is_told(recipe):
    """Else the knob would never be greyed."""
    knobs = recipe.knobs()
    told = {*conditions(()), *(choice for one in knobs for choice in one.metadata["choices"])}
    assert {one.metadata["when"] for one in knobs} - {""} <= told


def test_who_is_not_taught_yet_is_told_and_who_learns(library, jobs):
    pip, dot, comet = (library.add_subject(name) for name in ("Pip", "Dot", "Comet"))
    tuned(library, pip)
    run = jobs.submit(Tune((dot,), "layered", library.new_path("artefact")), "Layered on Dot")
    assert untaught(library, jobs) == [{"name": "Comet", "learning": False}, {"name": "Dot", "learning": True}]
    jobs.cancel(run)
    assert not any(one["learning"] for one in untaught(library, jobs))
