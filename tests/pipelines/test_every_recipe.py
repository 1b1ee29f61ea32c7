"""What every file in recipes/ promises."""

import inspect
from dataclasses import fields

import pytest
import torch

from pipelines import artefact, catalogue, glance, tune, voices
from pipelines.events import Made, Silent
from pipelines.paint import paint
from pipelines.tasks import Tune
from tests.pipelines.steps import shot

RECIPES = catalogue.names("recipes")
SHORT = {"steps": 2, "images": 2}


def few(name):
    """The recipe's knobs at their cheapest: every knob called steps or images is turned down."""
    recipe = catalogue.recipe(name)
    return {f.name: SHORT[kind] for f in fields(recipe) for kind in SHORT if kind in f.name}


@pytest.fixture
def tuned(tiny, tmp_path):
    def make(name):
        recipe = catalogue.recipe(name)
        people = [shot(tmp_path, "<tom>", "cat")]
        if "two subjects" in recipe.needs:
            people.append(shot(tmp_path, "<rex>", "dog"))
        task = Tune(tuple(people), name, str(tmp_path / "a.safetensors"), few(name), samples_every=0)
        report = Silent()
        return tune.tune(task, tiny, report), report, task

    return make


@pytest.mark.parametrize("name", RECIPES)
def test_it_says_what_it_is(name):
    recipe = catalogue.recipe(name)
    for words in (recipe.title, recipe.paper, recipe.family, recipe.learns, recipe.choose, recipe.__doc__):
        assert words and words.strip()
    assert len(recipe.learns) < 120 and len(recipe.choose) < 160
    for knob in recipe.knobs():
        assert knob.metadata.get("label") and knob.metadata.get("help"), knob.name
        if isinstance(knob.default, int | float) and not isinstance(knob.default, bool):
            assert knob.metadata["low"] <= knob.default <= knob.metadata["high"], knob.name


@pytest.mark.parametrize("name", RECIPES)
def test_every_technique_it_names_takes_its_settings(name):
    plan = catalogue.recipe(name)().plan()
    lists = [(family, getattr(phase, family)) for phase in plan.phases for family in ("edits", "augment", "objectives")]
    lists += [("attention", phase.attention) for phase in plan.phases]
    lists += [("encoders", phase.encoders) for phase in plan.phases]
    lists += [(family, getattr(plan, family)) for family in ("attention", "guidance", "encoders")]
    lists += [("edits", plan.keeps)]
    for family, uses in lists:
        for one in uses:
            inspect.signature(catalogue.load(family, one.name)).bind(**one.settings)


@pytest.mark.parametrize("name", RECIPES)
def test_switches_turned_the_other_way_still_plan(name):
    recipe = catalogue.recipe(name)
    for knob in recipe.knobs():
        others = knob.metadata.get("choices") or ()
        if isinstance(knob.default, bool):
            others = (not knob.default,)
        for value in others:
            assert recipe.with_knobs({knob.name: value}).plan().phases
    low = {k.name: k.metadata["low"] for k in recipe.knobs() if k.metadata.get("low") is not None}
    assert recipe.with_knobs(low).plan().phases


@pytest.mark.parametrize("name", RECIPES)
def test_a_quick_look_takes_few_steps_whatever_is_chosen(name):
    recipe = catalogue.recipe(name)
    for knob in recipe.knobs():
        for value in knob.metadata.get("choices", ()):
            phases = recipe.with_knobs(glance.knobs(name) | {knob.name: value}).plan().phases
            assert sum(phase.steps for phase in phases) <= 20, value


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"style_boost"}))
def test_masks_can_say_what_of_a_photo_counts(name):
    """A style is in all of its picture."""
    recipe = catalogue.recipe(name)
    for masked in (True, False):
        knobs = {"masked": masked} | ({"resize": False} if name == "custom_diffusion" else {})
        phases = recipe.with_knobs(knobs).plan().phases
        losses = [{one.name for one in phase.objectives} for phase in phases]
        assert all(("masked_denoise" in found) == masked for found in losses)


@pytest.mark.parametrize("name", RECIPES)
def test_two_steps_make_an_artefact_that_is_read_back_and_speaks(tiny, tuned, name):
    result, report, task = tuned(name)
    steps = sum(phase.steps for phase in catalogue.recipe(name).with_knobs(task.knobs).plan().phases)
    assert result["steps"] == steps and result["bytes"] > 0 and not result["stopped"]
    assert [e.path for e in report.events if isinstance(e, Made) and e.what == "artefact"] == [task.out]
    header, voice = voices.load(task.out, tiny)
    kept, again = artefact.load(task.out), voice.parameters()
    assert all(torch.equal(kept[key], again[key]) for key in kept) and kept.keys() == again.keys()
    assert header.recipe == name and catalogue.recipe(name).with_knobs(header.knobs)
    ops = [catalogue.load("attention", one["name"])(**one["settings"]) for one in header.attention]
    people = " and ".join(f"{one.trigger} {one.noun}" for one in task.subjects)
    shown = [catalogue.load("encoders", one["name"])(**one["settings"]) for one in header.encoders]
    with tiny.adapted({"a": voice}, ops, shown) as stage:
        assert paint(tiny, [f"a photo of {people}"], [0], stage, steps=2).isfinite().all()
