"""Layouts leave the page: as regions of a scene for the sampler, and as a file with its masks as pictures in it."""

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from components.layout import ALIEN, WIDEST, check, label
from pipelines.errors import BadInput
from pipelines.spec import Region

GRID = 512  # pixels along the longer side of a mask written for the sampler


def cells(mask: Mapping[str, Any]) -> np.ndarray:
    """The cells of a mask, (h, w) bool, True inside."""
    values = np.arange(len(mask["data"])) % 2 == 1
    return np.repeat(values, mask["data"]).reshape(mask["h"], mask["w"])


def runs(inside: np.ndarray) -> dict[str, Any]:
    """The reverse: (h, w) bool to a mask value."""
    flat = inside.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    data = np.diff(bounds).tolist()
    return {"enc": "rle", "w": inside.shape[1], "h": inside.shape[0], "data": ([0] if flat[0] else []) + data}


def frame(aspect: str, longer: int) -> tuple[int, int]:
    """Width and height of a picture of this shape whose longer side is `longer`."""
    across, down = map(int, aspect.split(":"))
    scale = longer / max(across, down)
    return max(1, round(across * scale)), max(1, round(down * scale))


def to_regions(value: Any, artefacts: Mapping[str, str], folder: Path) -> tuple[Region, ...]:
    """The regions that are not hidden, the last the nearest; drawn shapes become mask pictures in `folder`.

    `artefacts` maps the keys that regions name to artefact files. A mask picture has the whole picture's shape,
    255 inside; it is named by its content and written once.

    Raises:
        BadInput: for a value that is no layout, or a subject that `artefacts` does not know.
    """
    layout = check(value)
    made = []
    for one in layout["regions"]:
        if one["hidden"]:
            continue
        key = one["subject"]
        if key is not None and key not in artefacts:
            raise BadInput(
                f"The subject of region {label(one['number'])} is not here any more.", "Choose another for it."
            )
        mask = _written(one, layout["canvas"]["aspect"], folder) if one["mask"] else None
        spoken = {name: one[name] for name in ("prompt", "negative", "strength", "feather", "start", "stop")}
        made.append(Region(box=tuple(one["box"]), artefact=artefacts[key] if key else None, mask=mask, **spoken))
    return tuple(made)


def _written(one: Mapping[str, Any], aspect: str, folder: Path) -> str:
    return kept(_page(one, aspect), folder)


def kept(page: Image.Image, folder: Path) -> str:
    """The file of a mask picture, named by its content and written once."""
    picture = _png(page)
    path = folder / f"{hashlib.sha256(picture).hexdigest()[:24]}.png"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(picture)
        part.replace(path)
    return str(path)


def _page(one: Mapping[str, Any], aspect: str) -> Image.Image:
    """A region drawn white on a page of the picture's shape."""
    width, height = frame(aspect, GRID)
    x0, y0, x1, y1 = (round(v * s) for v, s in zip(_corners(one["box"]), (width, height) * 2, strict=True))
    size = max(x1 - x0, 1), max(y1 - y0, 1)
    page = Image.new("L", (width, height))
    page.paste(
        _image(one["mask"]).resize(size, Image.Resampling.NEAREST) if one["mask"] else 255,
        (x0, y0, x0 + size[0], y0 + size[1]),
    )
    return page


def area(regions: Sequence[Mapping[str, Any]], aspect: str, margin: float) -> Image.Image:
    """Where any of the regions is, soft edges included, and `margin` (a share of the width) round it: a mask picture,
    255 inside."""
    width, height = frame(aspect, GRID)
    whole = Image.new("L", (width, height))
    for one in regions:
        reach = round((margin + one["feather"]) * width)
        grown = _page(one, aspect).filter(ImageFilter.BoxBlur(reach)).point(lambda v: 255 if v else 0)
        whole = ImageChops.lighter(whole, grown)
    return whole


def shape_of(path: str, box: tuple[float, float, float, float]) -> dict[str, Any] | None:
    """The reverse: what a mask picture holds inside a box, as a mask value; None when it fills it or is unreadable."""
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            cut = picture.convert("L").crop(
                tuple(round(v * s) for v, s in zip(_corners(box), (width, height) * 2, strict=True))
            )
    except (OSError, ValueError):
        return None
    cut.thumbnail((WIDEST, WIDEST), Image.Resampling.NEAREST)
    inside = np.asarray(cut) > 127
    return None if inside.size == 0 or inside.all() else runs(inside)


def _corners(box: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, w, h = box
    return x, y, x + w, y + h


def _image(mask: Mapping[str, Any]) -> Image.Image:
    return Image.fromarray(cells(mask).astype(np.uint8) * 255)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def to_text(value: Any) -> str:
    """The layout as the text of a file, masks as PNG pictures inside it."""
    layout = check(value)
    for one in layout["regions"]:
        if one["mask"]:
            one["mask"] = "data:image/png;base64," + base64.b64encode(_png(_image(one["mask"]))).decode()
    return json.dumps({"likeness": "layout", **layout}, ensure_ascii=False, indent=1)


def document(text: str) -> dict[str, Any]:
    """The reverse, unchecked: a value with a list of regions, whose pictures are mask values.

    Raises:
        BadInput: when the text is no layout file, or a picture in it cannot be read.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ALIEN from None
    if not isinstance(found, dict) or found.get("likeness") != "layout" or not isinstance(found.get("regions"), list):
        raise ALIEN
    for one in found["regions"]:
        if isinstance(one, dict) and isinstance(one.get("mask"), str):
            one["mask"] = _read(one["mask"])
    return found


def _read(address: str) -> dict[str, Any]:
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2], validate=True)), formats=["PNG"])
        if max(picture.size) > WIDEST:
            raise ValueError
        return runs(np.asarray(picture.convert("L")) > 127)
    except (ValueError, OSError, SyntaxError):
        raise BadInput("A shape in this layout cannot be read.", "Save it again where it was made.") from None
