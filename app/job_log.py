"""What a job said, as lines to read or to send with a bug report; and the trace of a mistake, where it made one."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from app.jobs import Jobs
from app.library import Library
from pipelines.events import Cancelled, Event, Failed, Finished, Made, Measure, Preview, Progress, Started, Warned

END = 16_000  # characters of a log worth reading
SHARE = 0.05  # of the whole run, between two lines of progress


def log(jobs: Jobs, library: Library, job: str) -> str:
    """The log of one job, its end where it is long. Progress is told in steps of a twentieth.

    Raises:
        BadInput: when there is none of that id.
    """
    one = jobs.get(job)
    head = f"{_when(one.created)}  asked for: {one.title}"
    told = [f"{_when(at)}  {words}" for at, words in _lines(jobs.events(job))]
    trace = library.settings.room("logs") / f"job-{job}.log"
    last = ["", trace.read_text("utf-8", "replace")] if trace.is_file() else []
    return "\n".join([head, *told, *last])[-END:]


def _lines(said: Iterable[tuple[int, float, Event]]) -> Iterator[tuple[float, str]]:
    shown, note = -1.0, ""
    for _, at, event in said:
        match event:
            case Preview():
                continue
            case Progress():
                share = event.step / event.total if event.total else 0.0
                if event.note == note and 0 <= share - shown < SHARE and event.step != event.total:
                    continue
                shown, note = share, event.note
                words = f"step {event.step} of {event.total}" + (f", {note}" if note else "")
            case Started():
                shown, words = -1.0, f"started: {event.title}, on {event.device}"
            case Measure() if set(event.values) <= {"loss", "memory"}:
                continue
            case Measure():
                words = f"step {event.step}: " + ", ".join(f"{k} {v:.4g}" for k, v in event.values.items())
            case Made():
                words = f"made: {event.what} {event.path}"
            case Warned():
                words = f"warned: {event.message} {event.advice}".rstrip()
            case Finished():
                words = f"finished after {event.seconds:.1f} s"
            case Failed():
                words = f"did not finish: {event.message} {event.advice}".rstrip()
            case Cancelled():
                words = f"stopped; kept: {event.kept}" if event.kept else "stopped"
        yield at, words


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M:%S")
