"""Every kind of photo goes in upright, plain and once; everything else is refused with a sentence that names it."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms, ImageOps

from app.ingest import ingest
from pipelines.errors import BadInput

QUADRANTS = np.zeros((48, 64, 3), np.uint8)
QUADRANTS[:24, :32], QUADRANTS[:24, 32:], QUADRANTS[24:, :32] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
"""Red, green over blue, black: no turn or flip leaves it as it is."""


def encoded(picture: Image.Image, kind: str, **how) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def taken_in(data: bytes, name: str = "") -> np.ndarray:
    photo = ingest(data, name)
    with Image.open(io.BytesIO(photo.png)) as stored:
        assert stored.format == "PNG" and stored.mode == "RGB" and not stored.info
        assert (photo.width, photo.height) == stored.size
        return np.asarray(stored)


def opened(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_phone_photo_is_set_upright_whatever_its_orientation_tag(orientation):
    undo = {1: (), 2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (2,), 7: (6,), 8: (4,)}[orientation]
    lying = Image.fromarray(QUADRANTS)
    for turn in undo:
        lying = lying.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    data = encoded(lying, "JPEG", quality=95, exif=exif)
    assert np.abs(taken_in(data).astype(int) - QUADRANTS).mean() < 4
    assert ingest(data).turned == (orientation != 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP"])
def test_the_usual_formats_are_read(kind):
    cat = Image.fromarray(skimage.data.chelsea())
    pixels = taken_in(encoded(cat, kind))
    assert np.abs(pixels.astype(int) - np.asarray(cat)).mean() < 6


def test_a_damaged_avif_is_refused_wherever_the_damage_lies():
    whole, refused = encoded(Image.fromarray(QUADRANTS), "AVIF"), 0
    for at in range(30, len(whole), 4):
        try:
            ingest(whole[:at] + b"\xff" * 4 + whole[at + 4 :])
        except BadInput:
            refused += 1
    assert refused > 20


def test_the_first_view_of_an_mpo_is_taken():
    views = Image.fromarray(skimage.data.astronaut()), Image.new("RGB", (512, 512))
    pixels = taken_in(encoded(views[0], "MPO", save_all=True, append_images=views[1:]))
    assert np.abs(pixels.astype(int) - skimage.data.astronaut()).mean() < 6


def test_cmyk_becomes_rgb():
    pixels = taken_in(encoded(Image.fromarray(QUADRANTS).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(pixels.astype(int) - QUADRANTS).mean() < 6


def test_sixteen_bits_become_eight():
    grey = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    for depth in (grey, np.dstack([grey, grey[::-1], grey[:, ::-1]])):
        pixels = taken_in(cv2.imencode(".png", depth)[1].tobytes())
        wanted = np.dstack([depth] * 3) if depth.ndim == 2 else depth[..., ::-1]
        assert np.abs(pixels - wanted / 257.0).max() <= 1.5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "F"])
def test_every_mode_becomes_rgb(mode):
    ramp = np.tile(np.linspace(0, 255, 64), (48, 1))
    if mode == "I;16":
        picture = Image.fromarray((ramp * 257).astype(np.uint16))
    elif mode == "F":
        picture = Image.fromarray((ramp / 255).astype(np.float32))
    else:
        picture = Image.fromarray(ramp.astype(np.uint8)).convert(mode)
    pixels = taken_in(encoded(picture, "TIFF" if mode == "F" else "PNG"))
    assert pixels[:, :8].mean() < 40 and pixels[:, -8:].mean() > 215


def test_a_cut_out_lands_on_white_and_its_alpha_is_kept_as_a_mask():
    cut = np.zeros((40, 40, 4), np.uint8)
    cut[10:30, 10:30] = (200, 50, 20, 255)
    photo = ingest(encoded(Image.fromarray(cut), "PNG"))
    pixels, mask = opened(photo.png), opened(photo.mask)
    assert (pixels[0, 0] == 255).all() and (pixels[20, 20] == (200, 50, 20)).all()
    assert ((mask > 127) == (cut[..., 3] > 127)).all()


def test_a_photo_under_an_alpha_mask_is_kept_whole():
    cat = skimage.data.chelsea()
    alpha = np.zeros(cat.shape[:2], np.uint8)
    alpha[50:200, 100:300] = 255
    photo = ingest(encoded(Image.fromarray(np.dstack([cat, alpha])), "PNG"))
    assert (opened(photo.png) == cat).all()
    assert ((opened(photo.mask) > 127) == (alpha > 0)).all()


def test_an_opaque_alpha_channel_is_no_mask():
    assert ingest(encoded(Image.fromarray(QUADRANTS).convert("RGBA"), "PNG")).mask is None


def test_colours_are_converted_to_srgb():
    """In a space whose red is our blue and whose blue is our red, the stored colours swap."""
    data = encoded(Image.fromarray(QUADRANTS), "PNG", icc_profile=swapped_profile())
    assert np.abs(taken_in(data).astype(int) - QUADRANTS[..., ::-1]).mean() < 3


def test_an_srgb_or_a_broken_profile_changes_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile at all"):
        assert (taken_in(encoded(Image.fromarray(QUADRANTS), "PNG", icc_profile=profile)) == QUADRANTS).all()


def test_fifty_megapixels_go_in():
    data = encoded(Image.new("RGB", (8192, 6144), (90, 120, 60)), "JPEG")
    assert taken_in(data).shape == (6144, 8192, 3)


def test_equal_pixels_give_equal_bytes_however_they_were_packed():
    picture = Image.fromarray(skimage.data.coffee())
    first = ingest(encoded(picture, "PNG"), "coffee.png")
    second = ingest(encoded(picture, "BMP"), "../../coffee copy.bmp")
    assert first.png == second.png and second.name == "../../coffee copy.bmp"


def film(kind: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), (i * 60, 0, 0)) for i in range(4)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:])


def bomb() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


REFUSED = {
    "nothing.jpg": (lambda: b"", "empty"),
    "notes.jpg": (lambda: b"Dear diary, " * 50, "not a photo"),
    "drawing.svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG"),
    "wave.gif": (lambda: film("GIF"), "GIF"),
    "wave.webp": (lambda: film("WEBP"), "animation"),
    "wave.png": (lambda: film("PNG"), "animation"),
    "paper.pdf": (lambda: b"%PDF-1.7 ...", "PDF"),
    "clip.mp4": (lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(64), "film"),
    "bomb.png": (bomb, "pixels"),
    "big.png": (lambda: encoded(Image.new("L", (9000, 8000)), "PNG"), "72 megapixels"),
    "half.jpg": (lambda: encoded(Image.fromarray(skimage.data.coffee()), "JPEG")[:9000], "the end is missing"),
    "half.png": (lambda: encoded(Image.fromarray(skimage.data.coffee()), "PNG")[:90000], "damaged"),
    "stump.jpg": (lambda: b"\xff\xd8\xff\xe0", "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_with_its_name_and_a_way_out(name):
    make, said = REFUSED[name]
    with pytest.raises(BadInput) as refusal:
        ingest(make(), name)
    assert name in refusal.value.message and said in refusal.value.message and refusal.value.advice


def test_a_file_is_read_from_where_it_lies(tmp_path):
    source = tmp_path / "Grandma's cat.jpeg"
    Image.fromarray(skimage.data.chelsea()).save(source)
    photo = ingest(source)
    assert photo.name == "Grandma's cat.jpeg" and (photo.width, photo.height) == (451, 300)


def test_broken_exif_does_not_cost_the_photo():
    data = encoded(Image.fromarray(QUADRANTS), "JPEG", quality=95, exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff")
    assert np.abs(taken_in(data).astype(int) - QUADRANTS).mean() < 4


def test_orientation_outside_of_jpeg_counts_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = Image.fromarray(QUADRANTS).transpose(Image.Transpose.ROTATE_90)
    for kind in ("PNG", "WEBP"):
        pixels = taken_in(encoded(lying, kind, exif=exif))
        assert np.abs(pixels.astype(int) - QUADRANTS).mean() < 8, kind
    assert ImageOps.exif_transpose(lying).size == (48, 64)


def swapped_profile() -> bytes:
    """A minimal ICC profile (matrix and curves, version 2) of sRGB with its red and blue primaries exchanged."""

    def xyz(x, y, z):
        return b"XYZ " + bytes(4) + struct.pack(">iii", *(round(v * 65536) for v in (x, y, z)))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    words = b"swapped\x00"
    desc = b"desc" + bytes(4) + struct.pack(">I", len(words)) + words + bytes(79)
    tags = {
        b"desc": desc + bytes(-len(desc) % 4),
        b"cprt": b"text" + bytes(4) + b"none",
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.1431, 0.0606, 0.7141),
        b"gXYZ": xyz(0.3851, 0.7169, 0.0971),
        b"bXYZ": xyz(0.4361, 0.2225, 0.0139),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(body), len(value))
        body += value
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">iii", *(round(v * 65536) for v in (0.9642, 1, 0.8249)))
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body
