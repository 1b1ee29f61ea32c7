"""Pictures that wait to be scored: judges see many at once, and nobody waits for their numbers for long."""

import time
from typing import Generic, TypeVar

TOGETHER, PATIENCE = 16, 5.0
"""Pictures that are scored together, and the seconds after which fewer are."""
One = TypeVar("One")


class Waiting(Generic[One]):
    """What waits, in its order: pictures that are to be scored, and between them what comes after these."""

    def __init__(self):
        self.each: list[One] = []
        self.unseen, self.since = 0, 0.0

    def add(self, one: One, since: float | None) -> None:
        """Let one wait: `since` then, on the clock of `time.monotonic`; None for what need not be scored."""
        self.each.append(one)
        if since is not None:
            self.since = self.since if self.unseen else since
            self.unseen += 1

    @property
    def due(self) -> bool:
        """Whether enough are there, or the first has waited long enough."""
        return self.unseen >= TOGETHER or self.unseen > 0 and time.monotonic() - self.since >= PATIENCE

    def take(self) -> list[One]:
        """All of them; nobody waits any more."""
        each, self.each, self.unseen = self.each, [], 0
        return each
