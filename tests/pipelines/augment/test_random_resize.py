import numpy as np
import pytest
import torch

from pipelines.augment.random_resize import RandomResize
from tests.pipelines.steps import examples, kit, shot


@pytest.fixture
def photo(tiny, tmp_path):
    subject = shot(tmp_path, count=1)
    return examples(tiny, subject)[0], kit(tiny, (subject,))


def views(photo, **settings):
    example, tools = photo
    one = RandomResize(**settings)
    one.prepare([example], tools)
    return [one.draw(example, [example], np.random.default_rng(k)) for k in range(12)]


def test_smaller_photos_lie_on_grey_and_only_they_count(photo):
    for view in views(photo, share=1.0, subject=False):
        mask = view.masks["<tom>"]
        rows, columns = mask.amax(1).nonzero()[:, 0], mask.amax(0).nonzero()[:, 0]
        high = int(rows[-1] - rows[0]) + 1
        assert mask.sum() == high**2 == (int(columns[-1] - columns[0]) + 1) ** 2, "one square"
        outside = torch.ones(64, 64, dtype=torch.bool)
        outside[max(0, rows[0] - 8) : rows[-1] + 9, max(0, columns[0] - 8) : columns[-1] + 9] = False
        assert outside.sum() == 64**2 - (high + 16) ** 2, "a cell inside the photo's edge, on every side"
        assert (view.pixels[:, outside] == 0.5).all()
        said = view.prompt.startswith(("a far away ", "very small "))
        assert said == (high + 16 < 0.6 * 64) or abs(high + 16 - 0.6 * 64) < 1


def test_closer_photos_fill_the_picture(photo):
    for view in views(photo, share=0.0, subject=False):
        assert (view.masks["<tom>"] == 1).all() and view.pixels.shape == (3, 64, 64)
        assert view.prompt.startswith(("zoomed in ", "close up "))


def test_the_subjects_own_mask_narrows_what_counts(photo):
    for share in (0.0, 1.0):
        whole, narrow = (
            torch.stack([view.masks["<tom>"] for view in views(photo, share=share, subject=subject)])
            for subject in (False, True)
        )
        assert narrow.sum((1, 2)).min() > 0 and narrow.sum() < 0.95 * whole.sum()
        assert share == 0.0 or (narrow <= whole).all()


def test_there_are_only_so_many_views(photo):
    assert len({view.pixels.numpy().tobytes() for view in views(photo, views=2)}) == 2
