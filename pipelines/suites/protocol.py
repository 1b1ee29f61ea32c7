"""What a published benchmark is, as values: subjects, who is asked for in which prompts, how it is scored, what others
reached, and what of it is missing here. Imports no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import BadInput
from pipelines.spec import Subject


@dataclass(frozen=True)
class Prompt:
    """One published prompt.

    Fields:
        text: with {0} (and {1}) where the subjects' names go; one without them does not name its subject.
        index: its place in the published list, from 0. kind: what it changes, where the benchmark says so.
        detectables: things that should be seen in the picture, where the benchmark lists them.
    """

    text: str
    index: int
    kind: str = ""
    detectables: tuple[str, ...] = ()

    def said(self, *names: str) -> str:
        """The prompt with a name for each subject: "sks dog" for the model, "dog" for a score of the text."""
        text = self.text
        for number, name in enumerate(names):
            text = text.replace(f"{{{number}}}", name)
        return text


@dataclass(frozen=True)
class Case:
    """Which subjects (their ids) are asked for together, in which prompts; `split` where the benchmark has several."""

    id: str
    subjects: tuple[str, ...]
    prompts: tuple[Prompt, ...]
    split: str = "test"


@dataclass(frozen=True)
class Protocol:
    """How the benchmark is run and scored.

    Fields:
        pictures: made for each prompt. seeds: the published ones; empty where none are.
        steps, scale: of sampling; None where the benchmark leaves them open.
        references: whether a picture is compared with every photo of its subject or with one.
        plain: what stands for the subject when the text is scored; empty for the class noun. The trigger word never
            does.
        scores: name and definition of each. says: what else has to be known to compare numbers.
        by_kind: whether prompts of different kinds stand in tables of their own.
        class_prompt: with {0} for the class noun, what a taught model is asked to see whether the class still means
            what it meant; empty where the benchmark does not ask.
    """

    pictures: int
    seeds: tuple[int, ...] = ()
    steps: int | None = None
    scale: float | None = None
    references: Literal["all", "one"] = "all"
    plain: str = ""
    scores: tuple[tuple[str, str], ...] = ()
    says: tuple[str, ...] = ()
    by_kind: bool = False
    class_prompt: str = ""

    @property
    def told(self) -> list[str]:
        """Its scores and what else has to be known, each in a sentence."""
        return [*(f"{name}: {words}" for name, words in self.scores), *self.says]


@dataclass(frozen=True)
class Row:
    """A published result. `first_hand` is whether it was read where its authors printed it; rows of two tables are not
    comparable."""

    table: str
    method: str
    scores: Mapping[str, float]
    source: str
    first_hand: bool = True
    base: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """The row as plain JSON."""
        return asdict(self) | {"scores": dict(self.scores)}


@dataclass(frozen=True)
class Gap:
    """Something that is not as published: absent, unreadable, or another number of things. The rest stays usable."""

    kind: Literal["missing", "broken", "count"]
    what: str
    advice: str = ""


@dataclass(frozen=True)
class Suite:
    """A benchmark as it lies in a folder.

    Fields:
        name, title, paper (arXiv number), licence. folder: where it was read.
        subjects: those with at least one readable photo, with nouns and triggers; photos are the files as they are.
        cases: what can be asked of these subjects. published: rows of others. gaps: what is not as published.
        whole: subjects, prompts (case by prompt) and photos of the complete benchmark.
        one: the photo (its stem) of each subject that one-reference protocols show, where that is published.
        notes: what was met and is no gap. noted: of photos of people, by file, what is noted of the face, of each of
            the same things 1 or -1; none where the benchmark notes nothing.
    """

    name: str
    title: str
    paper: str
    licence: str
    folder: Path
    subjects: tuple[Subject, ...]
    cases: tuple[Case, ...]
    protocol: Protocol
    published: tuple[Row, ...] = ()
    gaps: tuple[Gap, ...] = ()
    whole: Mapping[str, int] = field(default_factory=dict)
    one: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    noted: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def subject(self, id: str) -> Subject:
        """One subject.

        Raises:
            BadInput: when it is not there.
        """
        found = next((one for one in self.subjects if one.id == id), None)
        if found is None:
            raise BadInput(f"{self.title} has no subject “{id}” here.", f"There are {len(self.subjects)}.")
        return found

    def told(self, case: Case, prompt: Prompt) -> str:
        """A prompt as a model that has learnt the subjects gets it."""
        return prompt.said(*(f"{one.trigger} {one.noun}" for one in map(self.subject, case.subjects)))

    def scored(self, case: Case, prompt: Prompt) -> str:
        """A prompt as its text is scored, and as the untuned base gets it: without trigger words."""
        return prompt.said(*(self.protocol.plain or self.subject(one).noun for one in case.subjects))

    @property
    def here(self) -> dict[str, int]:
        """What of `whole` is usable here."""
        return {
            "subjects": len(self.subjects),
            "prompts": sum(len(case.prompts) for case in self.cases),
            "photos": sum(len(one.photos) for one in self.subjects),
        }

    @property
    def complete(self) -> bool:
        """Whether everything is as published: only then may a number stand beside the published rows."""
        return not self.gaps and self.here == dict(self.whole)


def rows(
    table: str, source: str, names: Sequence[str], lines: Mapping[str, Sequence[float | None]], first_hand: bool = True,
    base: str = "",
) -> tuple[Row, ...]:  # fmt: skip
    """Rows of one published table: the scores of each method in the order of `names`, None where none is printed.

    A method written "Name | base" names its own base.
    """
    made = []
    for method, values in lines.items():
        method, _, own = method.partition(" | ")
        scores = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        made.append(Row(table, method, scores, source, first_hand, own or base))
    return tuple(made)
