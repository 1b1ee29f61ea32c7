"""What a fusion is: several tuned files in, the edits and tensors of one out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from pipelines.artefact import Header
from pipelines.backbone import Backbone
from pipelines.errors import BadInput
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


def words(parts: Sequence[Part]) -> tuple[Use, dict[str, Tensor]]:
    """The taught words of all parts, one after the other in the order of their subjects, as one edit.

    Raises:
        BadInput: when a part teaches no word, or words of another kind.
    """
    spoken = [{key: m for key, m in part.voice.modules.items() if hasattr(m, "words")} for part in parts]
    names = [{key.partition("/")[0] for key in modules} for modules in spoken]
    if len(names[0]) != 1 or any(found != names[0] for found in names):
        together = " and ".join(part.name for part in parts)
        raise BadInput(f"{together} teach words of different kinds.", "Tune both with the same recipe.")
    first = next(use for use in parts[0].header.uses() if {use.name} == names[0])
    tensors = {}
    for key in spoken[0]:
        rows = [row for modules in spoken for row in modules[key].vectors]
        tensors |= {f"{key}/vectors.{k}": row for k, row in enumerate(rows)}
    settings = dict(first.settings)
    if first.name == "token":
        counts = [n for part in parts for n in part.voice.words().values()]
        settings |= {"vectors": counts if len(set(counts)) > 1 else counts[0]}
    return Use(first.name, settings), tensors
