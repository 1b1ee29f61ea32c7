"""The report of a run that saves itself before it is held, so that nothing it learnt hangs on what comes meanwhile."""

from collections.abc import Callable

from pipelines.events import Event, Report


class Pausing:
    """Passes everything on, and calls `save` before `wait` blocks. What else was wished is kept for `wishes`."""

    def __init__(self, report: Report, save: Callable[[], None]):
        self.report, self.save = report, save
        self.heard: tuple[str, ...] = ()

    def __call__(self, event: Event) -> None:
        self.report(event)

    def stop(self) -> bool:
        return self.report.stop()

    def wait(self) -> None:
        said = self.report.wishes()
        self.heard += tuple(one for one in said if one != "pause")
        if "pause" in said:
            self.save()
        self.report.wait()

    def wishes(self) -> tuple[str, ...]:
        heard, self.heard = (*self.heard, *self.report.wishes()), ()
        return heard
