"""What the compare pipeline has left in a wall's folder beside its cells: what scores there are, and what rows cost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

CellKey = tuple[str, str, str, int]
"""Which cell: subject, recipe, prompt as it was written, seed."""


@dataclass(frozen=True)
class Made:
    """A finished cell: its picture's file, its scores by name, empty where no judge could score it, and its seconds."""

    picture: Path
    scores: Mapping[str, float]
    seconds: float | None

    @property
    def likeness(self) -> float | None:
        return self.scores.get("likeness")

    @property
    def prompt_following(self) -> float | None:
        return self.scores.get("prompt_following")


@dataclass(frozen=True)
class Metric:
    """A score of a wall: its name for people, how it is measured, whether "more" or "less" is good, and by whom."""

    key: str
    label: str
    how: str = ""
    better: str = "more"
    judge: str = ""


@dataclass(frozen=True)
class Told:
    """What a run said of its scores: the judges' name, every score there may be, and `panel.mark` of the judges."""

    judge: str
    metrics: tuple[Metric, ...]
    mark: str = ""


FIRST = ("likeness", "prompt_following")
PLAIN = (Metric("likeness", "Likeness"), Metric("prompt_following", "Prompt-following"))


@dataclass(frozen=True)
class Cost:
    """What a method took on a subject: seconds to learn, bytes of its file, peak memory in bytes, the file itself."""

    seconds: float | None
    bytes: int | None
    memory: int | None
    artefact: str


def told(wall: Path) -> Told:
    """What the last run said of its scores; the two that are shown first are there in any case. Every cell asks."""
    path = wall / "wall.json"
    try:
        return _told(str(path), path.stat().st_mtime_ns)
    except OSError:
        return Told("", PLAIN)


@lru_cache(maxsize=16)
def _told(path: str, stamp: int) -> Told:
    about = _read(path, stamp) or {}
    said = about.get("metrics") or {}
    metrics = [Metric(key, *(one[name] for name in ("label", "how", "better", "judge"))) for key, one in said.items()]
    metrics += [one for one in PLAIN if one.key not in said]
    ordered = tuple(sorted(metrics, key=lambda one: [*FIRST, one.key].index(one.key)))
    return Told(about.get("judge") or "", ordered, about.get("judges_mark") or "")


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


@lru_cache(maxsize=1000)
def _read(path: str, stamp: int) -> dict[str, Any] | None:
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
