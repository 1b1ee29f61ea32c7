"""Mix-of-Show's rectangles, as its regionally_controlable_sampling.py takes them and notes them beside a picture:

    size: 1024x512
    context_prompt: two friends in a garden
    neg_context_prompt: blurry
    prompt_rewrite: [a <cat1> <cat2>, in a garden]-*-[blurry]-*-[0, 0, 512, 400]|[…]-*-[…]-*-[…]

A rectangle is [top, left, bottom, right] in pixels; an empty one is the whole picture. The code takes the size from a
picture of poses, so its files do not tell it: `size` is ours, and without it the size is taken to be the smallest, in
steps of 64 pixels, that holds every rectangle.
"""

import re

from components import layout_file
from components.layout import label
from components.notations.sheet import Sheet, drawn, fitted, nearest_aspect, one_line
from pipelines.errors import BadInput

LONGER, GRAIN = 1024, 64
BETWEEN = "-*-"
LINE = re.compile(r"^[ \t]*(size|context_prompt|neg_context_prompt|prompt_rewrite)\s*:(.*)$", re.MULTILINE)
SIDE = r"\s*(-?\d{1,9})\s*"
RECTANGLE = re.compile(rf"^\[\s*(?:{SIDE},{SIDE},{SIDE},{SIDE})?\]$")
SIZE = re.compile(r"^(\d{1,5})\s*[x×]\s*(\d{1,5})$")


def knows(text: str) -> bool:
    """Whether a text is in this notation."""
    return BETWEEN in text


def read(text: str) -> Sheet:
    """Raises BadInput when a region has not its three parts, or a rectangle is none; names it."""
    lines = {key: value.strip() for key, value in LINE.findall(text)}
    rows = [row.strip() for row in lines.get("prompt_rewrite", text.strip()).split("|") if row.strip()]
    rows = [_region(row, number) for number, row in enumerate(rows, 1)]
    width, height, notes = _size(lines.get("size", ""), [box for *_, box in rows])
    boxes, words = [], []
    for number, (prompt, negative, box) in enumerate(rows, 1):
        top, left, bottom, right = box or (0, 0, height, width)
        shares = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        placed, cut = fitted(*shares, number)
        notes += [cut] * bool(cut)
        boxes.append(placed)
        words.append({"prompt": prompt, "negative": negative})
    aspect = nearest_aspect(width, height)
    page = drawn(boxes, words, aspect)
    return Sheet(page, lines.get("context_prompt", ""), lines.get("neg_context_prompt", ""), tuple(notes))


def write(sheet: Sheet) -> str:
    """Raises BadInput for words that hold a sign of the notation."""
    width, height = layout_file.frame(sheet.layout["canvas"]["aspect"], LONGER)
    rows = []
    for one in sheet.layout["regions"]:
        said = [one_line(one[what]) for what in ("prompt", "negative")]
        if any(sign in words for words in said for sign in ("[", "]", "|", BETWEEN)):
            raise BadInput(
                f"The words of region {label(one['number'])} hold [, ], | or {BETWEEN}.", "Take the sign out first."
            )
        x, y, w, h = one["box"]
        box = [round(v) for v in (y * height, x * width, (y + h) * height, (x + w) * width)]
        rows.append(BETWEEN.join([*(f"[{words}]" for words in said), str(box)]))
    words = f"context_prompt: {one_line(sheet.prompt)}\nneg_context_prompt: {one_line(sheet.negative)}\n"
    return f"size: {width}x{height}\n{words}prompt_rewrite: {'|'.join(rows)}\n"


def _region(row: str, number: int) -> tuple[str, str, tuple[int, int, int, int] | None]:
    parts = [part.strip() for part in row.split(BETWEEN)]
    if len(parts) != 3:
        advice = f"A region is [words]{BETWEEN}[words to keep out]{BETWEEN}[top, left, bottom, right]."
        raise BadInput(f"Region {number} has {len(parts)} parts, not three.", advice)
    found = RECTANGLE.match(parts[2])
    if not found:
        advice = "It is [top, left, bottom, right], in whole pixels."
        raise BadInput(f"The rectangle of region {number} is “{parts[2][:60]}”.", advice)
    prompt, negative = (re.sub(r"[\[\]]", "", part).strip() for part in parts[:2])
    return prompt, negative, tuple(int(v) for v in found.groups()) if found[1] else None


def _size(given: str, boxes: list) -> tuple[int, int, list[str]]:
    found = SIZE.match(given)
    if found and int(found[1]) and int(found[2]):
        return int(found[1]), int(found[2]), []
    if given:
        raise BadInput(f"The size is “{given[:60]}”.", "It is width x height in pixels, such as 1024x512.")
    known = [box for box in boxes if box] or [(0, 0, LONGER, LONGER)]
    height, width = (max(GRAIN, -(-max(box[side] for box in known) // GRAIN) * GRAIN) for side in (2, 3))
    return width, height, [f"The file does not tell the picture’s size; {width} × {height} pixels were assumed."]
