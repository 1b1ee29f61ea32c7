"""Find the thing at a point of a finished picture, so that a region can be drawn round it with one click."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from app.jobs import Jobs
from app.library import Library
from app.segmenters import Segmenters
from app.takes import Takes
from components import layout_file
from pipelines.errors import BadInput
from pipelines.tasks import Segment

GONE = BadInput("The picture behind is not there any more.", "Choose a take that is done.")


def pointer(library: Library, jobs: Jobs, takes: Takes) -> Callable[[str, float, float], tuple[list[float], Any]]:
    """What `RegionCanvas` asks: a take and a point of it, as shares; answers the thing's box and mask value.

    The point raises BadInput when the take has no picture, EmptyMask when nothing is there.
    """

    def point(take: str, x: float, y: float) -> tuple[list[float], dict[str, Any] | None]:
        found = takes.picture(take)
        if found is None:
            raise GONE
        try:
            with Image.open(found[0]) as picture:
                width, height = picture.size
        except OSError:
            raise GONE from None
        at = (min(x * width, width - 1), min(y * height, height - 1), 1)
        tool = Segmenters(library).chosen()
        task = Segment(found[0], points=(at,), segmenter=tool.segmenter, checkpoint=tool.checkpoint)
        best = jobs.answer(task)["readings"][0]
        return tight(best["runs"], best["w"], best["h"])

    return point


def tight(runs: list[int], w: int, h: int) -> tuple[list[float], dict[str, Any] | None]:
    """Cut runs over a whole picture down to the box they fill: the box as shares, and the mask inside it.

    Raises:
        BadInput: when nothing is inside.
    """
    inside = layout_file.cells({"data": runs, "w": w, "h": h})
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not rows.size:
        raise BadInput("Nothing was found there.", "Click the thing itself, or drag a box.")
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    box = [left / w, top / h, (right - left) / w, (bottom - top) / h]
    cut = inside[top:bottom, left:right]
    return [round(float(side), 4) for side in box], None if cut.all() else layout_file.runs(cut)
