"""A run watched by judges of the real classes, untrained: numbers go where they belong, the best step is kept."""

from dataclasses import replace

import pytest
import torch

from pipelines import artefact, tune, verdict
from pipelines.errors import Stopped
from pipelines.events import Made, Measure, Progress, Silent
from pipelines.eyes import Eyes
from pipelines.starter import likeness, oracles, text
from pipelines.tasks import Tune
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
    samples = [e.facts for e in report.events if isinstance(e, Made) and e.what == "sample"]
    assert all({"likeness", "prompt_following", "prompt", "step"} <= facts.keys() for facts in samples)
    assert result["best_step"] == 2 and result["likeness"] == measured[2]["likeness"] and result["steps"] == 4
    stopped = replace(task, out=str(tmp_path / "b.safetensors"), samples_every=0)
    with pytest.raises(Stopped):
        tune.tune(stopped, tiny, StopsAfterTwo())
    two, kept = artefact.load(stopped.out), artefact.load(task.out)
    assert artefact.read_header(task.out).steps == 2 and all(torch.equal(kept[key], two[key]) for key in two)
