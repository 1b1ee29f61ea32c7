"""The report of work inside a larger run: it says how far that run is, and what itself is at."""

from collections.abc import Callable
from dataclasses import replace

from pipelines.events import Event, Progress, Report, Warned


class Inside:
    """Passes on warnings, and progress as a note beside the run's own, which `far` tells; the rest is the run's
    business."""

    def __init__(self, report: Report, what: str, far: Callable[[], Progress]):
        self.report, self.what, self.far = report, what, far

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.report(replace(self.far(), note=f"{self.what}, {event.step} of {event.total}"))
        elif isinstance(event, Warned):
            self.report(event)

    def stop(self) -> bool:
        return self.report.stop()

    def wait(self) -> None:
        self.report.wait()

    def wishes(self) -> tuple[str, ...]:
        return ()
