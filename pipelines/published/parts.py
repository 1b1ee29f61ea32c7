"""What a benchmark asks, in the order in which it is asked: who, in which prompts, in which table."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.spec import Subject
from pipelines.suites import Case, Suite

CLASS, PAIRS = "class word", "pairs"
QUICK_CASES, QUICK_PROMPTS = 2, 2


@dataclass(frozen=True)
class Ask:
    """One prompt: as a taught model gets it, and without trigger words, as the base gets it and its text is scored."""

    prompt: str
    plain: str
    boxes: tuple[()] = ()

    @property
    def text(self) -> str:
        return self.plain


@dataclass(frozen=True)
class Part:
    """Subjects that are asked for together.

    Fields:
        track: the table it is in. who: the subjects with the photos that a method is shown and compared with.
        known: the same subjects with all their photos.
    """

    track: str
    id: str
    who: tuple[Subject, ...]
    known: tuple[Subject, ...]
    asks: tuple[Ask, ...]

    def said(self, ask: Ask) -> str:
        """A prompt as a model that has learnt the subjects gets it."""
        return ask.prompt


def parts(suite: Suite, quick: bool = False) -> tuple[Part, ...]:
    """Everything that is asked here. Where the protocol shows one photo, each subject has only that one: the published
    one, or, where none is, each of its photos in turn (Stellar).

    Args:
        quick: the first subjects and prompts of each table, to see that it runs.
    """
    found = [*_prompted(suite), *_classes(suite)]
    if not quick:
        return tuple(found)
    few: dict[str, list[Part]] = {}
    for part in found:
        few.setdefault(part.track, []).append(replace(part, asks=part.asks[:QUICK_PROMPTS]))
    return tuple(part for each in few.values() for part in each[:QUICK_CASES])


def seeds(suite: Suite) -> tuple[int, ...]:
    """The published seeds, or as many as there are pictures of a prompt, from 0."""
    return suite.protocol.seeds or tuple(range(suite.protocol.pictures))


def tables(suite: Suite, found: tuple[Part, ...]) -> dict[str, str]:
    """What each table is, in a few words."""
    known = {
        CLASS: "the class noun alone, by the taught model: whether it still means the class",
        PAIRS: "two subjects in one picture; a score is the mean over both",
    }
    return {part.track: known.get(part.track, suite.title) for part in found}


def _prompted(suite: Suite) -> Iterator[Part]:
    for case in suite.cases:
        for id, who in _shown(suite, case):
            asked: dict[str, list[Ask]] = {}
            for prompt in case.prompts:
                ask = Ask(suite.told(case, prompt), suite.scored(case, prompt))
                asked.setdefault(_track(suite, case, prompt.kind), []).append(ask)
            known = tuple(map(suite.subject, case.subjects))
            for track, asks in asked.items():
                yield Part(track, id, who, known, tuple(asks))


def _track(suite: Suite, case: Case, kind: str) -> str:
    if len(case.subjects) > 1:
        return PAIRS
    return kind if suite.protocol.by_kind and case.split == "test" else case.split


def _shown(suite: Suite, case: Case) -> Iterator[tuple[str, tuple[Subject, ...]]]:
    """A name and the subjects of a case, once for every choice of photos."""
    who = tuple(map(suite.subject, case.subjects))
    if suite.protocol.references == "all":
        yield case.id, who
    elif suite.one:
        yield case.id, tuple(_fixed(one, suite.one.get(one.id, "")) for one in who)
    else:
        for photo in who[0].photos:
            id = f"{case.id}-{Path(photo.image).stem}" if len(who[0].photos) > 1 else case.id
            yield id, (replace(who[0], photos=(photo,)),)


def _fixed(subject: Subject, stem: str) -> Subject:
    """A subject with its published photo alone; with its first one where that is not here."""
    photo = next((one for one in subject.photos if Path(one.image).stem == stem), subject.photos[0])
    return replace(subject, photos=(photo,))


def _classes(suite: Suite) -> Iterator[Part]:
    if suite.protocol.class_prompt:
        alone = {one for case in suite.cases if len(case.subjects) == 1 for one in case.subjects}
        for subject in suite.subjects:
            if subject.id in alone:
                text = suite.protocol.class_prompt.replace("{0}", subject.noun)
                yield Part(CLASS, subject.id, (subject,), (subject,), (Ask(text, text),))
