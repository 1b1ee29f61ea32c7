"""What a foreign layout file says, and the small things its readers and writers share."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import layout
from pipelines.errors import BadInput


@dataclass(frozen=True)
class Sheet:
    """A layout with the words for the whole picture. `notes` tell in sentences what was read otherwise than written."""

    layout: dict[str, Any]
    prompt: str = ""
    negative: str = ""
    notes: tuple[str, ...] = ()


def drawn(
    boxes: Sequence[Sequence[float] | None], words: Sequence[dict[str, Any]], aspect: str = "1:1"
) -> dict[str, Any]:
    """A layout of boxes (x, y, width, height as shares), each with its words; None for a box that lies outside, whose
    number stays free.

    Raises:
        BadInput: when there are none, or more than a layout holds.
    """
    if not boxes:
        raise BadInput("There is no region in this file.", "Open one that has regions.")
    if not any(boxes):
        raise BadInput("All regions of this file lie outside the picture.", "Put their places right in the file.")
    if len(boxes) > layout.MOST:
        raise BadInput(f"The file has {len(boxes)} regions.", f"At most {layout.MOST} fit.")
    regions = [
        {"id": f"r{number}", "number": number, "box": list(box), **said}
        for number, (box, said) in enumerate(zip(boxes, words, strict=True), 1)
        if box
    ]
    return layout.check(layout.blank(aspect) | {"regions": regions})


def fitted(x: float, y: float, w: float, h: float, number: int | str) -> tuple[list[float] | None, str]:
    """A box cut at the picture's edges, or None when nothing of it is inside, and a sentence if it was cut or left out.

    Raises:
        BadInput: when a side is not a number.
    """
    if not all(math.isfinite(v) for v in (x, y, w, h)):
        raise BadInput(f"Region {number} has a side that is not a number.", "Put it right in the file.")
    left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + w, 1.0), min(y + h, 1.0)
    if right <= left or bottom <= top:
        return None, f"Region {number} lies outside the picture and was left out."
    if (left, top) == (x, y) and x + w <= 1 + 1e-9 and y + h <= 1 + 1e-9:
        return [x, y, min(w, 1 - x), min(h, 1 - y)], ""
    return [left, top, right - left, bottom - top], f"Region {number} reached outside the picture and was cut there."


def nearest_aspect(width: float, height: float) -> str:
    """Of the shapes a layout may have, the one most like a picture's."""
    wanted = math.log(width / height)
    return min(layout.ASPECTS, key=lambda text: abs(math.log(int(text[0]) / int(text[2])) - wanted))


def plain(value: float) -> str:
    """A number as short as it can be written without losing anything."""
    return repr(float(value)).removesuffix(".0")


def one_line(words: str) -> str:
    """Words without line breaks."""
    return " ".join(words.split())


def number_of(text: str, what: str, region: int) -> float:
    """A number somebody wrote.

    Raises:
        BadInput: when it is none; says where.
    """
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"The {what} of region {region} is “{text.strip()}”, which is not a number.",
                       "Put it right in the file.") from None  # fmt: skip
