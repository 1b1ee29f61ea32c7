"""Whether the scores can be trusted: rows whose order is known beforehand have to come out in it."""

from collections.abc import Mapping, Sequence
from typing import Any

RENDERS, PHOTOS, BASE = "renders", "photos", "base"
ORDER = (
    ("identity", RENDERS, BASE, "perfect pictures are not known again more often than the untuned base's"),
    ("attributes", RENDERS, PHOTOS, "perfect pictures do not follow prompts better than photos given back"),
    ("prompt_following", RENDERS, PHOTOS, "perfect pictures do not follow prompts better than photos given back"),
    ("copy", PHOTOS, RENDERS, "photos given back are no nearer to the photos than perfect pictures"),
    ("place_leakage", PHOTOS, RENDERS, "photos given back bring their places along no more than perfect pictures"),
)
"""Score, the row that must have more of it, the row that must have less, and what it means when it has not."""


def doubts(rows: Sequence[Mapping[str, Any]], order: Sequence[tuple[str, str, str, str]] = ORDER) -> list[str]:
    """A sentence for every pair of rows (see `results.tabled`) that is in another order than `order` says; none where a
    score or a row is not there."""
    found = {(row["group"], row["method"], name): one["value"] for row in rows for name, one in row["scores"].items()}
    said = []
    for group in dict.fromkeys(row["group"] for row in rows):
        for name, more, less, words in order:
            high, low = found.get((group, more, name)), found.get((group, less, name))
            if high is not None and low is not None and not high > low:
                said.append(f"Distrust {name.replace('_', ' ')} in {group}: {words} ({high:.3f} and {low:.3f}).")
    return said
