"""A door that takes for ever to prepare, and no time for its work."""

import time
from collections.abc import Iterator

from pipelines.events import Report
from pipelines.tasks import Task


def run(task: Task, report: Report) -> dict:
    """Done at once."""
    return {}


def prepare(lane: str, base: str) -> Iterator[None]:
    """Never ready."""
    print("preparing", flush=True)
    time.sleep(600)
    yield
