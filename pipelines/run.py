"""The door: one task in, its pipeline at work, plain JSON out. Imports only what the task needs."""

import importlib
from collections.abc import Iterator
from typing import Any

from pipelines.doors import open_doors
from pipelines.events import Report
from pipelines.tasks import Segment, Task


def run(task: Task, report: Report) -> dict[str, Any]:
    """Carry out a task.

    Returns:
        Plain JSON; what it holds is told by the pipeline of that kind.

    Raises:
        StudioError: with a sentence for the person and what to do next; `Stopped` when the report asked to stop.
    """
    open_doors()
    pipeline = importlib.import_module(f"pipelines.{task.kind}")
    return (pipeline.segment if isinstance(task, Segment) else pipeline.run)(task, report)


def prepare(lane: str, base: str) -> Iterator[None]:
    """Load, part by part, what the first task of a lane will need, while nobody waits: libraries, the segmenter, and
    the base in use where it is the starter. A larger one would fill memory that nobody has asked for yet."""
    open_doors()
    yield
    if lane == "quick":
        segment = importlib.import_module("pipelines.segment")
        segment.at_hand(segment.usable("starter"))
        return
    importlib.import_module("pipelines.sample")
    yield
    if base == "starter":
        importlib.import_module("pipelines.backbone").Backbone.at_hand(base)
