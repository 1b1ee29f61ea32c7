"""A worker's door that opens to the segmenting pipeline alone."""

from pipelines.events import Report
from pipelines.tasks import Task


def run(task: Task, report: Report) -> dict:
    """Carry out a Segment task."""
    from pipelines.segment import segment

    return segment(task, report)
