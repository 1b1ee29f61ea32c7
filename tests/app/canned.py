"""A door for workers under test: work that takes known time and says known things, told by the prompt's words."""

import base64
import json
import os
import time
from pathlib import Path

from pipelines.errors import BadInput, Stopped
from pipelines.events import Made, Measure, Preview, Progress, Report, Started
from pipelines.tasks import Sample, Segment, Task


def run(task: Task, report: Report) -> dict:
    """Do what the words say: `count 20` (20 ms each, resumable), `refuse`, `break`, `fill`, `make`, `load`."""
    if isinstance(task, Segment) and task.photo == "load":
        time.sleep(600)
    report(Started("Canned"))
    if isinstance(task, Segment):
        if task.photo == "refuse":
            raise BadInput("No subject there.", "Click the subject.")
        return {"photo": task.photo, "points": len(task.points), "threads": os.environ["OMP_NUM_THREADS"]}
    assert isinstance(task, Sample)
    words = task.scene.prompt.split()
    return {"count": count, "refuse": refuse, "break": broken, "fill": fill, "make": make}[words[0]](
        task, report, *words[1:]
    )


def count(task: Sample, report: Report, total: str) -> dict:
    """Count up, saving every number; carry on from the last one saved."""
    note, steps = Path(task.out).with_suffix(".count"), int(total)
    start = json.loads(note.read_text()) if note.exists() else 0
    for step in range(start + 1, steps + 1):
        if report.stop():
            raise Stopped(f"{step - 1}")
        report.wait()
        time.sleep(0.02)
        note.write_text(json.dumps(step))
        report(Progress(step, steps))
        report(Measure(step, {"loss": 1 / step} | dict.fromkeys(report.wishes(), 1.0)))
        report(Preview(step, steps, base64.b64encode(b"x" * 64).decode()))
    return {"from": start, "to": steps}


def refuse(task: Sample, report: Report) -> dict:
    raise BadInput("This cannot be done.", "Do something else.")


def broken(task: Sample, report: Report) -> dict:
    raise ZeroDivisionError("a mistake of ours")


def fill(task: Sample, report: Report) -> dict:
    raise OSError(28, "No space left on device")


def make(task: Sample, report: Report) -> dict:
    Path(task.out).write_bytes(b"picture")
    report(Made("picture", task.out, {"subjects": ["pip"], "seconds": 0.1}))
    return {"picture": task.out}
