from dataclasses import replace

import numpy as np
import torch

from pipelines.augment.photometric import Photometric
from pipelines.examples import Example


def photo():
    pixels = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0)) * 0.6 + 0.2
    return Example("a", pixels, {"<tom>": torch.ones(16, 16)}, posterior=torch.zeros(2, 4, 2, 2))


def drawn(count=200, **settings):
    one = Photometric(**settings)
    return [one.draw(photo(), [], np.random.default_rng(k)) for k in range(count)]


def test_nothing_to_change_changes_nothing():
    (one,) = drawn(1, light=0.0, hue=0.0, grey=0.0)
    torch.testing.assert_close(one.pixels, photo().pixels, atol=1e-4, rtol=0)


def test_light_goes_as_far_as_asked_and_no_further():
    means = [float(one.pixels.mean() / photo().pixels.mean()) for one in drawn(hue=0.0, grey=0.0)]
    assert 0.79 < min(means) < 0.85 and 1.15 < max(means) < 1.21


def test_grey_comes_as_often_as_asked():
    grey = [one for one in drawn(400, grey=0.1) if (one.pixels.amax(0) - one.pixels.amin(0)).max() < 0.01]
    assert 20 <= len(grey) <= 65  # 40 expected


def test_hue_turns_and_grey_things_stay():
    """A third of the circle makes red things green; what has no hue has nothing to turn."""
    red = replace(photo(), pixels=torch.tensor([0.8, 0.2, 0.2])[:, None, None].expand(3, 4, 4))
    one = Photometric(light=0.0, hue=0.05, grey=0.0)
    turned = {int(one.draw(red, [], np.random.default_rng(k)).pixels[1, 0, 0] * 100) for k in range(40)}
    assert len(turned) > 8 and min(turned) < 20 < max(turned)
    flat = replace(photo(), pixels=torch.full((3, 4, 4), 0.4))
    assert torch.allclose(one.draw(flat, [], np.random.default_rng(0)).pixels, flat.pixels, atol=1e-3)


def test_masks_stay_and_class_images_are_left_alone():
    (one,) = drawn(1)
    assert torch.equal(one.masks["<tom>"], photo().masks["<tom>"]) and one.posterior is None
    other = replace(photo(), role="prior")
    assert Photometric().draw(other, [], np.random.default_rng(0)) is other
