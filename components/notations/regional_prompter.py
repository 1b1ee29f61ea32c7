"""sd-webui-regional-prompter's rows and columns (its README, "Divide ratio" and "2D region assignment"):

    a garden ADDBASE
    a cat ADDCOL
    a dog ADDROW
    a pond

    Divide mode: Horizontal
    Divide Ratio: 1,1,1;1,1
    Base Ratio: 0.2
    Negative prompt: blurry

Horizontal divides into rows first (`;`, ADDROW), each into columns (`,`, ADDCOL); Vertical the other way round. Where
there are both, the first number of each row is its height. A single row or column has no such number, and BREAK may
stand between its regions. ADDBASE ends the words of the whole picture, whose share is the base ratio; ADDCOMM ends
words that are put before those of every region.
"""

import re
from fractions import Fraction
from itertools import groupby, pairwise
from math import lcm

from components.layout import label
from components.notations.sheet import Sheet, drawn, number_of, one_line, plain
from pipelines.errors import BadInput

SPLIT = re.compile(r"\b(ADDCOL|ADDROW|BREAK)\b")
FIRST = re.compile(r"\b(ADDBASE|ADDCOMM)\b")
SETTING = re.compile(
    r"^[ \t]*(divide mode|divide ratio|base ratio|negative prompt)\s*:(.*)$", re.IGNORECASE | re.MULTILINE
)
NEAR, FINEST, LARGEST = 1e-4, 1000, 1_000_000


def knows(text: str) -> bool:
    """Whether a text is in this notation."""
    return bool(SPLIT.search(text) or re.search(r"^[ \t]*divide (mode|ratio)\s*:", text, re.IGNORECASE | re.MULTILINE))


def read(text: str) -> Sheet:
    """Raises BadInput when the division cannot be read, or is by masks or by words."""
    settings = {key.lower(): value.strip() for key, value in SETTING.findall(text)}
    mode = settings.get("divide mode", "Horizontal").lower()
    if mode not in ("horizontal", "vertical"):
        advice = "Only Horizontal and Vertical division are read; draw its shapes on the canvas."
        raise BadInput(f"The picture is divided by “{mode}”.", advice)
    common, prompt, rest = _heads(SETTING.sub("", text))
    prompts, signs = [one_line(part) for part in SPLIT.split(rest)[::2]], SPLIT.findall(rest)
    inner, outer = ("ADDCOL", "ADDROW") if mode == "horizontal" else ("ADDROW", "ADDCOL")
    both = inner in signs or outer in signs or ";" in settings.get("divide ratio", "")
    between = (";", ",") if mode == "horizontal" else (",", ";")
    shape = _counts(signs, outer) if both else [len(prompts)]
    cells, notes = _cells(shape, settings.get("divide ratio", ""), *between, both, signs)
    across = mode == "horizontal"
    boxes = [list(cell) if across else [cell[1], cell[0], cell[3], cell[2]] for cell in cells]
    if len(boxes) != len(prompts):
        raise BadInput(f"There are {len(prompts)} prompts for {len(boxes)} regions.", "Put the divide ratio right.")
    negative, own = _negatives(settings.get("negative prompt", ""), len(prompts))
    bases = _bases(settings.get("base ratio", ""), len(prompts)) if prompt else [0.0] * len(prompts)
    said = [", ".join(part for part in (common, words) if part) for words in prompts]
    words = [
        {"prompt": words, "negative": away, "strength": round(1 - share, 6)}
        for words, away, share in zip(said, own, bases, strict=True)
    ]
    return Sheet(drawn(boxes, words), prompt or common, negative, tuple(notes))


def write(sheet: Sheet) -> str:
    """Raises BadInput when the regions are not rows of columns, or columns of rows, that fill the picture."""
    regions = sheet.layout["regions"]
    for one in regions:
        if SPLIT.search(one["prompt"]) or FIRST.search(one["prompt"]):
            raise BadInput(
                f"The words of region {label(one['number'])} hold a keyword of the notation.", "Take it out first."
            )
    found = _rows(regions)
    mode, rows = ("Horizontal", found) if found else ("Vertical", _rows([_turned(one) for one in regions]))
    if not rows:
        advice = "Move them so that they do, or save for Mix-of-Show or SwarmUI, which know free boxes."
        raise BadInput("Regional Prompter divides the picture; these regions leave gaps or overlap.", advice)
    inner, outer, comma, semicolon = "ADDCOL", "ADDROW", ",", ";"
    if mode == "Vertical":
        inner, outer, comma, semicolon = outer, inner, semicolon, comma
    lines = f" {outer}\n".join(f" {inner}\n".join(one_line(one["prompt"]) for one in row) for row in rows)
    single = len(rows) == 1
    heights = _ratio([row[0]["box"][3] for row in rows])
    ratios = [
        comma.join(([] if single else [height]) + _ratio([one["box"][2] for one in row]))
        for height, row in zip(heights, rows, strict=True)
    ]
    flat = [one for row in rows for one in row]
    bases = [plain(round(1 - one["strength"], 6)) for one in flat]
    bases = bases[:1] if len(set(bases)) == 1 else bases
    away = [one_line(one["negative"]) for one in flat]
    negative = (
        " BREAK ".join(one or one_line(sheet.negative) for one in away) if any(away) else one_line(sheet.negative)
    )
    head = f"{one_line(sheet.prompt)} ADDBASE\n" if sheet.prompt.strip() else ""
    settings = f"Divide mode: {mode}\nDivide Ratio: {semicolon.join(ratios)}\nBase Ratio: {','.join(bases)}\n"
    return f"{head}{lines}\n\n{settings}" + (f"Negative prompt: {negative}\n" if negative else "")


def _heads(text: str) -> tuple[str, str, str]:
    """Words put before those of every region, words of the whole picture, and the rest."""
    heads = {"ADDCOMM": "", "ADDBASE": ""}
    while found := FIRST.search(text):
        heads[found[1]], text = one_line(text[: found.start()]), text[found.end() :]
    return heads["ADDCOMM"], heads["ADDBASE"], text


def _counts(signs: list[str], outer: str) -> list[int]:
    """How many regions each row has; BREAK goes on in the row."""
    counts = [1]
    for sign in signs:
        if sign == outer:
            counts.append(1)
        else:
            counts[-1] += 1
    return counts


def _cells(
    shape: list[int], ratio: str, outer: str, inner: str, both: bool, signs: list[str]
) -> tuple[list[tuple[float, float, float, float]], list[str]]:
    """Boxes (x, y, width, height) of rows of columns, and notes."""
    groups = [
        [number_of(one, "divide ratio", k) for one in row.split(inner)]
        for k, row in enumerate(ratio.split(outer) if both else [ratio.replace(outer, inner)], 1)
    ] if ratio else []  # fmt: skip
    if both and groups and set(signs) <= {"BREAK"}:  # the division alone tells the rows
        shape = [len(row) - 1 for row in groups] if len(groups) > 1 else shape
    notes: list[str] = []
    if len(groups) == 1 and len(groups[0]) == shape[0] and len(shape) == 1:
        groups = [[1.0, *groups[0]]]
    if [len(row) - 1 for row in groups] != shape:
        notes = ["The divide ratio does not fit the regions, so all are of one size."] if groups else []
        groups = [[1.0] * (count + 1) for count in shape]
    if not all(0 < v < LARGEST for row in groups for v in row):
        raise BadInput(f"A divide ratio is not above 0 and below {LARGEST:,}.", "Put it right in the file.")
    cells, whole = [], sum(Fraction(row[0]) for row in groups)
    top = Fraction(0)
    for height, *widths in groups:
        tall, left, total = Fraction(height) / whole, Fraction(0), sum(Fraction(v) for v in widths)
        for width in widths:
            wide = Fraction(width) / total
            cells.append(tuple(float(v) for v in (left, top, wide, tall)))
            left += wide
        top += tall
    return cells, notes


def _negatives(text: str, count: int) -> tuple[str, list[str]]:
    parts = [one_line(part) for part in re.split(r"\bBREAK\b", text)]
    if len(parts) == 1:
        return parts[0], [""] * count
    if len(parts) != count:
        raise BadInput(f"There are {len(parts)} negative prompts for {count} regions.", "Give one, or one for each.")
    return "", parts


def _bases(text: str, count: int) -> list[float]:
    shares = [number_of(one, "base ratio", k) for k, one in enumerate(text.split(","), 1)] if text else [0.2]
    shares = shares * count if len(shares) == 1 else shares
    if len(shares) != count or not all(0 <= share <= 1 for share in shares):
        raise BadInput(f"The base ratio is “{text[:60]}”.", "It is one number from 0 to 1, or one for each region.")
    return shares


def _rows(regions: list[dict]) -> list[list[dict]]:
    """Regions as rows of columns that fill the picture; empty where they are not."""
    order = sorted(regions, key=lambda one: (round(one["box"][1] / NEAR), one["box"][0]))
    rows = [list(row) for _, row in groupby(order, key=lambda one: round(one["box"][1] / NEAR))]
    edges = [0.0]
    for row in rows:
        ends = [0.0, *(one["box"][0] + one["box"][2] for one in row)]
        starts = [*(one["box"][0] for one in row), 1.0]
        bottoms = [one["box"][1] + one["box"][3] for one in row]
        level = all(abs(a - b) < NEAR for a, b in pairwise(bottoms))
        if not level or any(abs(a - b) > NEAR for a, b in zip(ends, starts, strict=True)):
            return []
        if abs(row[0]["box"][1] - edges[-1]) > NEAR:
            return []
        edges.append(bottoms[0])
    return rows if rows and abs(edges[-1] - 1) < NEAR else []


def _turned(one: dict) -> dict:
    x, y, w, h = one["box"]
    return {**one, "box": [y, x, h, w]}


def _ratio(sizes: list[float]) -> list[str]:
    """Sizes as small whole numbers where they have such a ratio, else as they are."""
    near = [Fraction(size).limit_denominator(FINEST) for size in sizes]
    scale = lcm(*(one.denominator for one in near))
    if scale > FINEST or any(abs(float(a) - b) > NEAR / 10 for a, b in zip(near, sizes, strict=True)):
        return [plain(round(size, 4)) for size in sizes]
    whole = [int(one * scale) for one in near]
    shared = whole[0]
    for one in whole:
        while one:
            shared, one = one, shared % one
    return [str(one // shared) for one in whole]
