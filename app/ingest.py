"""Take in any real photo: upright, 8-bit, sRGB, stripped of everything but its pixels."""

import io
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from app.checks import Measured, measure
from pipelines.errors import BadInput

register_heif_opener()

MAX_BYTES = 200 * 2**20
MAX_PIXELS = 64_000_000
"""Phones that say 50 megapixels write up to 8192 by 6144 and a little more."""

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP")
MOVING = ("PNG", "WEBP", "AVIF")
"""Formats whose further frames are a film; those of a HEIC or of a stereo JPEG (MPO) are views, depths and bursts."""

_one_at_a_time = threading.Lock()
"""Decoding fifty megapixels takes half a gigabyte, so photos pass one after the other."""


@dataclass(frozen=True)
class Ingested:
    """One photo that was taken in.

    Args:
        png: the upright photo as an 8-bit RGB PNG that holds nothing but its pixels.
        width, height: pixels of the upright photo.
        name: what the file was called where it came from; only ever text, never part of a path.
        mask: a proposal made from the transparency, an 8-bit grey PNG of the photo's size (white = opaque), or None.
        turned: whether the camera's orientation tag made it turn or flip.
        measured: what the checks need to know of its pixels.
    """

    png: bytes
    width: int
    height: int
    name: str
    mask: bytes | None
    turned: bool
    measured: Measured


def ingest(source: Path | str | bytes, name: str = "") -> Ingested:
    """Read a photo of any kind and make it an upright 8-bit RGB PNG in sRGB.

    Orientation is baked in, EXIF, GPS and comments are dropped, transparency becomes a mask proposal. Equal pixels
    give equal bytes, so the photo may be named by its hash.

    Raises:
        BadInput: when the file is no photo, moves, is damaged, or is larger than can be handled; says which and why.
    """
    if not isinstance(source, bytes):
        name = name or Path(source).name
        if Path(source).stat().st_size > MAX_BYTES:
            raise BadInput(f"{name} is larger than {MAX_BYTES >> 20} MB.", "Save it as a JPEG and add it again.")
        source = Path(source).read_bytes()
    name = name or "The photo"
    with _one_at_a_time:
        upright, alpha, turned = _upright(_open(source, name), name)
        mask = as_png(alpha) if alpha else None
        return Ingested(as_png(upright), *upright.size, name, mask, turned, measure(upright))


def as_png(image: Image.Image) -> bytes:
    """The image as PNG bytes, packed lightly: 50 megapixels take about two seconds."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _open(data: bytes, name: str) -> Image.Image:
    """Look at the header only: what it is, whether it moves, how large it would become."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise BadInput(f"{name} has too many pixels.", f"Scale it below {MAX_PIXELS // 10**6} megapixels.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, RuntimeError):
        raise _not_a_photo(data, name) from None
    width, height = picture.size
    if width * height > MAX_PIXELS:
        size = f"{width * height / 1e6:.0f} megapixels"
        raise BadInput(f"{name} has {size}.", f"Scale it below {MAX_PIXELS // 10**6} and add it again.")
    if picture.format in MOVING and getattr(picture, "n_frames", 1) > 1:
        raise BadInput(f"{name} is an animation of {picture.n_frames} frames.", "Save the best frame as a JPEG.")
    if picture.format == "TIFF" and 50706 in picture.tag_v2:  # DNGVersion: the first image inside is a thumbnail
        raise BadInput(f"{name} is a raw photo.", "Export it from the camera's program as a JPEG.")
    return picture


def _not_a_photo(data: bytes, name: str) -> BadInput:
    """Name what it is instead, where the first bytes tell."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        return BadInput(f"{name} is empty.", "Copy it again from where it came.")
    if head.startswith(b"gif8"):
        return BadInput(f"{name} is a GIF.", "Save the frame you want as a PNG or a JPEG.")
    if b"<svg" in head or head.startswith(b"<?xml"):
        return BadInput(f"{name} is a drawing (SVG), not a photo.", "Export it as a PNG.")
    if head.startswith(b"%pdf"):
        return BadInput(f"{name} is a PDF.", "Save the picture inside it as a PNG or a JPEG.")
    if head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3".lower()):
        return BadInput(f"{name} is a film, or a photo format not known here.", "Save the frame you want as a JPEG.")
    if head.startswith((b"\xff\xd8\xff", b"\x89png", b"riff")):
        return BadInput(f"{name} is damaged: its header cannot be read.", "Copy it again from where it came.")
    return BadInput(f"{name} is not a photo.", "JPEG, PNG, WebP, HEIC, AVIF, TIFF and BMP can be read.")


def _upright(picture: Image.Image, name: str) -> tuple[Image.Image, Image.Image | None, bool]:
    """Decode, turn, and split into RGB colours and, where there is transparency, opacity (mode L, 255 = opaque)."""
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError, RuntimeError, EOFError, MemoryError) as error:
        raise BadInput(f"{name} is damaged: {_reason(error)}.", "Copy it again from where it came.") from error
    profile = picture.info.get("icc_profile")
    upright, turned = _turn(picture)
    alpha = _opacity(upright)
    colours = _to_srgb(upright, profile)
    if alpha is not None and not _photo_below(colours, alpha):
        colours = Image.composite(colours, Image.new("RGB", colours.size, "white"), alpha)
    colours.info.clear()
    return colours, alpha, turned


def _turn(picture: Image.Image) -> tuple[Image.Image, bool]:
    """Set it upright as its orientation tag says, and whether the tag said anything."""
    try:
        return ImageOps.exif_transpose(picture), picture.getexif().get(0x0112, 1) not in (0, 1)
    except Exception:  # any nonsense may stand in a broken EXIF block; the pixels are good all the same
        return picture, False


def _reason(error: BaseException) -> str:
    said = str(error).lower()
    return "the end is missing" if "truncated" in said or isinstance(error, EOFError) else "its data cannot be decoded"


def _opacity(picture: Image.Image) -> Image.Image | None:
    """How opaque each pixel is; None where everything, or nothing, is to be seen."""
    if not picture.has_transparency_data:
        return None
    alpha = picture.convert("RGBA").getchannel("A")
    low, high = alpha.getextrema()
    return None if low > 250 or high < 5 else alpha


def _photo_below(colours: Image.Image, alpha: Image.Image) -> bool:
    """Whether there is a picture under the transparent part (alpha only marks what matters), or filler (a cut-out)."""
    small = (256, 256)
    hidden = np.asarray(colours.resize(small, Image.NEAREST))[np.asarray(alpha.resize(small, Image.NEAREST)) == 0]
    return len(hidden) > 0 and float(hidden.std(axis=0).max()) > 8


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Any mode to 8-bit RGB, through the embedded colour profile where one fits."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _eight_bit(picture)
    if picture.mode in ("P", "PA", "RGBa", "1"):
        picture = picture.convert("RGBA" if picture.mode != "1" else "L")
    if picture.mode in ("RGBA", "RGBX"):
        picture = picture.convert("RGB")
    if picture.mode in ("LA", "La"):
        picture = picture.getchannel("L")
    if profile and picture.mode in ("RGB", "CMYK", "L", "LAB"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source) or picture.mode != "RGB":
                return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that does not fit its picture: the plain conversion below is the best guess
    return picture.convert("RGB")


def _eight_bit(picture: Image.Image) -> Image.Image:
    """16-bit and floating-point greys, by the range the format means: 0 to 65535, or 0 to 1."""
    values = np.asarray(picture).astype(np.float64)
    top = 65535.0 if picture.mode.startswith("I") else max(1.0, float(values.max(initial=0)))
    return Image.fromarray((np.clip(values / top, 0, 1) * 255 + 0.5).astype(np.uint8))
