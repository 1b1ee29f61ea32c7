import base64
import io

import numpy as np
import torch
from PIL import Image

from pipelines import sample
from pipelines.heat import SIDE, Heat, _png
from pipelines.spec import Region, Scene
from tests.pipelines.probes import ask

LEFT, RIGHT = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)


def heated(tiny, scene):
    heat = Heat(64, 64)
    scene = sample.settled(scene, tiny, lambda *said: None)
    return sample.make(scene, tiny, sample.Cast(), heat=heat), heat


def grey(one):
    with Image.open(io.BytesIO(base64.b64decode(one["image"]))) as image:
        return np.asarray(image)


def test_listening_changes_nothing_and_draws_every_region(tiny):
    scene = Scene("a", regions=(Region(LEFT, "a cat"), Region((0, 0, 0, 0), "b"), Region(RIGHT, "a dog")), steps=2)
    latents, heat = heated(tiny, scene)
    assert torch.equal(latents, sample.make(sample.settled(scene, tiny, lambda *said: None), tiny))
    maps = heat.maps()
    assert [one["number"] for one in maps] == [1, 3]
    assert all(grey(one).shape == (SIDE, SIDE) and grey(one).max() == 255 for one in maps)
    assert (grey(maps[0]) != grey(maps[1])).any()


def test_a_step_has_a_map_of_its_own_and_all_have_their_mean(tiny):
    """Against a second run that forgets what it heard after every step, which no picture needs."""
    scene = sample.settled(Scene("a", regions=(Region(LEFT, "a cat"),), steps=3), tiny, lambda *said: None)
    heat, told, sums = Heat(64, 64), [], []
    sample.make(scene, tiny, sample.Cast(), lambda done, clean: told.append(heat.maps()), heat)
    fresh = Heat(64, 64)
    sample.make(scene, tiny, sample.Cast(), lambda done, clean: (sums.append(fresh._sums.pop(1)),), fresh)
    assert len(told) == len(sums) == 3
    for (one,), alone in zip(told, sums, strict=True):
        assert abs(grey({"image": one["now"]}).astype(int) - grey({"image": _png(alone)})).max() <= 1
    assert abs(grey(told[-1][0]).astype(int) - grey({"image": _png(sum(sums))})).max() <= 1
    assert told[0][0]["now"] == told[0][0]["image"] and told[2][0]["now"] != told[2][0]["image"]


def test_more_words_than_fit_are_sought_as_far_as_they_fit(tiny):
    scene = Scene("a", regions=(Region(LEFT, "a cat " * 60),), steps=1)
    _, heat = heated(tiny, scene)
    assert heat.sought[0].positions == tuple(range(1, 76)) and len(heat.maps()) == 1


def test_without_regions_only_taught_words_are_sought(tiny):
    assert heated(tiny, Scene("a cat", steps=1))[1].maps() == ()


def test_the_map_is_the_share_that_attention_gives_the_words(tiny):
    """One call: the mean over the sites of one grid equals what recording tells of the same words."""
    heat = Heat(64, 64)
    scene = sample.settled(Scene("a", regions=(Region((0.0, 0.0, 1.0, 1.0), "cat"),), scale=1.0), tiny, lambda *s: None)
    with sample.performing(scene, tiny, sample.Cast(), [heat]) as (at, _):
        heat.seek(at)
        (one,) = heat.sought
        assert one.positions == (1, 2, 3)
        with at.stage.recording() as maps:
            ask(tiny, "cat", at.stage)
    wanted = 0
    for name, (shares,) in maps.items():
        if "attn2" in name:
            side = round(shares.shape[2] ** 0.5)
            seen = shares[-1, :, :, 1:4].sum(-1).mean(0).view(1, 1, side, side)
            wanted = wanted + torch.nn.functional.interpolate(seen, (SIDE, SIDE), mode="bilinear")[0, 0]
    torch.testing.assert_close(heat._sums[1], wanted)
