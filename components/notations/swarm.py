"""SwarmUI's regions inside a prompt (docs/Features/Prompt Syntax.md, "Regional Prompting"):

    a garden <region:0,0,0.5,1,0.8> a cat <region:0.5,0,0.5,1> a dog

x, y, width and height are shares of the picture, the fifth number is the strength, 1 where it is left out. `object`
regions are read as regions, words of `background` as words of the whole picture. A last line `Negative prompt: …` holds
what SwarmUI keeps in a field of its own.
"""

import re

from components.layout import label
from components.notations.sheet import Sheet, drawn, fitted, number_of, one_line, plain
from pipelines.errors import BadInput

TAG = re.compile(r"<(region|object):([^<>]*)>", re.IGNORECASE)
OTHER = re.compile(r"<([a-z]+)(?:\[[^\]<>]*\])?:[^<>]*>", re.IGNORECASE)
NEGATIVE = re.compile(r"^Negative prompt:(.*)$", re.IGNORECASE | re.MULTILINE)


def knows(text: str) -> bool:
    """Whether a text is in this notation."""
    return bool(TAG.search(text))


def read(text: str) -> Sheet:
    """Raises BadInput when a region's numbers cannot be read; names it."""
    found, notes, boxes, words = NEGATIVE.search(text), [], [], []
    negative = found[1].strip() if found else ""
    whole, *parts = TAG.split(NEGATIVE.sub("", text))
    prompt = _said(whole, notes)
    for kind, numbers, said in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        said = _said(said, notes)
        if numbers.strip().lower() == "background":
            prompt = ", ".join(part for part in (prompt, said) if part)
            notes.append("Words for the background are said to the whole picture.")
            continue
        number = len(boxes) + 1
        given = [number_of(one, "box", number) for one in numbers.split(",")]
        if not 4 <= len(given) <= (5 if kind.lower() == "region" else 6):
            raise BadInput(f"Region {number} has {len(given)} numbers.", "It is x, y, width, height and the strength.")
        box, cut = fitted(*given[:4], number)
        strength = given[4] if len(given) > 4 else 1.0
        if not 0 <= strength <= 1:
            notes.append(f"The strength of region {number} was {plain(strength)}; it goes from 0 to 1 here.")
        if kind.lower() == "object":
            notes.append(f"Region {number} was an object; it is not painted a second time here.")
        notes += [cut] * bool(cut)
        boxes.append(box)
        words.append({"prompt": said, "strength": min(max(strength, 0.0), 1.0)})
    return Sheet(drawn(boxes, words), prompt, negative, tuple(dict.fromkeys(notes)))


def write(sheet: Sheet) -> str:
    """Raises BadInput for words that would read as a region of their own."""
    parts = [one_line(sheet.prompt)]
    for one in sheet.layout["regions"]:
        if TAG.search(one["prompt"]):
            raise BadInput(f"The words of region {label(one['number'])} hold a region themselves.", "Take the <…> out.")
        numbers = ",".join(plain(v) for v in (*one["box"], one["strength"]))
        parts.append(f"<region:{numbers}> {one_line(one['prompt'])}")
    negative = f"Negative prompt: {one_line(sheet.negative)}\n" if sheet.negative.strip() else ""
    return f"{' '.join(part for part in parts if part)}\n{negative}"


def _said(words: str, notes: list[str]) -> str:
    """Words without SwarmUI's other tags."""
    for tag in dict.fromkeys(found.lower() for found in OTHER.findall(words)):
        notes.append(f"<{tag}:…> means nothing here and was left out" + (
            ": choose a subject for the region." if tag == "lora" else "."))  # fmt: skip
    return one_line(OTHER.sub(" ", words))
