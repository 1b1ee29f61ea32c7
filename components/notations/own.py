"""The studio's own layout files, also those that somebody wrote or changed by hand: a box that reaches over an edge of
the picture is cut there, and a drawn shape with it."""

from typing import Any

import numpy as np

from components import layout, layout_file
from components.notations.sheet import Sheet, fitted
from pipelines.errors import BadInput

FAR = 1e6  # a side is no number of shares beyond that


def knows(text: str) -> bool:
    """Whether a text is in this notation."""
    return text.lstrip().startswith("{")


def read(text: str) -> Sheet:
    """Raises BadInput when it is no layout file, a picture in it cannot be read, or none of its regions lies in the
    picture."""
    document, notes, kept = layout_file.document(text), [], []
    for place, one in enumerate(document["regions"], 1):
        one, note = _placed(one, place)
        notes += [note] * bool(note)
        kept += [one] * (one is not None)
    if document["regions"] and not kept:
        raise BadInput("All regions of this file lie outside the picture.", "Their boxes are shares of it, 0 to 1.")
    return Sheet(layout.check(document | {"regions": kept}), notes=tuple(notes))


def write(sheet: Sheet) -> str:
    """The layout, masks as pictures inside it."""
    return layout_file.to_text(sheet.layout)


def _placed(one: Any, place: int) -> tuple[Any, str]:
    """A region with its box inside the picture, or None for one that lies outside, and a sentence if that changed it.
    What is no region stays as it is, for `layout.check` to refuse."""
    box = one.get("box") if isinstance(one, dict) else None
    if not isinstance(box, list) or len(box) != 4 or not all(type(v) in (int, float) and abs(v) < FAR for v in box):
        return one, ""
    x, y, w, h = box
    if w <= 0 or h <= 0 or (x >= 0 and y >= 0 and x + w <= layout.REACH and y + h <= layout.REACH):
        return one, ""
    number = one.get("number")
    cut, note = fitted(x, y, w, h, layout.label(number) if type(number) is int and number > 0 else place)
    if cut is None:
        return None, note
    mask = _cropped(layout.shape(one["mask"]), box, cut) if one.get("mask") is not None else None
    return one | {"box": cut, "mask": mask}, note


def _cropped(mask: dict[str, Any], whole: list[float], part: list[float]) -> dict[str, Any]:
    """What a shape over one box is over a part of that box; at least one cell of it."""
    cells, sides = layout_file.cells(mask), []
    for axis, count in ((1, cells.shape[0]), (0, cells.shape[1])):
        low, high = (
            (edge - whole[axis]) / whole[axis + 2] * count for edge in (part[axis], part[axis] + part[axis + 2])
        )
        first = min(int(np.floor(low + 1e-6)), count - 1)
        sides.append(slice(first, max(first + 1, int(np.ceil(high - 1e-6)))))
    return layout_file.runs(cells[tuple(sides)])
