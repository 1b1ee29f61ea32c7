"""What a recipe holds on to stays known: class images of DreamBooth, auxiliary pictures of StyleBoost."""

import pytest
import torch

from pipelines import catalogue, tune, voices
from pipelines.events import Silent
from pipelines.tasks import Tune
from tests.pipelines.steps import glimpse, kit, shot

KNOBS = {"steps": 40, "rate": 1e-3, "batch": 2, "images": 2}


def unknown(tiny, folder, name, weight):
    """The error on what is held, at noise that no step saw, after a run in which it counts so much."""
    subject, out = shot(folder, "<zwx>", "style", 2, masked=False), str(folder / f"{weight}.safetensors")
    cache, knob = folder / "cache", "held" if name == "style_boost" else "prior"
    task = Tune((subject,), name, out, KNOBS | {knob: weight}, samples_every=0, stop="fixed", cache=str(cache))
    tune.tune(task, tiny, Silent())
    (phase,) = catalogue.recipe(name).with_knobs(KNOBS).plan().phases
    made = catalogue.load("augment", phase.augment[0].name)(**phase.augment[0].settings)
    kept = made.prepare([], kit(tiny, (subject,), cache))
    with torch.no_grad(), tiny.adapted({"a": voices.load(out, tiny)[1]}) as stage:
        return float(glimpse(tiny, kept, stage, frozenset({"prediction"}), batch=8).errors().mean())


@pytest.mark.parametrize("name", ["dreambooth", "style_boost"])
def test_what_is_held_is_told_better_than_where_nothing_is(tiny, tmp_path, name):
    held, free = (unknown(tiny, tmp_path, name, weight) for weight in (1.0, 0.0))
    assert held < 0.9 * free, (held, free)
