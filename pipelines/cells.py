"""Finished work under names made of what it depends on, so that nothing is made twice and nothing stale is found."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipelines import catalogue
from pipelines.artefact import replacing
from pipelines.spec import Subject

SHARED = (
    "against", "asked", "crop", "eyes", "faces", "gate", "judging", "masked", "others", "published/photos", "readers",
    "upright",
)  # fmt: skip
"""Files that scores have in common, those among them by which judges look at pictures."""


def mark(*parts: Any) -> str:
    """A name of 24 letters for values that JSON can hold: equal values, equal names."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def taught(subject: Subject) -> list[Any]:
    """What a subject's teaching depends on; files by their content."""
    files = [[content(photo.image), content(photo.mask), photo.caption] for photo in subject.photos]
    return [subject.noun, subject.trigger, subject.kind, files]


def grounds(subject: Subject) -> str:
    """What scores of a subject's pictures follow from beside pictures and judges: its photos and how they score."""
    return mark(taught(subject), code("metrics"))


def code(family: str) -> str:
    """A hash of how a family of scores is computed, what several of them share included."""
    found, here = hashlib.sha256(), catalogue.HERE
    rooms = (path for room in (family, "standards") for path in sorted((here / room).glob("*.py")))
    for path in (*rooms, *(here / f"{name}.py" for name in SHARED)):
        found.update(path.read_bytes())
    return found.hexdigest()[:8]


def content(path: str | Path | None) -> str:
    """The hash of a file's bytes; empty where there is none."""
    with suppress(OSError):
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    return ""


def write(path: Path, facts: Mapping[str, Any]) -> None:
    """Keep facts as JSON, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=1, ensure_ascii=False), "utf-8")


def read(path: Path) -> dict[str, Any] | None:
    """The facts in a file; None where it is missing or was damaged."""
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None
