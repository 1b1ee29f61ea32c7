"""What a fusion is: several tuned files in, the edits and tensors of one out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from pipelines.artefact import Header
from pipelines.backbone import Backbone
from pipelines.events import Report
from pipelines.seams import Voice
from pipelines.spec import Subject, Use


@dataclass(frozen=True)
class Part:
    """One of the files that are fused: its name, what it says about itself, its voice, and how much it counts."""

    name: str
    header: Header
    voice: Voice
    weight: float


@dataclass(frozen=True)
class Fused:
    """What comes out: edits and the tensors they were built for (`edit/layer/parameter` → tensor). The subjects are
    those of all parts, in order."""

    edits: tuple[Use, ...]
    tensors: dict[str, Tensor]


class Fusion(Protocol):
    """Makes one artefact out of several on the same base; its settings are its arguments.

    Raises BadInput, naming the file, where an edit cannot be fused this way.
    """

    def __call__(self, parts: Sequence[Part], backbone: Backbone, report: Report) -> Fused: ...


def people(parts: Sequence[Part]) -> tuple[Subject, ...]:
    """The subjects of all parts, in order."""
    return tuple(subject for part in parts for subject in part.header.people())
