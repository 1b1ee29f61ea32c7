"""What is kept is the finished picture to the bit, at every step's noise level on the way and in the pixels at the end;
what is not kept is new."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import keeping, sample
from pipelines.backbone import Backbone
from pipelines.denoise import Guidance, denoise, noise
from pipelines.errors import BadInput, EmptyMask
from pipelines.events import Preview, Silent
from pipelines.guidance.keep_rest import KeepRest
from pipelines.masks import to_png
from pipelines.spec import Region, Scene
from pipelines.tasks import Keep, Sample
from tests.pipelines.scenes import HALVES, LEFT, RIGHT

STEPS = 4
HOWS = ("region_route", "region_blend", "layout_backward", "cones_layout")


class Watching(Guidance):
    """Keeps what each step begins with, and draws over everything: whoever stands outside undoes that."""

    def __init__(self):
        self.seen = []

    def step(self, x, at, proceed):
        self.seen.append((at.t, x.clone()))
        return proceed(x, at) + 3


@pytest.fixture
def finished(tiny, tmp_path, monkeypatch):
    """A finished picture of two regions, and a function that makes a part of it anew: its pixels, before and after."""
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    scene = Scene("a cat, a dog", regions=HALVES, steps=STEPS, seed=7)
    before = tmp_path / "before.png"
    sample.run(Sample(scene, str(before), "tiny", previews=False), Silent())

    def redone(changed: np.ndarray, report=None, **facts):
        mask, out = tmp_path / "anew.png", tmp_path / "after.png"
        mask.write_bytes(to_png(changed))
        task = Sample(replace(scene, **facts), str(out), "tiny", keep=Keep(str(before), str(mask)))
        sample.run(task, report or Silent())
        return tuple(np.asarray(Image.open(path).convert("RGB")) for path in (before, out))

    return redone


def right_half(side=64):
    changed = np.zeros((side, side), bool)
    changed[:, side // 2 :] = True
    return changed


def cells(tiny, clean):
    anew = torch.zeros(clean.shape[-2:], dtype=torch.bool)
    anew[:, 4:] = True
    return anew


@pytest.mark.parametrize("how", HOWS)
def test_kept_latents_are_the_finished_ones_and_the_rest_is_new(tiny, how):
    scene = sample.settled(Scene("a cat, a dog", regions=HALVES, steps=STEPS, how=how), tiny, lambda *said: None)
    finished = sample.make(scene, tiny)
    anew = cells(tiny, finished)
    other = replace(scene, seed=9, regions=(scene.regions[0], Region(RIGHT, "a bird")))
    foreseen = []
    kept = keeping.Kept(torch.zeros(1, 3, 64, 64), finished, anew)
    made = sample.make(other, tiny, watch=lambda i, clean: foreseen.append(clean), kept=kept)
    assert torch.equal(made[..., :4], finished[..., :4]), "to the bit"
    assert all(torch.equal(clean[..., :4], finished[..., :4]) for clean in foreseen), "in every preview"
    assert (made[..., 4:] != finished[..., 4:]).float().mean() > 0.9
    assert not torch.equal(made[..., 4:], sample.make(other, tiny)[..., 4:]), "it heeds what is kept beside it"


def test_every_step_begins_with_the_finished_picture_at_its_noise_level(tiny):
    scene = sample.settled(Scene("a cat", steps=STEPS), tiny, lambda *said: None)
    finished, inner, start = sample.make(scene, tiny), Watching(), noise(tiny, [3])
    anew = cells(tiny, finished)
    with sample.performing(scene, tiny, sample.Cast()) as (at, _):
        made = denoise(at, start, [KeepRest(finished, anew), inner])
    for t, x in inner.seen:
        wanted = tiny.schedule.noised(finished, start, torch.tensor([t]))
        assert torch.equal(x[..., :4], wanted[..., :4])
    assert torch.equal(made[..., :4], finished[..., :4])
    assert torch.equal(inner.seen[0][1][..., 4:], start[..., 4:]), "what is new starts from pure noise"


def test_everything_anew_is_the_picture_without_it(tiny):
    scene = sample.settled(Scene("a cat", steps=STEPS), tiny, lambda *said: None)
    plain = sample.make(scene, tiny)
    kept = keeping.Kept(torch.zeros(1, 3, 64, 64), torch.randn_like(plain), torch.ones(8, 8, dtype=torch.bool))
    assert torch.equal(sample.make(scene, tiny, kept=kept), plain)


def test_kept_pixels_are_those_of_the_file(finished):
    report, changed = Silent(), right_half()
    before, after = finished(changed, report, seed=9)
    assert (before[~changed] == after[~changed]).all()
    assert (before[changed] != after[changed]).any(axis=1).mean() > 0.5
    assert len([e for e in report.events if isinstance(e, Preview)]) == STEPS


def test_a_cell_that_is_touched_is_new_as_a_whole(finished):
    changed = np.zeros((64, 64), bool)
    changed[20, 30] = True
    before, after = finished(changed, seed=9)
    other = (before != after).any(-1)
    assert other[16:24, 24:32].any()
    other[16:24, 24:32] = False
    assert not other.any()


def test_new_pixels_fade_in_and_are_new_in_the_middle():
    anew = torch.zeros(4, 4, dtype=torch.bool)
    anew[1:3, 1:3] = True
    kept = keeping.Kept(torch.zeros(1, 3, 32, 32), torch.zeros(1, 4, 4, 4), anew)
    laid = kept.laid(torch.ones(1, 3, 32, 32))[0, 0]
    outside = torch.ones(32, 32, dtype=torch.bool)
    outside[8:24, 8:24] = False
    assert not laid[outside].any() and (laid[12:20, 12:20] > 0.9999).all()
    assert 0 < laid[16, 8] < laid[16, 10] < 1


@pytest.mark.parametrize("facts, words", [({"width": 128}, "is 64 × 64"), ({"height": 96}, "is 64 × 64")])
def test_a_picture_of_another_size_is_refused(finished, facts, words):
    with pytest.raises(BadInput, match=words) as refused:
        finished(right_half(), **facts)
    assert refused.value.advice


def test_what_cannot_be_kept_says_so(tiny, tmp_path):
    scene = Scene("a", regions=(Region(LEFT, "a"),), width=64, height=64)
    picture, mask, broken = tmp_path / "p.png", tmp_path / "m.png", tmp_path / "b.png"
    Image.new("RGB", (64, 64)).save(picture)
    mask.write_bytes(to_png(np.zeros((64, 64), bool)))
    broken.write_bytes(b"no picture")
    with pytest.raises(EmptyMask, match="Nothing"):
        keeping.kept(Keep(str(picture), str(mask)), scene, tiny)
    with pytest.raises(BadInput, match="not there"):
        keeping.kept(Keep(str(tmp_path / "gone.png"), str(mask)), scene, tiny)
    with pytest.raises(BadInput, match="cannot be read"):
        keeping.kept(Keep(str(broken), str(mask)), scene, tiny)
    with pytest.raises(BadInput, match="mask"):
        keeping.kept(Keep(str(picture), str(broken)), scene, tiny)
