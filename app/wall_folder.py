"""What the compare pipeline has left in a wall's folder so far: finished pictures with scores, and what rows cost."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

CellKey = tuple[str, str, str, int]
"""Which cell: subject, recipe, prompt as it was written, seed."""


@dataclass(frozen=True)
class Made:
    """A finished cell: its picture's file, and scores (cosines), None where no judge could score it."""

    picture: Path
    likeness: float | None
    prompt_following: float | None
    seconds: float | None

    @property
    def scored(self) -> bool:
        """Whether both scores are known."""
        return self.likeness is not None and self.prompt_following is not None


@dataclass(frozen=True)
class Cost:
    """What a method took on a subject: seconds to learn, bytes of its file, peak memory in bytes, the file itself."""

    seconds: float | None
    bytes: int | None
    memory: int | None
    artefact: str


def cells(wall: Path) -> dict[CellKey, Made]:
    """The finished cells of a wall."""
    found = {}
    for facts in _facts(wall / "cells"):
        key = (facts["subject"], facts["recipe"], facts["prompt"], facts["seed"])
        scores = [_number(facts.get(name)) for name in ("likeness", "prompt_following", "seconds")]
        found[key] = Made(wall / facts["picture"], *scores)
    return found


def rows(wall: Path) -> dict[tuple[str, str], Cost]:
    """What is known of each (subject, recipe)."""
    found = {}
    for facts in _facts(wall / "rows"):
        size, memory = facts.get("bytes"), facts.get("peak_memory")
        found[facts["subject"], facts["recipe"]] = Cost(
            _number(facts.get("seconds")), size, memory, facts.get("artefact") or ""
        )
    return found


def failed(wall: Path) -> dict[tuple[str, str], str]:
    """Why a (subject, recipe) could not be learnt, as the last run to its end said."""
    path = wall / "report.json"
    report = _read(str(path), path.stat().st_mtime_ns) if path.is_file() else None
    return {(one["subject"], one["recipe"]): one["why"] for one in (report or {}).get("failed", ())}


def _facts(room: Path) -> list[dict[str, Any]]:
    """Every JSON file of a folder, oldest first; one that is only half written is not there yet."""
    if not room.is_dir():
        return []
    stamped = sorted((path.stat().st_mtime_ns, str(path)) for path in room.glob("*.json"))
    return [facts for stamp, path in stamped if (facts := _read(path, stamp))]


@lru_cache(maxsize=20_000)
def _read(path: str, stamp: int) -> dict[str, Any] | None:
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
