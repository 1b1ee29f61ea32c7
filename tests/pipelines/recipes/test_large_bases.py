"""On a large base every recipe comes with the numbers published for it; on the starter with those found for it."""

import json
import re
from dataclasses import asdict

import pytest

from pipelines import artefact, catalogue, checkpoint, tune
from pipelines.errors import Stopped
from pipelines.events import Silent
from pipelines.original import ORIGINALS
from pipelines.spec import knob
from pipelines.tasks import Tune
from pipelines.traits import Traits, built, traits
from tests.components.sample_recipes import Whole
from tests.pipelines.sd15 import sd15, wide
from tests.pipelines.steps import shot
from tests.pipelines.test_tune import StopsAt

BOTH = {
    "break_a_scene": {"word_steps": (200, 400), "model_steps": (150, 400), "word_rate": (1e-2, 5e-4),
                      "rate": (5e-5, 2e-6), "lora_rate": (5e-5, 1e-4), "images": (16, 100), "batch": (2, 1)},
    "compositional_inversion": {"steps": (400, 5000), "lora_steps": (400, 800), "lora_rate": (1e-3, 1e-4)},
    "cones_2": {"steps": (300, 4000), "rate": (5e-5, 5e-6), "sentences": (256, 1000), "batch": (2, 1)},
    "coti": {"steps": (400, 10000), "rate": (5e-3, 5e-4), "cycles": (5, 20), "query": (2, 10), "images": (16, 200)},
    "custom_diffusion": {"rate": (2e-4, 8e-5), "images": (16, 200), "batch": (2, 4)},
    "disenbooth": {"steps": (250, 2000), "rate": (1e-3, 1e-4), "batch": (2, 1)},
    "dreambooth": {"steps": (250, 1000), "rate": (5e-5, 5e-6), "images": (16, 200), "batch": (2, 1)},
    "dreambooth_lora": {"steps": (100, 500), "rate": (3e-3, 1e-4), "rank": (8, 4), "word_rate": (5e-3, 5e-4),
                        "images": (16, 200), "batch": (4, 1)},
    "dreamtuner": {"steps": (300, 800), "rate": (5e-5, 1e-6), "lora_rate": (5e-5, 1e-4), "images": (16, 32)},
    "mix_of_show": {"steps": (250, 1000), "rate": (1e-3, 1e-4), "word_rate": (5e-3, 1e-3), "text_rate": (1e-4, 1e-5),
                    "uncut": (False, True), "shuffle": (False, True)},
    "pacgen": {"steps": (300, 800), "rate": (5e-5, 5e-6), "lora_rate": (5e-5, 1e-4), "images": (16, 200),
               "batch": (2, 1)},
    "perfusion": {"batch": (4, 16)},
    "style_boost": {"steps": (250, 750), "rate": (5e-5, 1e-6), "lora_rate": (5e-5, 1e-4), "batch": (2, 1)},
    "svdiff": {"steps": (300, 500), "images": (16, 200), "batch": (2, 1)},
    "textual_inversion": {"steps": (400, 5000), "vectors": (2, 1)},
    "vico": {"steps": (300, 400), "rate": (3e-4, 1e-5), "gentle": (True, False), "batch": (2, 4)},
}  # fmt: skip
"""Recipe → knob → on the starter, and on a large base; everything else is the same on both."""
BY_HAND = re.compile(r"\b(SD|SDXL|Stable Diffusion)\b|\d[^.;]*\bin (the paper|[\w’' ]+ code)\b")
HALVES = {  # a paper's value that no base changes, said of a switch or of a knob that stays at another value
    ("break_a_scene", "prior"): "1 in the authors' code, 0 in the paper.",
    ("perfusion", "taught_through"): "0.75 in the paper.",
    ("perfusion", "taught_softness"): "0.1 in the paper.",
}


@pytest.mark.parametrize("name", catalogue.names("recipes"))
def test_it_has_the_numbers_of_both(name):
    recipe = catalogue.recipe(name)
    small, large = asdict(recipe.on(False)()), asdict(recipe.on(True)())
    assert small == asdict(recipe())
    assert {one: (small[one], large[one]) for one in small if small[one] != large[one]} == BOTH[name]
    for one in recipe.knobs():
        other = one.metadata["large"]
        assert other is None or type(other) is type(one.default) and other != one.default, one.name


@pytest.mark.parametrize("name", catalogue.names("recipes"))
def test_no_help_says_by_hand_what_the_form_can_say_itself(name):
    for one in catalogue.recipe(name).knobs():
        said = one.metadata["help"]
        assert not BY_HAND.search(said) or HALVES.get((name, one.name)) == said, f"{one.name}: {said}"


def test_numbers_said_by_hand_are_seen():
    for said in ("How far it moves; 1e-4 for SD 1.5.", "500 to 1000 in the paper.", "200 in mkshing's code."):
        assert BY_HAND.search(said)


@pytest.mark.parametrize("name", catalogue.names("recipes"))
def test_on_a_large_base_too_every_number_is_within_its_range_and_plans(name):
    recipe = catalogue.recipe(name).on(True)
    assert recipe.with_knobs(asdict(recipe())) == recipe() and recipe().plan().phases
    assert (recipe.title, recipe.needs, recipe.__doc__) == tuple(
        getattr(catalogue.recipe(name), what) for what in ("title", "needs", "__doc__")
    )


@pytest.mark.parametrize("name", ["break_a_scene", "dreamtuner", "pacgen", "style_boost"])
def test_lora_has_a_rate_of_its_own_beside_the_whole_models(name):
    recipe = catalogue.recipe(name).on(True)
    (change,) = (one for one in recipe.knobs() if one.name == "change")
    rates = {choice: recipe(change=choice).plan().phases[-1].rate for choice in change.metadata["choices"]}
    assert rates.pop("LoRA") == 1e-4 and set(rates.values()) == {recipe().rate}


def test_a_word_with_lora_takes_fewer_steps_than_a_word_alone():
    """800 in the authors' code with DreamBooth; 5000 would teach LoRA to copy."""
    recipe = catalogue.recipe("compositional_inversion").on(True)
    steps = {host: recipe(host=host).plan().phases[0].steps for host in ("word", "word and LoRA")}
    assert steps == {"word": 5000, "word and LoRA": 800}


def test_only_what_has_another_default_differs():
    assert Whole.on(True) is Whole, "it has no other"

    recipe = catalogue.recipe("dreambooth_lora")
    assert recipe.on(True) is recipe.on(True) and recipe.on(False) is recipe
    assert recipe.on(True).settled({"steps": "20"}) == asdict(recipe.on(True)()) | {"steps": 20}
    assert recipe.on(True).turned({"rate": 1e-4, "steps": 20, "gone": 1}) == {"steps": 20}
    assert recipe.turned({"rate": 1e-4, "steps": 100}) == {"rate": 1e-4}
    assert knob(1, 0, 2).metadata["large"] is None


def test_a_base_is_large_by_its_width_wherever_it_lies(tmp_path):
    assert not built("starter").large and built("gone").large and Traits().large
    assert all(traits(one.unet, len(one.texts)).large for one in ORIGINALS)
    assert not sd15().traits.large and wide().traits.large
    (tmp_path / "unet").mkdir()
    (tmp_path / "model_index.json").write_text("{}")
    for backbone in (sd15(), wide()):  # the second comes to the first one's place
        (tmp_path / "unet" / "config.json").write_text(json.dumps(dict(backbone.unet.config), default=str))
        assert built(str(tmp_path)) == backbone.traits


def test_a_run_takes_the_numbers_of_its_base_and_its_file_names_them(tmp_path):
    given = {"steps": 1, "word_rate": 3e-3}
    for base, large in ((sd15(), False), (wide(), True)):
        task = Tune((shot(tmp_path),), "dreambooth_lora", str(tmp_path / "a.safetensors"), given, samples_every=0)
        tune.tune(task, base, Silent())
        known = artefact.read_header(task.out).knobs
        assert known == catalogue.recipe("dreambooth_lora").on(large).settled(given)
        assert (known["rate"], known["rank"], known["word_rate"]) == ((1e-4, 4, 3e-3) if large else (3e-3, 8, 3e-3))


def test_a_run_that_was_begun_with_other_numbers_goes_on_with_them(tmp_path):
    """As one of days when every base had the starter's."""
    given = catalogue.recipe("dreambooth_lora").settled({"steps": 2, "batch": 1})
    task = Tune((shot(tmp_path),), "dreambooth_lora", str(tmp_path / "a.safetensors"), given, samples_every=0)
    with pytest.raises(Stopped):
        tune.tune(task, wide(), StopsAt(1))
    assert tune.tune(task, wide(), Silent())["steps"] == 2 and not checkpoint.place(task).exists()
    assert artefact.read_header(task.out).knobs == given and given["rate"] == 3e-3
