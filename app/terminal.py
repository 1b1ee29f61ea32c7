"""A report for the shell: progress on standard error, and Ctrl C as the wish to stop."""

import signal
import sys
import time
from typing import Any

from pipelines.events import Event, Made, Measure, Progress, Started, Warned

WIDTH = 24  # characters of the bar
PAUSE = 0.1  # seconds between two drawings of the bar


class Terminal:
    """Draws one line that moves where there is a screen, and a line every tenth of the way where there is none.

    The first Ctrl C asks the work to stop, which keeps what is finished; the second stops at once.
    """

    def __init__(self) -> None:
        self.moving = sys.stderr.isatty()
        self._asked, self._drawn, self._tenth, self._loss = False, 0.0, -1, ""

    def listening(self) -> "Terminal":
        """Take Ctrl C as the wish to stop from now on; from the main thread only."""
        signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._line(f"{event.title}, on {event.device}")
        elif isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Measure) and "loss" in event.values:
            self._loss = f"loss {event.values['loss']:.3f}"
        elif isinstance(event, Warned):
            self._line(f"{event.message} {event.advice}".strip())
        elif isinstance(event, Made) and event.what not in ("checkpoint", "sample", "cell", "weighed"):
            self._line(f"{event.what}: {event.path}")

    def stop(self) -> bool:
        return self._asked

    def wait(self) -> None:
        return None

    def wishes(self) -> tuple[str, ...]:
        return ()

    def _progress(self, event: Progress) -> None:
        share = event.step / max(1, event.total)
        text = "  ".join(part for part in (f"{event.step} of {event.total}", event.note, self._loss) if part)
        if self.moving:
            done = event.step >= event.total
            if done or time.monotonic() - self._drawn > PAUSE:
                self._drawn = time.monotonic()
                bar = "█" * round(WIDTH * share)
                print(f"\r\x1b[K{bar:░<{WIDTH}} {text}", end="\n" if done else "", file=sys.stderr, flush=True)
        elif int(10 * share) != self._tenth:
            self._tenth = int(10 * share)
            print(text, file=sys.stderr, flush=True)

    def _line(self, words: str) -> None:
        print(f"\r\x1b[K{words}" if self.moving else words, file=sys.stderr, flush=True)

    def _interrupt(self, *_: Any) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        self._line("Stopping at the next step; Ctrl C again to stop at once.")
