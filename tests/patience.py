"""Waiting for what another process or a page does. It costs nothing to be patient: only failing takes longer."""

import time
from collections.abc import Callable
from typing import TypeVar

Known = TypeVar("Known")
SECONDS = 180.0
"""More than anything takes on a machine that is busy with other things."""


def until(known: Callable[[], Known], seconds: float = SECONDS) -> Known:
    """Wait until `known()` is true, and give it."""
    give_up = time.monotonic() + seconds
    while not (found := known()):
        assert time.monotonic() < give_up, "it did not come true"
        time.sleep(0.02)
    return found
