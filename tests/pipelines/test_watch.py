"""A run watched by judges of the real classes, untrained: numbers go where they belong, the best step is kept."""

from dataclasses import replace

import pytest
import torch

from pipelines import artefact, examples, tune, verdict, voices
from pipelines.backbone import Backbone
from pipelines.errors import Stopped
from pipelines.events import Made, Measure, Progress, Silent, Warned
from pipelines.eyes import Eyes
from pipelines.spec import use
from pipelines.starter import likeness, oracles, text
from pipelines.tasks import Tune
from pipelines.traits import Traits
from pipelines.watch import Watch
from tests.pipelines.steps import shot


@pytest.fixture
def eyes(tiny, monkeypatch):
    """Judges that see at random; a tuned picture and a photo are still told apart."""
    tokenizer = tiny.readers[0].tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        judge, others = text.Judge(tokenizer), (oracles.Oracles(), likeness.Likeness())
    found = Eyes(judge, tokenizer, others, "random")
    monkeypatch.setattr(Eyes, "load", classmethod(lambda cls, judges="starter": found))
    return found


class StopsAfterTwo(Silent):
    def stop(self):
        return any(isinstance(e, Progress) and e.step == 2 for e in self.events)


def test_likeness_and_prompt_following_are_measured_and_the_best_step_is_kept(tiny, tmp_path, eyes, monkeypatch):
    knobs, people = {"steps": 4, "rate": 0.05, "batch": 2}, (shot(tmp_path / "p"),)
    file = str(tmp_path / "a.safetensors")
    task = Tune(people, "textual_inversion", file, knobs, samples_every=1, prompts=("{} on",))
    monkeypatch.setattr(verdict, "best", lambda measured: min(2, measured[-1][0]))
    report = Silent()
    result = tune.tune(task, tiny, report)
    measured = {e.step: e.values for e in report.events if isinstance(e, Measure) and "prompt_following" in e.values}
    assert set(measured) == {0, 1, 2, 3, 4}
    assert {"likeness_base", "prompt_following_base", "likeness_real_photos"} <= measured[0].keys()
    assert "likeness" not in measured[0] and all(0 <= measured[4][k] <= 1 for k in ("likeness", "prompt_following"))
    signs = {"copy", "copied", "copied_photo"}
    assert signs <= measured[4].keys() and {"copy_base", "copied_base"} <= measured[0].keys()
    assert measured[4]["copied_photo"] in range(1, 1 + len(people[0].photos)) and "variety" not in measured[4]
    samples = [e.facts for e in report.events if isinstance(e, Made) and e.what == "sample"]
    assert all({"likeness", "prompt_following", "prompt", "step"} <= facts.keys() for facts in samples)
    assert result["best_step"] == 2 and result["likeness"] == measured[2]["likeness"] and result["steps"] == 4
    stopped = replace(task, out=str(tmp_path / "b.safetensors"), samples_every=0)
    with pytest.raises(Stopped):
        tune.tune(stopped, tiny, StopsAfterTwo())
    two, kept = artefact.load(stopped.out), artefact.load(task.out)
    assert artefact.read_header(task.out).steps == 2 and all(torch.equal(kept[key], two[key]) for key in two)


def test_a_sample_that_is_a_photo_is_seen_as_its_copy_and_unlike_ones_as_various(tiny, tmp_path, eyes):
    people = (shot(tmp_path / "p"),)
    task = Tune(people, "textual_inversion", str(tmp_path / "a.safetensors"), samples_every=1, prompts=("{} on",) * 2)
    seen = examples.gather(people, tiny.size)
    watch = Watch(task, tiny, seen, (), Silent())
    last = seen[-1].pixels
    values = watch._scores(torch.stack([last, last.flip(-1)]))
    assert (values["copied"], values["copied_photo"]) == (1, len(seen)) and values["copy"] == pytest.approx(1, abs=1e-3)
    assert watch._scores(torch.stack([last, last]))["variety"] == pytest.approx(0, abs=1e-3) != values["variety"]
    alone, both = watch._scores(last[None], 0), watch._scores(torch.stack([last, last]))
    assert both["likeness"] == pytest.approx(alone["likeness"], abs=2e-4) and "copied" not in alone
    looks = [(step, values) for step in (1, 2, 3)]
    for count in (1, 2, 3):
        watch.warn(looks[:count])
    (warned,) = [event for event in watch.report.events if isinstance(event, Warned)]
    assert warned.message == f"It now copies photo {len(seen)}." and "is kept" in warned.advice


def test_on_a_large_base_what_the_judge_cannot_read_chooses_no_step(tiny, tmp_path, eyes, monkeypatch):
    """Words there are not those of its world: they are not measured, and likeness alone chooses."""
    large = Backbone.tiny(0)
    monkeypatch.setattr(Backbone, "traits", property(lambda base: Traits(width=320 if base is large else 32)))
    task = Tune((shot(tmp_path),), "textual_inversion", str(tmp_path / "a.safetensors"), prompts=("{} on a beach",))
    photos = examples.gather(task.subjects, tiny.size)
    small, wide = (Watch(task, base, photos, [], Silent()) for base in (tiny, large))
    assert small.base().keys() - wide.base().keys() == {
        "prompt_following", "prompt_following_base", "place_leakage_base",
    }  # fmt: skip
    voice = voices.build(large, [use("token")], task.subjects)
    values = wide.look(voice, 1, {})
    assert "likeness" in values and "prompt_following" not in values
    wide.warn([(0, wide.base()), (1, values), (2, values), (3, values)])
    assert verdict.best([(0, wide.base()), (1, {"likeness": 0.2}), (2, {"likeness": 0.4})]) == 2
