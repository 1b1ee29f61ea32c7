from dataclasses import dataclass, replace
from math import exp

import pytest

from pipelines import artefact, catalogue, stopping, tune
from pipelines.errors import BadInput, Stopped
from pipelines.events import Measure, Silent
from pipelines.spec import Phase, Plan, Recipe, use
from pipelines.stopping import due, dvar, every, plateau, still
from pipelines.tasks import Tune
from pipelines.watch import Watch
from tests.pipelines.steps import shot


def first(rule, losses, window, *settings):
    """After how many losses a rule ends a run, None for never."""
    return next((k for k in range(1, len(losses) + 1) if rule(losses[:k], window, *settings)), None)


@pytest.mark.parametrize(
    ("n", "alpha", "tau", "steps"), [(310, 0.15, 100, 407), (180, 0.15, 100, 267), (440, 0.4, 100, 488)]
)
def test_dvar_stops_where_its_authors_rule_does(n, alpha, tau, steps):
    """Worked out by hand for losses that fall exponentially; any scale of the losses gives the same."""
    losses = [exp(-t / tau) for t in range(steps + 5)]
    assert not dvar(losses[: steps - 1], n, alpha) and dvar(losses[:steps], n, alpha)
    assert not dvar([10 * one for one in losses[: steps - 1]], n, alpha) and dvar(
        [10 * x for x in losses[:steps]], n, alpha
    )
    assert not any(dvar(losses[:k], n, alpha) for k in (n - 1, n, (n + steps) // 2))


def test_a_straight_line_is_stopped_by_dvar_when_its_window_is_short_beside_it():
    line = [-float(k) for k in range(90)]
    assert first(dvar, line, 31, 0.15) == 81, "near n / √α"


def test_a_loss_that_never_changes_is_no_loss_to_wait_for():
    assert first(dvar, [1.0] * 50, 10) == 11 and first(plateau, [1.0] * 50, 10) == 20


def test_a_plateau_begins_where_nothing_more_is_gained():
    """Falls by a tenth for ten steps, then stays: then two windows are a hundredth apart."""
    losses = [1 - 0.1 * k for k in range(10)] + [0.1] * 30
    assert first(plateau, losses, 8) == 24
    hill = [k / 10 for k in range(10)] + [0.9 - k / 50 for k in range(40)]
    assert first(plateau, hill[:12], 4) == 8 and first(plateau, hill[12:], 4) is None, "what rises is not waited for"
    assert first(plateau, [1 - 0.01 * k for k in range(100)], 8) is None, "still falling"
    assert first(plateau, [1 + 0.01 * k for k in range(100)], 8) == 16, "never fell"
    saw = [exp(-k / 5) + 0.3 * (k % 2) for k in range(60)]
    assert 16 < first(plateau, saw, 8) < 40, "what goes up in between does not count"


def test_likeness_stands_still_after_three_looks_that_bring_nothing():
    assert not still([0.1, 0.2, 0.3, 0.4]) and not still([0.5, 0.5, 0.5])
    assert still([0.5, 0.505, 0.5, 0.49]) and not still([0.5, 0.5, 0.5, 0.52])


def test_rules_read_their_own_curve_and_short_phases_are_left_alone():
    flat, seen = [1.0] * 40, [(k, {"likeness": 0.5, "prompt_following": 0.2}) for k in range(5)]
    assert due("plateau", flat, [], 300) and due("dvar", flat, [], 300) and due("likeness", [], seen, 300)
    assert not due("fixed", flat, seen, 300) and not due("likeness", flat, [(0, {"held_loss": 1.0})], 300)
    assert not any(due(rule, flat, seen, 49) for rule in stopping.RULES)
    assert every(300) == 7 and every(49) == 1


def task(folder, **more):
    """A run whose rate falls to zero."""
    knobs = {"steps": 60, "batch": 1, "rate": 1e-2, "vectors": 1, "masked": False}
    subject = shot(folder.parent / "photos", count=1)
    return replace(
        Tune((subject,), "textual_inversion", str(folder / "a.safetensors"), knobs, samples_every=0),
        **{"stop": "dvar", **more},
    )


class StopsAt(Silent):
    def stop(self):
        return any(isinstance(e, Measure) and e.step >= 15 for e in self.events)


def test_a_run_that_learns_nothing_more_ends_and_says_where(tiny, tmp_path):
    """The artefact is the step at which it ended; a run that was interrupted on the way ends at the same one."""
    assert Tune((), "x", "").stop == "plateau", "on by default"
    whole, parts, report = task(tmp_path / "whole"), task(tmp_path / "parts"), Silent()
    told = tune.tune(whole, tiny, report)
    curve = [e.values["held_loss"] for e in report.events if isinstance(e, Measure) and "held_loss" in e.values]
    assert told["steps"] == artefact.read_header(whole.out).steps == len(curve) < 60 == told["planned"]
    assert first(dvar, curve, 20) == len(curve)
    with pytest.raises(Stopped):
        tune.tune(parts, tiny, StopsAt())
    again = tune.tune(parts, tiny, Silent())
    assert again["steps"] == told["steps"] and again["held_loss"] == told["held_loss"]


@dataclass(frozen=True)
class Twice(Recipe):
    """Two phases, the second a short one."""

    title, paper, family, learns, choose = "Twice", "0", "test", "Both.", "Never."

    def plan(self):
        return Plan((Phase(6, 1e-2, 1, edits=(use("token"),)), Phase(2, 1e-3, 1, edits=(use("token"), use("lora")))))


def test_looks_at_one_phase_do_not_end_the_next(tiny, tmp_path, monkeypatch):
    """Likeness that never rises ends the first phase at its fourth look; the second still has its own two steps."""
    monkeypatch.setattr(catalogue, "recipe", lambda name: Twice)
    monkeypatch.setattr(stopping, "SHORT", 1)
    monkeypatch.setattr(Watch, "base", lambda self: {})
    monkeypatch.setattr(Watch, "look", lambda *asked: {"likeness": 0.5})
    one = replace(task(tmp_path, stop="likeness"), knobs={}, samples_every=1, prompts=("{}",))
    told = tune.tune(one, tiny, Silent())
    assert (told["steps"], told["planned"]) == (4 + 2, 8)


def test_a_rule_that_is_not_there_is_refused(tiny, tmp_path):
    with pytest.raises(BadInput, match="plateau, dvar, likeness, fixed"):
        tune.tune(task(tmp_path, stop="soon"), tiny, Silent())
