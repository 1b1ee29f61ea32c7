"""What a table of scores is made of; assets/js/score_table.js draws it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """A mean with its interval; `p` is how easily chance alone would part it so far from what all are held against,
    `rank` the mean place among the rows, 1 the best; None where that was not worked out."""

    name: str
    value: float
    low: float
    high: float
    p: float | None = None
    rank: float | None = None


@dataclass(frozen=True)
class Column:
    """A score: its name for people, a sentence on how it is measured, whether "more" or "less" of it is good, and
    whose numbers they are."""

    key: str
    label: str
    how: str = ""
    better: str = "more"
    judge: str = ""
