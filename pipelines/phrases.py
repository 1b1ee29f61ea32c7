"""Where a picture's words speak of what is in each region. Imports no torch."""

import re
from collections.abc import Sequence

WORD = re.compile(r"<[^<>\s:]+>|[^\W_]+(?:['’-][^\W_]+)*")
SMALL = {
    "a", "an", "the", "and", "or", "of", "in", "on", "at", "by", "to", "with", "from", "into", "over", "under",
    "behind", "before", "beside", "near", "its", "his", "her", "their", "is", "are", "this", "that", "these", "those",
}  # fmt: skip

Span = tuple[int, int]


def spans(text: str, phrases: Sequence[str]) -> list[list[Span]]:
    """For each phrase the first and one past the last letter of each of its words in a text.

    Small words ("a", "with") are passed over. A phrase is found where its other words follow each other; what one
    phrase has found, the next does not find again, so that two ducks are two places in the text. An empty list where
    it is not found.
    """
    said = [(found[0].lower(), found.span()) for found in WORD.finditer(text) if found[0].lower() not in SMALL]
    free, places = [True] * len(said), []
    for phrase in phrases:
        wanted = [found.lower() for found in WORD.findall(phrase) if found.lower() not in SMALL]
        at = next((i for i in range(len(said)) if wanted and _here(said, free, i, wanted)), None)
        taken = range(at, at + len(wanted)) if at is not None else ()
        for i in taken:
            free[i] = False
        places.append([said[i][1] for i in taken])
    return places


def naming(text: str, phrases: Sequence[str]) -> str:
    """The text with those phrases behind it that it does not speak yet."""
    missing = [phrase for phrase, found in zip(phrases, spans(text, phrases), strict=True) if phrase and not found]
    return ", ".join([text, *missing] if text.strip() else missing)


def plain(text: str) -> str:
    """The text without taught words in <angle brackets>."""
    return " ".join(re.sub(r"<[^<>\s:]+>", " ", text).split())


def besides(text: str, others: Sequence[str]) -> str:
    """What other texts speak of and this one does not, without taught words."""
    own = {word.lower() for word in WORD.findall(text)} | SMALL
    told = ([w for w in WORD.findall(plain(other)) if w.lower() not in own] for other in others)
    return ", ".join(dict.fromkeys(" ".join(words) for words in told if words))


def _here(said: list[tuple[str, Span]], free: list[bool], at: int, wanted: list[str]) -> bool:
    return [word for word, _ in said[at : at + len(wanted)]] == wanted and all(free[at : at + len(wanted)])
