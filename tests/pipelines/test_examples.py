from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.errors import BadInput, EmptyMask
from pipelines.examples import gather, on_grid, said, square
from pipelines.spec import Photo, Subject
from tests.pipelines.steps import kit, shot


def drawn(folder, mask=None, size=(120, 96)):
    """A subject with one photo, and the mask given."""
    image, outline = folder / "p.png", folder / "m.png"
    Image.new("RGB", size, (90, 30, 30)).save(image)
    if mask is not None:
        Image.fromarray(mask).save(outline)
    return Subject("c", "Tom", "cat", "<tom>", (Photo(str(image), str(outline) if mask is not None else None),))


def test_photo_and_mask_are_cut_alike(tmp_path):
    """The square has one colour where it is masked, and noise around it."""
    subject = shot(tmp_path)
    for k, example in enumerate(gather([subject], 64)):
        mask = example.mask()
        away = (example.pixels - torch.tensor([40 * k + 50, 120, 30])[:, None, None] / 255).abs().mean(0)
        assert example.pixels.shape == (3, 64, 64) and mask.shape == (64, 64)
        assert away[mask > 0.99].mean() < 0.02 and away[mask < 0.01].mean() > 0.15 and example.masks.keys() == {"<tom>"}


@pytest.mark.parametrize("box", [(0, 0, 30, 30), (90, 66, 120, 96), (40, 10, 60, 80)])
def test_the_square_shows_the_subject_and_stays_inside_the_photo(box):
    mask = np.zeros((96, 120), bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    left, top, right, bottom = square(120, 96, mask, 32)
    assert right - left == bottom - top and left >= 0 and top >= 0 and right <= 120 and bottom <= 96
    assert left <= box[0] and right >= box[2] and top <= box[1] and bottom >= box[3]


def test_without_a_mask_it_is_the_middle():
    assert square(120, 96, None, 32) == (12, 0, 108, 96)


def test_a_small_thing_is_never_blown_up():
    mask = np.zeros((400, 400), bool)
    mask[200:204, 200:204] = True
    left, _, right, _ = square(400, 400, mask, 128)
    assert right - left == 128


def test_masks_that_show_nothing_or_everything_are_refused(tmp_path):
    empty = np.zeros((96, 120), np.uint8)
    with pytest.raises(EmptyMask, match="empty"):
        gather([drawn(tmp_path, empty)], 64)
    with pytest.raises(EmptyMask, match="whole photo"):
        gather([drawn(tmp_path, empty + 255)], 64)
    with pytest.raises(BadInput, match="another size"):
        gather([drawn(tmp_path, np.full((20, 20), 255, np.uint8))], 64)


def test_a_photo_that_is_none_is_named(tmp_path):
    subject = drawn(tmp_path)
    (tmp_path / "p.png").write_bytes(b"nothing")
    with pytest.raises(BadInput, match="p.png"):
        gather([subject], 64)


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("", "a photo of <tom> cat"),
        ("a cat on grass", "a <tom> cat on grass"),
        ("in a catalogue, a Cat asleep", "in a catalogue, a <tom> cat asleep"),
        ("<tom> cat asleep", "<tom> cat asleep"),
        ("asleep in the sun", "a photo of <tom> cat, asleep in the sun"),
    ],
)
def test_what_is_said_holds_the_word(caption, wanted):
    assert said(Subject("c", "Tom", "cat", "<tom>"), caption) == wanted


def test_a_word_inside_another_is_not_said_yet():
    """A trigger without brackets, in a caption: the model would not hear it there."""
    subject = Subject("c", "Tom", "cat", "tom")
    assert said(subject, "a cat and a tomato") == "a tom cat and a tomato"
    assert said(subject, "Tom, the cat") == "Tom, the cat"


def test_a_cell_of_the_grid_holds_the_share_of_its_pixels():
    mask = torch.zeros(1, 16, 16)
    mask[0, :8, :4] = 1
    assert on_grid(mask, 2, 2).tolist() == [[[0.5, 0], [0, 0]]]


def test_latents_are_encoded_once_and_kept_by_content(tiny, tmp_path, monkeypatch):
    subject, asked, encode = shot(tmp_path), [], tiny.posterior
    monkeypatch.setattr(tiny, "posterior", lambda pixels: asked.append(1) or encode(pixels))
    found = gather([subject], tiny.size)
    first = kit(tiny, (subject,), tmp_path / "cache").develop(found, keep=True)
    again = kit(tiny, (subject,), tmp_path / "cache").develop(found)
    assert len(asked) == 3 and all(torch.equal(a.posterior, b.posterior) for a, b in zip(first, again, strict=True))
    kit(tiny, (subject,), tmp_path / "cache").develop([replace(found[0], pixels=1 - found[0].pixels)])
    assert len(asked) == 4
