"""What a benchmark asks, as its grid of cells has to know it: prompts, and the subjects that are asked for in them."""

from collections.abc import Sequence
from typing import Protocol

from pipelines import sweep

BASE, UNTUNED, TOGETHER = sweep.BASE, sweep.UNTUNED, "two subjects"
"""The untuned base among methods, and its title; and among what recipes need, that they teach subjects together."""


class Ask(Protocol):
    """One prompt: what the untuned base gets, by which text the picture is scored, and where subjects belong."""

    plain: str
    text: str
    boxes: tuple[tuple[float, float, float, float], ...]


class Case(Protocol):
    """Subjects that are asked for together: in which part of the benchmark, under which name, in which prompts."""

    track: str
    id: str
    asks: Sequence[Ask]

    def said(self, ask: Ask) -> str:
        """A prompt as a model that has learnt the subjects gets it."""
        ...
