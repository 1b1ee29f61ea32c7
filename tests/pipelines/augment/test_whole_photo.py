from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.augment.whole_photo import WholePhoto
from tests.pipelines.steps import examples, kit, shot


@pytest.fixture
def placed(tiny, tmp_path):
    """Two photos of 120 x 96 pixels: their cuts, what the technique makes of them, and the technique."""

    def make(masked=True):
        subject, one = shot(tmp_path, count=2, masked=masked), WholePhoto()
        cuts = examples(tiny, subject)
        return cuts, one.prepare(cuts, kit(tiny, (subject,))), one

    return make


def draws(one, example, count=60):
    return [one.draw(example, [], np.random.default_rng(k)) for k in range(count)]


def test_every_second_example_is_a_whole_photo(placed):
    cuts, found, one = placed()
    assert list(found[:2]) == cuts and len(found) == 4 and all(one.draw(cut, [], None) is cut for cut in cuts)
    assert len({example.source for example in found}) == 4, "each is drawn, and encoded, as a picture of its own"


def test_all_of_it_lies_somewhere_on_black_and_its_mask_with_it(placed):
    """64 pixels wide and 51 high: it fills the width, and moves up and down as far as it can."""
    _, (*_, whole), one = placed()
    photo = Image.open(whole.source.removesuffix(", whole")).convert("RGB").resize((64, 51), Image.LANCZOS)
    photo = torch.from_numpy(np.array(photo)).permute(2, 0, 1) / 255
    mask = whole.masks["<tom>"]
    begins = set()
    for view in draws(one, whole):
        top = int(view.pixels.amax((0, 2)).nonzero()[0])
        torch.testing.assert_close(view.pixels[:, top : top + 51], photo)
        assert not view.pixels[:, :top].any() and not view.pixels[:, top + 51 :].any()
        assert torch.equal(view.masks["<tom>"][top : top + 51], mask[6:57]) and view.masks["<tom>"].sum() == mask.sum()
        assert view is whole or view.posterior is None
        begins.add(top)
    assert min(begins) <= 2 and max(begins) >= 11 and 6 < len(begins) <= 14


def test_only_the_photo_counts_where_nobody_marked_it(placed):
    _, (*_, whole), one = placed(masked=False)
    for view in draws(one, whole, 5):
        mask = view.masks["<tom>"]
        assert set(mask.unique().tolist()) == {0.0, 1.0} and mask.sum() == 51 * 64
        assert not view.pixels[:, mask == 0].any()


def test_class_images_are_left_alone(placed, tiny, tmp_path):
    cuts, _, one = placed()
    prior = replace(cuts[0], role="prior", source="class")
    assert one.prepare([prior], kit(tiny, (shot(tmp_path),))) == [prior] and one.draw(prior, [], None) is prior
