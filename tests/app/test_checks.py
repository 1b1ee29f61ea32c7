"""Photos that would spoil the learning are named, and only those."""

import io

import pytest
import skimage.data
from PIL import Image, ImageEnhance, ImageFilter

from app.checks import BLURRED, SAME, distance, look, measure
from app.settings import ROOT

PHOTOS = {name: Image.fromarray(getattr(skimage.data, name)()) for name in ("astronaut", "chelsea", "coffee", "rocket")}
SAMPLES = ROOT / "assets" / "samples"
SHOTS = ROOT.parent / "shared" / "data" / "photos" / "dreambooth"


def again(photo: Image.Image) -> Image.Image:
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=40)
    return Image.open(file)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_same_view_is_recognised_after_compression_scaling_and_light(name):
    photo = PHOTOS[name]
    half = photo.resize((photo.width // 2, photo.height // 2))
    for copy in (again(photo), half, ImageEnhance.Brightness(photo).enhance(1.2)):
        assert distance(measure(photo).fingerprint, measure(copy).fingerprint) < SAME


def test_different_photos_are_far_apart():
    prints = [measure(photo).fingerprint for photo in PHOTOS.values()]
    assert min(distance(a, b) for i, a in enumerate(prints) for b in prints[:i]) > 2 * SAME


@pytest.mark.parametrize("name", PHOTOS)
def test_blur_is_seen_and_sharp_photos_pass(name):
    photo = PHOTOS[name]
    assert measure(photo).sharpness > BLURRED
    assert measure(photo.filter(ImageFilter.GaussianBlur(photo.width / 150))).sharpness < BLURRED


def test_a_soft_background_is_not_blur():
    photo = PHOTOS["chelsea"]
    soft = photo.filter(ImageFilter.GaussianBlur(6))
    soft.paste(photo.crop((120, 60, 300, 220)), (120, 60))
    assert measure(soft).sharpness > BLURRED


def test_findings_are_sentences_with_a_fix_that_acts_on_the_later_photo():
    cat = PHOTOS["chelsea"]
    photos = [measure(p) for p in (cat, PHOTOS["coffee"], again(cat), cat.resize((90, 60)))]
    found = look(photos, turned=(1,))
    assert [(f.kind, f.photos) for f in found] == [
        ("same", (0, 2)),
        ("same", (0, 3)),
        ("small", (3,)),
        ("turned", (1,)),
    ]
    assert found[0].said == "Photos 1 and 3 are nearly the same." and found[0].fix == "Remove 3"
    assert found[2].said == "Photo 4 is small: 90 × 60 pixels."


def test_a_tiny_photo_is_measured_too():
    assert measure(Image.new("RGB", (3, 2))).sharpness == 0


@pytest.mark.parametrize(
    "shoot", [*(SAMPLES / name for name in ("comet", "dot", "juno", "pip")), *sorted(SHOTS.glob("*"))],
    ids=lambda shoot: shoot.name,
)  # fmt: skip
def test_no_honest_photo_shoot_is_accused(shoot):
    """Those that came with the studio, and the DreamBooth photos, where they lie beside the repository."""
    photos = [measure(Image.open(file)) for file in sorted(shoot.iterdir()) if file.suffix in (".png", ".jpg")]
    assert len(photos) >= 4 and not look(photos)
