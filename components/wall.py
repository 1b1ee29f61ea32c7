"""What a wall looks like on the page: its rows, columns, cells and scores. The widget is `contact_sheet`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.score_table import Column, Score


@dataclass(frozen=True)
class Row:
    """A method on the wall: means over its cells by score, what it cost, and a verdict in a few words; `detail` is
    where it stands in a sweep."""

    key: str
    letter: str
    name: str
    detail: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds: float | None = None
    bytes: int | None = None
    verdict: Literal["", "front", "copies", "base"] = ""
    hidden: bool = False
    pinned: bool = False


@dataclass(frozen=True)
class Prompt:
    """Words that every seed is asked with: `label` is the part that tells them from the others. With a seed it makes a
    column, whose key is "number of the prompt-seed"."""

    label: str
    prompt: str


@dataclass(frozen=True)
class Cell:
    """One picture of the wall. `image` is its address, or the newest frame while it runs; `small` a thumbnail;
    `words` the prompt as the model got it."""

    key: str
    row: str
    column: str
    state: Literal["waiting", "running", "done", "failed"]
    image: str = ""
    small: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    flagged: str = ""
    starred: bool = False
    error: str = ""
    step: int = 0
    total: int = 0
    words: str = ""


@dataclass(frozen=True)
class Sheet:
    """A wall as the page shows it, without its cells. `columns` are prompts by seeds. `state` is that of the job behind
    it; `note` says in a few words what is happening; `steps` and `scale` are the sampling numbers of its pictures;
    `metrics` the scores there are, the two that are shown first in front; `reading` says that more is there than was
    looked at yet, `aged` that its pictures are all made, but would be given other scores today."""

    wall: str
    title: str
    subject: str
    subjects: tuple[dict[str, str], ...] = ()
    photos: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    seeds: tuple[int, ...] = ()
    metrics: tuple[Column, ...] = ()
    done: int = 0
    total: int = 0
    state: Literal["", "queued", "running", "paused", "stopped", "failed"] = ""
    message: str = ""
    advice: str = ""
    blind: bool = False
    walls: tuple[dict[str, str], ...] = field(default=())
    note: str = ""
    steps: int = 0
    scale: float = 0.0
    reading: bool = False
    aged: bool = False


@dataclass(frozen=True)
class Window:
    """What of a wall is in sight: some rows by key, columns from `first` to before `last`; and all rows of `column`."""

    rows: tuple[str, ...] = ()
    first: int = 0
    last: int = 0
    column: str = ""


@dataclass(frozen=True)
class Table:
    """Scores by row, over `units` subjects, or prompts of the one there is (`unit`), tested against a row."""

    against: str
    unit: str
    units: int
    lines: Mapping[str, tuple[Score, ...]]
    judge: str = ""
