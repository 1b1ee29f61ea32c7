"""Say where the subject is in each of its photos: clicks, boxes, brush and lasso on the photo, accepted one by one.

Run alone: `python -m components.mask_editor`.
"""

from collections.abc import Callable
from typing import Any, Literal, Protocol

from components.payload import UNREADABLE, File, files, identity, number, served, truth, whole, words
from components.script import script
from components.widget import Widget

TEMPLATE = """
<div class="lk-pane lk-masked is-bare is-empty">
  <div class="lk-tools" role="toolbar" aria-label="Photo tools"></div>
  <div class="lk-stage lk-maskstage">
    <div class="lk-maskview" role="application" tabindex="0" hidden>
      <img alt="" draggable="false"><canvas class="lk-px" data-loss="learnt" aria-hidden="true" hidden></canvas>
      <svg></svg>
      <div class="lk-maskword"></div>
    </div>
    <div class="lk-teach"></div>
    <div class="lk-pal" role="toolbar" aria-label="Mask tools" aria-orientation="vertical"></div>
    <div class="lk-float lk-cands" role="group" aria-label="Readings" hidden></div>
  </div>
  <div class="lk-maskhint"></div>
  <div class="lk-film"></div>
  <div class="lk-maskhome"></div>
  <svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
    <pattern id="lk-mask-hatch" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="9" height="9" fill="#1F8BFF" fill-opacity=".15"/>
      <rect width="2.2" height="9" fill="#1F8BFF" fill-opacity=".4"/>
    </pattern></defs></svg>
</div>
"""
PARTS = (
    "photo_files",
    "mask_grid",
    "mask_steps",
    "mask_stage",
    "mask_things",
    "pinch",
    "mask_pointer",
    "mask_rail",
    "mask_frame",
    "mask_editor",
)
BASES = ({"name": "Starter", "cells": 16}, {"name": "SD 1.5", "cells": 64}, {"name": "SDXL", "cells": 128})
"""Bases and the cells of their latent grid along the longer side."""

DEEDS = ("crop", "remove", "show", "models")
LONGEST, MOST_POINTS = 512, 100
Point = tuple[float, float, int]
Box = tuple[float, float, float, float]
Drawn = tuple[int, int, list[int]]


class Desk(Protocol):
    """What the page does for the editor. Every method may raise StudioError; the editor shows its words.

    Points are (x, y, label 1 or 0) and boxes (x0, y0, x1, y1), in pixels of the upright photo. Masks are run lengths,
    row by row, first empty, on a grid of w x h with the photo's proportions and at most 512 along a side.
    """

    def open(self, subject: str) -> dict[str, Any]:
        """`subject` (id, name, noun, trigger, kind), `photos` (id, url, thumb, width, height, mask as w, h, runs
        or None, accepted, `kept`, a mark that tells this mask from any other, busy, caption, written), `notes`
        (key, grade "warn" or "", photos, said, why, fix, deed), `segmenters` (id, name, words, here) and the id of the
        one in use, `segmenter`; `dialects`, what the photos can be saved as for other trainers, by id."""
        ...

    def ready(self, photo: str) -> None:
        """The photo is being looked at: prepare for the first click."""
        ...

    def find(self, photo: str, points: tuple[Point, ...], box: Box | None, refine: bool) -> dict[str, Any]:
        """`readings`, best first: score, share, box and the mask as w, h, runs."""
        ...

    def things(self, photo: str) -> dict[str, Any]:
        """`things`, all that there are in the photo, largest first; each as a reading of `find`, none in two."""
        ...

    def keep(self, photo: str, mask: Drawn | None, feather: int, accepted: bool, untouched: bool) -> dict[str, Any]:
        """Keep the mask (w, h, runs), or that there is none; `feather` is the softness of its edge in photo pixels.
        An untouched mask is the one that `open` gave, so that what lies on the disk may be finer. `kept` is the mark
        that `open` gives it from now on."""
        ...

    def caption(self, photo: str, words: str) -> None: ...

    def change(self, subject: str, field: Literal["name", "noun", "trigger", "kind"], value: str) -> None: ...

    def use(self, segmenter: str) -> dict[str, Any]:
        """Ask this segmenter from now on; `segmenter` and `segmenters` as in `open`."""
        ...

    def mend(self, subject: str, photos: tuple[str, ...], deed: str) -> dict[str, Any]:
        """Carry out the fix of a note; `photo` in the answer is the one to show then."""
        ...

    def discard(self, photo: str) -> None: ...

    def restore(self, photo: str) -> None: ...

    def add(self, subject: str, files: tuple[File, ...]) -> dict[str, Any]:
        """Take in (path, original name) files; `refused` lists error and advice of those that are no photos, `beside`
        counts the masks and captions that photos already here got. Names may hold folders."""
        ...

    def pack(self, subject: str, dialect: str) -> dict[str, str]:
        """Photos, captions and masks as a folder in that dialect: the `address` and the `name` of its zip file."""
        ...


class MaskEditor(Widget):
    """Photo, tools, film strip and inspector of one subject at a time; listens for the window's `lk:subject` event.

    Args:
        desk: what the page does for it.
        subject: id of the subject to begin with, or None.
        slot: element id of a place on the page for the inspector; without it the inspector stands below.
        hover: whether resting over an untouched photo asks where a click would lead.
    """

    def __init__(self, desk: Desk, *, subject: str | None = None, slot: str = "", hover: bool = True, **kwargs: Any):
        super().__init__(
            html_template=TEMPLATE,
            js_on_load=script("element", "go", "icons", "words", *PARTS, "mask_deeds"),
            apply_default_css=False,
            server_functions=doors(desk),
            subject=subject,
            slot=slot,
            hover=hover,
            bases=list(BASES),
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "null"}


def doors(desk: Desk) -> list[Callable]:
    """The editor's server functions, with every payload checked before it reaches the desk."""

    @served
    def open_subject(asked: dict) -> dict:
        return desk.open(identity(asked, "subject"))

    @served
    def ready_photo(asked: dict) -> dict:
        return desk.ready(identity(asked, "photo"))

    @served
    def find_mask(asked: dict) -> dict:
        return desk.find(
            identity(asked, "photo"), points(asked.get("points")), box(asked.get("box")), truth(asked, "refine")
        )

    @served
    def find_things(asked: dict) -> dict:
        return desk.things(identity(asked, "photo"))

    @served
    def keep_mask(asked: dict) -> dict:
        mask = None if truth(asked, "empty") else drawn(asked)
        feather = whole(asked.get("feather"), 0, 64)
        untouched = truth(asked, "untouched")
        return desk.keep(identity(asked, "photo"), mask, feather, truth(asked, "accepted"), untouched)

    @served
    def set_caption(asked: dict) -> dict:
        return desk.caption(identity(asked, "photo"), words(asked, "caption", 1000))

    @served
    def set_subject(asked: dict) -> dict:
        if asked.get("field") not in ("name", "noun", "trigger", "kind"):
            raise UNREADABLE
        return desk.change(identity(asked, "subject"), asked["field"], words(asked, "value", 80))

    @served
    def use_segmenter(asked: dict) -> dict:
        return desk.use(identity(asked, "segmenter"))

    @served
    def mend(asked: dict) -> dict:
        photos = asked.get("photos")
        if asked.get("deed") not in DEEDS or not isinstance(photos, list) or len(photos) > 200:
            raise UNREADABLE
        chosen = tuple(identity({"photo": one}, "photo") for one in photos)
        return desk.mend(identity(asked, "subject"), chosen, asked["deed"])

    @served
    def discard_photo(asked: dict) -> dict:
        return desk.discard(identity(asked, "photo"))

    @served
    def restore_photo(asked: dict) -> dict:
        return desk.restore(identity(asked, "photo"))

    @served
    def add_photos(asked: dict) -> dict:
        return desk.add(identity(asked, "subject"), files(asked))

    @served
    def pack_photos(asked: dict) -> dict:
        return desk.pack(identity(asked, "subject"), identity(asked, "dialect"))

    return [open_subject, ready_photo, find_mask, find_things, keep_mask, set_caption, set_subject, use_segmenter, mend,
            discard_photo, restore_photo, add_photos, pack_photos]  # fmt: skip


def points(given: Any) -> tuple[Point, ...]:
    """Clicks from the page: [x, y, 1 or 0] each, in pixels."""
    if not isinstance(given, list) or len(given) > MOST_POINTS:
        raise UNREADABLE
    found = []
    for one in given:
        if not isinstance(one, list) or len(one) != 3 or one[2] not in (0, 1):
            raise UNREADABLE
        found.append((number(one[0]), number(one[1]), int(one[2])))
    return tuple(found)


def box(given: Any) -> Box | None:
    """A box from the page: [x0, y0, x1, y1] in pixels, or none."""
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 4:
        raise UNREADABLE
    return tuple(number(side) for side in given)


def drawn(asked: dict) -> Drawn:
    """A mask from the page as its grid and run lengths, which fill the grid exactly."""
    w, h, runs = whole(asked.get("w"), 1, LONGEST), whole(asked.get("h"), 1, LONGEST), asked.get("runs")
    if not isinstance(runs, list) or len(runs) > w * h + 1:
        raise UNREADABLE
    if any(type(run) is not int or run < 0 for run in runs) or sum(runs) != w * h:
        raise UNREADABLE
    return w, h, runs


if __name__ == "__main__":
    from components.alone import alone
    from components.mask_sample import SampleDesk, place

    alone(lambda: place(SampleDesk()), port=7920)
