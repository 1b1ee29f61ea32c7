"""A worker's door that opens to the segmenting pipeline alone."""

from pipelines.doors import open_doors
from pipelines.events import Report
from pipelines.tasks import Task

open_doors()


def run(task: Task, report: Report) -> dict:
    """Carry out a Segment task."""
    from pipelines.segment import segment

    return segment(task, report)
