"""The toy world is the same everywhere, tells the truth about itself, and is drawn quickly."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from pipelines import toybox

# Stored once; the same bytes must come out of every process on every machine.
HASHES = {
    0: "77f2663481e31762",
    2: "d6f3dcd8765eddab",
    4: "88dd4c63501e3ba9",
    6: "9e5c61204ba14b4a",
    8: "dc0151519479b95b",
    10: "17ab011dbb611622",
    12: "e17214c8c1669113",
    14: "f71fc17e553355ad",
    16: "9c5ec53b6dfdc69e",
    18: "dc3d2377a184ac68",
    20: "175304688019c071",
    22: "d36b17fb0e32e8b5",
    24: "6320a3fd963b0ba5",
    26: "2a5a44583418dd80",
    28: "df720973232ce66a",
    30: "64ef711a3f336577",
    32: "275f23c73d0a217e",
    34: "b91fef1c1c84a0a5",
    36: "00a8a6164f0f8b28",
    38: "70bdf23b60450d9f",
    40: "c548865d833cd85e",
    42: "e49cd64a390988dc",
    44: "b20500d07c5d3dec",
    46: "732b747375831c49",
    78: "24ff5c21bf018c99",  # four things
    188: "1eaf12df26eeadee",  # three
    199: "da689640f3772f2c",  # three, one behind the others
}


def _digest(seed: int) -> str:
    return hashlib.sha256(toybox.render(toybox.draw(seed)).pixels.tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("seed", sorted(HASHES))
def test_a_seed_is_the_same_picture_everywhere(seed):
    assert _digest(seed) == HASHES[seed]


def test_another_process_draws_the_same():
    code = (
        "import hashlib; from pipelines import toybox;"
        "print(hashlib.sha256(toybox.render(toybox.draw(11)).pixels.tobytes()).hexdigest()[:16])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert out == _digest(11)


@pytest.mark.parametrize("seed", range(40))
def test_masks_and_boxes_are_exact(seed):
    picture = toybox.render(toybox.draw(seed))
    assert picture.pixels.shape == (128, 128, 3) and picture.pixels.dtype == np.uint8
    assert picture.masks.sum(0).max() <= 1, "no pixel shows two things"
    for mask, box in zip(picture.masks, picture.boxes, strict=True):
        rows, cols = np.nonzero(mask)
        assert tuple(box) == (cols.min(), rows.min(), cols.max() + 1, rows.max() + 1)


def test_a_thing_alone_fills_the_frame():
    shares = []
    for seed in range(60):
        x0, y0, x1, y1 = toybox.render(toybox.draw(seed, count=1)).boxes[0]
        shares.append(max(x1 - x0, y1 - y0) / 128)
    assert np.mean(shares) > 0.7 and min(shares) > 0.5


def test_the_mask_is_the_thing():
    """Where the mask says background, taking the thing away changes only its shadow and soft edge."""
    from dataclasses import replace

    scene = toybox.draw(4, count=2, style="photo")
    alone = toybox.render(replace(scene, things=scene.things[:1], relation=""))
    both = toybox.render(scene)
    visible = both.masks[0]
    inner = visible.copy()
    for axis in (0, 1):
        inner &= np.roll(visible, 2, axis) & np.roll(visible, -2, axis)
    assert inner.sum() > 200
    assert (both.pixels[inner] == alone.pixels[inner]).all()


def test_sides_are_as_said():
    for seed in range(200):
        scene = toybox.draw(seed, count=2)
        if scene.relation != "beside":
            continue
        boxes = toybox.render(scene).boxes
        centres = (boxes[:, 0] + boxes[:, 2]) / 2
        assert (centres[0] < centres[1]) == (scene.things[0].at[0] < scene.things[1].at[0])


@pytest.mark.parametrize("count", (2, 3, 4))
def test_behind_and_on_are_seen(count):
    seen = set()
    for seed in range(24):
        scene = toybox.draw(seed, "validation", count=count)
        if scene.relation == "beside" or any(t.pose == "jumping" for t in scene.things):
            continue
        seen.add(scene.relation)
        boxes = toybox.render(scene).boxes
        first, second = boxes[:2]
        if scene.relation == "behind":
            assert all(first[3] < other[3] for other in boxes[1:]), "what is behind stands higher in the picture"
        else:
            assert second[3] < first[3], "what stands on it begins higher"
            assert first[0] < (second[0] + second[2]) / 2 < first[2]
    assert seen == {"behind", "on"}


@pytest.mark.parametrize("style", toybox.STYLES[1:])
def test_a_style_changes_the_picture_and_not_the_truth(style):
    from dataclasses import replace

    scene = toybox.draw(3, style="photo")
    photo, other = toybox.render(scene), toybox.render(replace(scene, style=style))
    assert (photo.masks == other.masks).all()
    assert np.abs(photo.pixels.astype(int) - other.pixels).mean() > 4


def test_any_size_shows_the_same_scene():
    scene = toybox.draw(5, count=1)
    small, large = toybox.render(scene, 64), toybox.render(scene, 256)
    assert np.abs(small.boxes / 64 - large.boxes / 256).max() < 0.05
