import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from pipelines import artefact, catalogue, checkpoint, slope, tune, voices
from pipelines.backbone import Backbone
from pipelines.device import Machine
from pipelines.errors import BadInput, DiskFull, Diverged, EmptyMask, Stopped
from pipelines.events import Made, Measure, Progress, Silent, Warned
from pipelines.spec import Phase, Plan, Recipe, use
from pipelines.tasks import Tune
from pipelines.watch import Watch
from tests.pipelines.probes import weights
from tests.pipelines.steps import shot

ROOT = Path(__file__).parent.parent.parent


def task(folder, recipe="dreambooth_lora", **knobs):
    """A short run on three photos, in a folder of its own."""
    knobs = {"steps": 6, "batch": 2, **knobs}
    return Tune((shot(folder.parent / "photos"),), recipe, str(folder / "a.safetensors"), knobs, samples_every=0)


def learnt(one):
    return artefact.load(one.out)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


class StopsAt(Silent):
    """Wishes the end after a number of steps."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def stop(self):
        return any(isinstance(e, Progress) and e.step >= self.step for e in self.events)


@pytest.mark.parametrize("knobs", [{}, {"dropout": 0.3, "prior": 1.0, "images": 2, "flip": True}])
def test_a_stopped_run_goes_on_with_the_numbers_it_would_have_had(tiny, tmp_path, knobs):
    whole, parts = task(tmp_path / "whole", **knobs), task(tmp_path / "parts", **knobs)
    tune.tune(whole, tiny, Silent())
    with pytest.raises(Stopped, match="step 2 is kept"):
        tune.tune(parts, tiny, StopsAt(2))
    half = learnt(parts)
    assert artefact.read_header(parts.out).steps == 2 and checkpoint.place(parts).is_file()
    result = tune.tune(parts, tiny, Silent())
    assert result["steps"] == 6 and not checkpoint.place(parts).exists()
    assert same(learnt(parts), learnt(whole)) and not same(half, learnt(parts))


def checkpoints(report):
    """The steps at which one was written."""
    return [e.facts["step"] for e in report.events if isinstance(e, Made) and e.what == "checkpoint"]


def test_what_is_small_is_kept_from_the_first_step_on_and_what_is_large_waits(tiny, tmp_path, monkeypatch):
    report = Silent()
    tune.tune(task(tmp_path / "small"), tiny, report)
    assert checkpoints(report) == [1]
    monkeypatch.setattr(tune, "PACE", 1.0)
    report = Silent()
    tune.tune(task(tmp_path / "large"), tiny, report)
    assert checkpoints(report) == []


class Wishes(Silent):
    """Wishes something after a number of steps."""

    def __init__(self, step, *what):
        super().__init__()
        self.step, self.what = step, what

    def wishes(self):
        here = [e.step for e in self.events if isinstance(e, Progress)][-1:] == [self.step]
        heard, self.what = (self.what, ()) if here else ((), self.what)
        return heard


def test_what_is_wished_on_the_way_is_made_and_changes_nothing(tiny, tmp_path):
    """The file is what a run holds that was stopped there; a sample is made though none was planned."""
    whole, parts, half = task(tmp_path / "whole"), task(tmp_path / "parts"), task(tmp_path / "half")
    tune.tune(whole, tiny, Silent())
    with pytest.raises(Stopped):
        tune.tune(half, tiny, StopsAt(2))
    report = Wishes(2, "save", "sample")
    tune.tune(replace(parts, prompts=("{} here",)), tiny, report)
    (saved,) = [e for e in report.events if isinstance(e, Made) and e.what == "artefact" and "step" in e.facts]
    assert saved.facts["step"] == artefact.read_header(saved.path).steps == 2
    assert same(artefact.load(saved.path), learnt(half)) and same(learnt(parts), learnt(whole))
    (sample,) = [e for e in report.events if isinstance(e, Made) and e.what == "sample"]
    assert sample.facts["step"] == 2 and Path(sample.path).is_file()
    assert 2 in checkpoints(report)


class Pauses(Silent):
    """Is to be held after three steps, and looks at what lies on the disk when it is."""

    held = None

    def wishes(self):
        here = [e.step for e in self.events if isinstance(e, Progress)][-1:] == [3]
        return ("pause",) if here and self.held is None else ()

    def wait(self):
        if self.wishes():
            self.held = checkpoints(self)


def test_what_is_paused_is_saved_before_it_waits(tiny, tmp_path):
    report = Pauses()
    tune.tune(task(tmp_path / "held"), tiny, report)
    assert report.held == [1, 3]


@dataclass(frozen=True)
class WordThenLora(Recipe):
    """Two phases: the word alone, then the word at another rate, and LoRA."""

    title, paper, family, learns, choose = "Two", "0", "test", "Both.", "Never."

    def plan(self):
        first = Phase(3, 1e-2, 2, edits=(use("token"),))
        return Plan((first, Phase(3, 1e-3, 2, edits=(use("token", rate=1e-4), use("lora")), fall=1.0)))


@pytest.mark.parametrize("at", [2, 3, 5])
def test_a_later_phase_goes_on_with_what_an_earlier_one_taught(tiny, tmp_path, monkeypatch, at):
    monkeypatch.setattr(catalogue, "recipe", lambda name: WordThenLora)
    whole, parts = (replace(task(tmp_path / name), knobs={}) for name in ("whole", "parts"))
    assert tune.tune(whole, tiny, Silent())["steps"] == 6
    with pytest.raises(Stopped):
        tune.tune(parts, tiny, StopsAt(at))
    up = [value for key, value in learnt(parts).items() if key.endswith("up.weight")]
    assert all(bool(value.any()) == (at > 3) for value in up)
    tune.tune(parts, tiny, Silent())
    assert same(learnt(parts), learnt(whole))


@dataclass(frozen=True)
class Faint(Recipe):
    """One step whose loss is as small, cell by cell, as that of a picture with a hundred thousand times as many."""

    title, paper, family, learns, choose = "Faint", "0", "test", "LoRA.", "Never."

    def plan(self):
        edits = use("token", start="rare", learn=False), use("lora", rank=2)
        return Plan((Phase(1, 1e-3, 1, edits=edits, objectives=(use("denoise", weight=1e-5),)),))


def test_small_gradients_pass_through_a_half_precision_network(tmp_path, monkeypatch):
    """As on cards without bfloat16: unboosted, most vanish on the way, and what they should move stands still. A boost
    that is too much is lowered, and the step done again."""
    half = Backbone.tiny(0, host=Machine("cpu", "CPU", "float16", "whole", 1, 0))
    monkeypatch.setattr(catalogue, "recipe", lambda name: Faint)

    def still(boost):
        monkeypatch.setattr(slope, "BOOST", boost)
        one = replace(task(tmp_path / f"{boost:g}"), knobs={})
        tune.tune(one, half, Silent())
        up = torch.cat([value.flatten() for key, value in learnt(one).items() if key.endswith("up.weight")])
        return float((up == 0).float().mean())

    assert still(1.0) > 0.5 and still(2.0**16) < 0.05 and still(2.0**36) < 0.05


def test_so_does_one_that_was_killed(tiny, tmp_path, monkeypatch):
    """SIGKILL in the middle of a step, in a process of its own."""
    whole, killed = task(tmp_path / "whole"), task(tmp_path / "killed")
    tune.tune(whole, tiny, Silent())
    script = f"""
import os, signal, torch
torch.set_num_threads(1)
from pipelines import tune
from pipelines.backbone import Backbone
from pipelines.events import Progress, Silent
from pipelines.spec import Photo, Subject
from pipelines.spec import Phase, Plan, Recipe, use
from pipelines.tasks import Tune

class Dies(Silent):
    def __call__(self, event):
        if isinstance(event, Progress) and event.step == 5:
            os.kill(os.getpid(), signal.SIGKILL)

tune.SAVE_EVERY, tune.SHARE = -1.0, 1e9
tune.tune({killed!r}, Backbone.tiny(0), Dies())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -9 and not Path(killed.out).exists(), done.stderr[-2000:]
    report = Silent()
    tune.tune(killed, tiny, report)
    carried = [(e.step - e.own[0], e.total - e.own[1]) for e in report.events if isinstance(e, Progress)]
    assert len(carried) > 1 and set(carried) == {(4, 4)} and same(learnt(killed), learnt(whole))


def test_a_checkpoint_of_another_run_is_not_taken_up(tiny, tmp_path):
    first = task(tmp_path)
    with pytest.raises(Stopped):
        tune.tune(first, tiny, StopsAt(2))
    report = Silent()
    tune.tune(replace(first, seed=1), tiny, report)
    assert next(e.step for e in report.events if isinstance(e, Progress)) == 1


def test_stopping_before_the_first_step_leaves_nothing(tiny, tmp_path):
    one = task(tmp_path)
    with pytest.raises(Stopped):
        tune.tune(one, tiny, AlwaysStops())
    assert not Path(one.out).exists() and not checkpoint.place(one).exists()


class AlwaysStops(Silent):
    def stop(self):
        return True


def test_a_loss_that_is_no_number_ends_it_in_plain_words_and_loses_nothing(tiny, tmp_path, monkeypatch):
    one = task(tmp_path)
    with pytest.raises(Stopped):
        tune.tune(one, tiny, StopsAt(3))
    kept, saved = learnt(one), checkpoint.place(one).read_bytes()
    clean = tiny.predict
    monkeypatch.setattr(tiny, "predict", lambda x, t, words: clean(x, t, words) * float("nan"))
    with pytest.raises(Diverged, match="step 4.*lower learning rate"):
        tune.tune(one, tiny, Silent())
    assert same(learnt(one), kept) and checkpoint.place(one).read_bytes() == saved


def test_a_full_disk_does_not_end_the_run(tiny, tmp_path, monkeypatch):
    one, report = task(tmp_path), Silent()
    monkeypatch.setattr(tune, "SAVE_EVERY", -1.0)
    monkeypatch.setattr(checkpoint, "save", full)
    result = tune.tune(one, tiny, report)
    assert result["steps"] == 6 and Path(one.out).is_file()
    assert [e.message for e in report.events if isinstance(e, Warned)].count(full.words) == 1


def test_nor_does_one_without_room_for_samples_and_for_what_other_runs_could_use(tiny, tmp_path, monkeypatch):
    one = task(tmp_path)
    write, report = artefact.write, Silent()
    monkeypatch.setattr(Watch, "_write", full)
    monkeypatch.setattr(artefact, "write", lambda path, *rest: full() if "cache" in str(path) else write(path, *rest))
    watched = replace(one, samples_every=3, prompts=("{}",), cache=str(tmp_path / "cache"))
    assert tune.tune(watched, tiny, report)["steps"] == 6
    said = [e.message for e in report.events if isinstance(e, Warned)]
    assert said.count("The disk is full: a sample was not kept.") == 2
    assert not any(tmp_path.glob("cache/*/*.safetensors"))


def full(*_):
    raise DiskFull("The disk is full.", "Make room, then run it again.")


full.words = "The disk is full: this run cannot be resumed from here."


@pytest.mark.parametrize("recipe", ["textual_inversion", "dreambooth_lora", "dreambooth"])
def test_the_model_stays_and_only_what_the_recipe_names_is_learnt(tiny, tmp_path, recipe):
    knobs = {} if recipe == "textual_inversion" else {"prior": 0.0}
    before, one = weights(tiny), task(tmp_path, recipe, **knobs)
    tune.tune(one, tiny, Silent())
    after = weights(tiny)
    assert all(torch.equal(value, after[key]) for key, value in before.items())
    header, voice = voices.load(one.out, tiny)
    fresh = voices.build(tiny, header.uses(), one.subjects, one.seed).parameters()
    for key, value in voice.parameters().items():
        rare_word = recipe == "dreambooth" and key.startswith("token/")
        assert torch.equal(value, fresh[key]) == rare_word, key


@pytest.mark.parametrize("recipe", ["textual_inversion", "dreambooth_lora", "dreambooth"])
def test_the_frozen_batch_is_told_better_than_before(tiny, tmp_path, recipe):
    rates = {"textual_inversion": 2e-2, "dreambooth_lora": 5e-3, "dreambooth": 1e-3}
    knobs = {} if recipe == "textual_inversion" else {"prior": 0.0}
    result = tune.tune(task(tmp_path, recipe, steps=30, rate=rates[recipe], **knobs), tiny, Silent())
    assert result["held_loss"] < result["held_loss_before"]


def test_samples_and_measures_are_told(tiny, tmp_path):
    one, report = replace(task(tmp_path), samples_every=3, prompts=("{} on grass", "{} in the snow")), Silent()
    result = tune.tune(one, tiny, report)
    samples = [e for e in report.events if isinstance(e, Made) and e.what == "sample"]
    assert [(e.facts["step"], e.facts["prompt"]) for e in samples] == [
        (step, f"<tom> cat {place}") for step in (3, 6) for place in ("on grass", "in the snow")
    ]
    assert all(Path(e.path).read_bytes()[8:12] == b"WEBP" for e in samples)
    losses = [e.step for e in report.events if isinstance(e, Measure) and "loss" in e.values]
    assert losses == [1, 2, 3, 4, 5, 6]
    assert result["seconds"] > 0 and result["memory"] > 2**20 and result["bytes"] == artefact.read_header(one.out).bytes


def test_watching_a_run_does_not_change_it(tiny, tmp_path):
    alone, watched = task(tmp_path / "alone"), task(tmp_path / "watched")
    told = tune.tune(alone, tiny, Silent())
    seen = tune.tune(replace(watched, samples_every=2, prompts=("{}",)), tiny, Silent())
    # What is kept may be an earlier step, because the judges choose; the run itself is the same to the last number.
    assert (told["loss"], told["held_loss"]) == (seen["loss"], seen["held_loss"])


@pytest.mark.parametrize("prediction", ["v_prediction", "epsilon"])
def test_it_learns_on_a_base_with_two_text_encoders_too(tmp_path, prediction):
    one = task(tmp_path, steps=2)
    assert tune.tune(one, Backbone.tiny(1, "sdxl", prediction), Silent())["steps"] == 2


def twin(subject):
    return replace(subject, id="dog", name="Rex", noun="dog")


def test_what_cannot_be_learnt_is_refused_in_plain_words(tiny, tmp_path):
    one = task(tmp_path)
    (cat,) = one.subjects
    with pytest.raises(BadInput, match="same trigger"):
        tune.tune(replace(one, subjects=(cat, twin(cat))), tiny, Silent())
    with pytest.raises(BadInput, match="no photos"):
        tune.tune(replace(one, subjects=(replace(cat, photos=()),)), tiny, Silent())
    with pytest.raises(BadInput, match="nobody"):
        tune.tune(replace(one, subjects=()), tiny, Silent())
    with pytest.raises(BadInput, match="Steps"):
        tune.tune(replace(one, knobs={"steps": 10**6}), tiny, Silent())


def warned(one, backbone):
    report = Silent()
    tune.tune(one, backbone, report)
    return [e.message for e in report.events if isinstance(e, Warned)]


def test_what_may_disappoint_is_warned_of_and_taught_all_the_same(tiny, tmp_path):
    """An ordinary word, one photo, forty of them, and a noun in pieces: the tiny model reads single letters."""
    one = task(tmp_path, steps=1)
    cat = replace(one.subjects[0], noun="ox")
    said = warned(replace(one, subjects=(replace(cat, trigger="tom", photos=cat.photos[:1]),)), tiny)
    assert len(said) == 2 and "wherever it is said" in said[0] and "one photo" in said[1]
    many = shot(tmp_path / "many", noun="ox", count=40)
    said = warned(replace(one, subjects=(many,)), tiny)
    assert len(said) == 1 and "40 photos" in said[0] and len(many.photos) == 40
    said = warned(replace(one, subjects=(replace(cat, noun="small cat"),)), tiny)
    assert len(said) == 1 and "“small cat” in 5 pieces" in said[0]


@pytest.mark.parametrize(("fill", "words"), [(0, "is empty"), (255, "covers the whole photo")])
@pytest.mark.parametrize("recipe", ["dreambooth_lora", "break_a_scene"])
def test_a_mask_of_nothing_or_everything_ends_it_before_it_begins(tiny, tmp_path, fill, words, recipe):
    one = task(tmp_path)
    (cat,) = one.subjects
    Image.new("L", (120, 96), fill).save(tmp_path / "mask.png")
    spoilt = replace(cat, photos=(replace(cat.photos[0], mask=str(tmp_path / "mask.png")), *cat.photos[1:]))
    subjects = (spoilt, twin(replace(cat, trigger="<rex>"))) if recipe == "break_a_scene" else (spoilt,)
    with pytest.raises(EmptyMask, match=words):
        tune.tune(replace(one, subjects=subjects, recipe=recipe, knobs={}), tiny, Silent())
    assert not Path(one.out).exists() and not checkpoint.place(one).exists()


def test_a_full_disk_at_the_end_keeps_the_checkpoint_and_a_second_try_goes_on(tiny, tmp_path, monkeypatch):
    whole, one = task(tmp_path / "whole"), task(tmp_path / "full")
    tune.tune(whole, tiny, Silent())
    with monkeypatch.context() as patch:
        patch.setattr(tune, "SAVE_EVERY", -1.0)
        patch.setattr(tune, "SHARE", 1e9)
        patch.setattr(artefact, "save", full)
        with pytest.raises(DiskFull):
            tune.tune(one, tiny, Silent())
    assert checkpoint.place(one).is_file() and not Path(one.out).exists()
    report = Silent()
    tune.tune(one, tiny, report)
    assert any(isinstance(e, Progress) and e.note == "carrying on" for e in report.events)
    assert same(learnt(one), learnt(whole)) and not checkpoint.place(one).exists()
