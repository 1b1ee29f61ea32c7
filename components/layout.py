"""The layout of a picture as a value: what it holds, what is refused, and the templates to start from.

    {"v": 1, "rev": 7, "session": "…", "canvas": {"aspect": "3:2"}, "regions": [
        {"id": "k3", "number": 1, "kind": "box" | "mask", "box": [x, y, w, h],
         "mask": {"enc": "rle", "w", "h", "data"} | None, "subject": key | None, "prompt", "negative",
         "strength", "feather", "start", "stop", "locked", "hidden"}, …]}

Boxes are shares of the picture, 0 to 1. A mask lies over its box, so that moving the box moves the mask; `data` are
runs of outside, inside, outside … row by row. The last region is the nearest. `rev` and `session` tell the page its
own echo.
"""

import re
from typing import Any

from pipelines.errors import BadInput

VERSION = 1
ASPECTS = ("1:1", "3:2", "2:3")
MOST = 40  # regions in one layout
REACH = 1.001  # how far a box may reach, in shares: what is rounded may end a little behind the edge
WIDEST = 512  # cells along a mask's side
ALIEN = BadInput("This is not a layout.", "Open a file that was saved with Save layout.")

TEMPLATES = (
    {"name": "Two, side by side", "boxes": [[0.06, 0.22, 0.40, 0.66], [0.54, 0.22, 0.40, 0.66]]},
    {"name": "Three in a row", "boxes": [[x, 0.24, 0.29, 0.62] for x in (0.03, 0.355, 0.68)]},
    {"name": "One, in the middle", "boxes": [[0.2, 0.14, 0.6, 0.76]]},
    {"name": "Near and far", "boxes": [[0.06, 0.3, 0.5, 0.64], [0.62, 0.22, 0.28, 0.36]]},
    {"name": "One on another", "boxes": [[0.28, 0.06, 0.44, 0.42], [0.18, 0.5, 0.64, 0.42]]},
)

NUMBERS = {"strength": (1.0, 0, 1), "feather": (0.0, 0, 0.2), "start": (0.0, 0, 1), "stop": (1.0, 0, 1)}
"""A region's numbers: the usual one, and between which a layout takes it."""


COLOURS = 8  # dealt to regions in order; then they start again, with a letter


def label(number: int) -> str:
    """What a region's number is called on the canvas and in words: 1 to 8, then 1b, 2b and so on."""
    turn, colour = divmod(number - 1, COLOURS)
    return f"{colour + 1}{chr(ord('a') + turn) if turn else ''}"


def blank(aspect: str = "1:1") -> dict[str, Any]:
    """A layout without regions."""
    return {"v": VERSION, "rev": 0, "session": "", "canvas": {"aspect": aspect}, "regions": []}


def check(value: Any) -> dict[str, Any]:
    """A clean copy of a layout that came from outside, with nothing in it but what belongs there.

    Raises:
        BadInput: when it is not a layout, is of a later version, or holds a value out of range.
    """
    if value is None:
        return blank()
    if not isinstance(value, dict) or not isinstance(value.get("regions"), list):
        raise ALIEN
    if value.get("v") != VERSION:
        raise BadInput(f"This layout is of version {value.get('v')!r}; {VERSION} is read here.", "Update the studio.")
    canvas = value.get("canvas")
    aspect = canvas.get("aspect") if isinstance(canvas, dict) else None
    if aspect not in ASPECTS:
        raise BadInput(f"The layout's shape is {aspect!r}.", f"It is one of {', '.join(ASPECTS)}.")
    if len(value["regions"]) > MOST:
        raise BadInput(f"The layout has {len(value['regions'])} regions.", f"At most {MOST} fit.")
    regions = [_region(one, place) for place, one in enumerate(value["regions"], 1)]
    for what in ("id", "number"):
        if len({one[what] for one in regions}) < len(regions):
            raise BadInput(f"Two regions have the same {what}.", "Each needs its own.")
    return {
        "v": VERSION,
        "rev": int(_number("rev", value.get("rev", 0), 0, 2**53)),
        "session": name("session", value.get("session", "")),
        "canvas": {"aspect": aspect},
        "regions": regions,
    }


def _region(one: Any, place: int) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise ALIEN
    box = one.get("box")
    if not isinstance(box, list | tuple) or len(box) != 4:
        raise BadInput(f"Region {place} has no box.", "A box is x, y, width and height as shares of the picture.")
    x, y, w, h = (_number(f"box of region {place}", side, 0, 1) for side in box)
    if w <= 0 or h <= 0 or x + w > REACH or y + h > REACH:
        raise BadInput(f"Region {place} lies outside the picture.", "Draw it again inside the frame.")
    mask = shape(one["mask"]) if one.get("mask") is not None else None
    subject = one.get("subject")
    return {
        "id": name("id", one.get("id")) or "r",
        "number": int(_number("number", one.get("number"), 1, 999)),
        "kind": "mask" if mask else "box",
        "box": [x, y, w, h],
        "mask": mask,
        "subject": _text("subject", subject, 200) if subject is not None else None,
        "prompt": _text("prompt", one.get("prompt", ""), 500),
        "negative": _text("negative", one.get("negative", ""), 500),
        **{key: _number(key, one.get(key, usual), low, high) for key, (usual, low, high) in NUMBERS.items()},
        "locked": bool(one.get("locked")),
        "hidden": bool(one.get("hidden")),
    }


def shape(mask: Any) -> dict[str, Any]:
    """A clean copy of a mask value that came from outside; raises BadInput when it is none."""
    if not isinstance(mask, dict) or mask.get("enc") != "rle" or not isinstance(mask.get("data"), list):
        raise BadInput("A drawn region has no shape.", "Draw it again.")
    w, h = (int(_number("mask size", mask.get(side), 1, WIDEST)) for side in "wh")
    data, area = mask["data"], w * h
    if len(data) > area + 1 or not all(type(run) is int and 0 <= run <= area for run in data) or sum(data) != area:
        raise BadInput("The shape of a drawn region does not fit its size.", "Draw it again.")
    return {"enc": "rle", "w": w, "h": h, "data": list(data)}


def _number(what: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadInput(f"The layout's {what} is {value!r}.", f"It goes from {low} to {high}.")
    return float(value)


def share(value: Any) -> float:
    """A share of the picture, 0 to 1, that came from outside."""
    return _number("place", value, 0, 1)


def _text(what: str, value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise BadInput(f"The {what} of a region is not a text of at most {most} letters.", "Shorten it.")
    return value


def name(what: str, value: Any) -> str:
    """A name of letters and digits, perhaps empty, that came from outside."""
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]{0,40}", value):
        raise BadInput(f"The {what} is {value!r}.", "It is made of letters and digits.")
    return value
