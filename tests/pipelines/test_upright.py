"""A photo is taught, compared with and scored as people see it."""

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import examples
from pipelines.album import pixels
from pipelines.published import photos
from pipelines.spec import Photo, Subject
from pipelines.upright import upright

SIDEWAYS = 6
"""What a camera writes that was held upright: turn the pixels a quarter clockwise."""


def held(path, picture: Image.Image, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(path, exif=exif)
    return path


@pytest.fixture
def scene() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 40, 3), dtype=np.uint8))


def test_what_a_camera_says_of_how_it_was_held_counts(scene, tmp_path):
    turned = held(tmp_path / "turned.png", scene.transpose(Image.Transpose.ROTATE_90), SIDEWAYS)
    plain = tmp_path / "plain.png"
    scene.save(plain)
    assert np.array_equal(upright(turned), scene) and np.array_equal(upright(plain), scene)
    taught, same = (
        examples.gather([Subject("a", "A", "cat", "<a>", (Photo(str(path)),))], 32)[0].pixels
        for path in (turned, plain)
    )
    assert torch.equal(taught, same)
    assert np.array_equal(photos.opened(str(turned)), photos.opened(str(plain)))


def test_what_cannot_be_seen_is_white_and_sixteen_bits_are_eight(tmp_path):
    clear = Image.new("RGBA", (4, 4), (200, 0, 0, 0))
    clear.putpixel((0, 0), (10, 20, 30, 255))
    clear.save(tmp_path / "clear.png")
    seen = pixels([tmp_path / "clear.png"])[0] * 255
    assert seen[:, 0, 0].tolist() == pytest.approx([10, 20, 30]) and seen[:, 3, 3].tolist() == pytest.approx([255] * 3)
    Image.fromarray(np.array([[0, 257 * 100], [65535, 257]], dtype=np.uint16)).save(tmp_path / "deep.png")
    assert np.asarray(upright(tmp_path / "deep.png"))[..., 0].tolist() == [[0, 100], [255, 1]]
