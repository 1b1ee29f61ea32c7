"""Two things timed fairly: in turn, on one thread, by the processor's time, the median of several."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import torch

WARM = 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Within, torch works on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def in_turn(one: Callable, other: Callable, pairs: int) -> tuple[float, float]:
    """Medians of CPU seconds of two functions that are called in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for k in range(WARM + pairs):
        for call, kept in zip((one, other), taken, strict=True):
            began = time.process_time()
            call()
            if k >= WARM:
                kept.append(time.process_time() - began)
    return median(taken[0]), median(taken[1])
