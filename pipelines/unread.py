"""Words beyond what the text encoder of a base reads: which they are, and whose."""

import re
from bisect import bisect_left
from collections.abc import Mapping

from pipelines import catalogue, phrases
from pipelines.backbone import Backbone
from pipelines.conditioning import once, spell
from pipelines.seams import Voice
from pipelines.spec import ATTENTION_ONLY, Scene

SHOWN = 60  # letters of the unread words that are quoted


def rest(text: str, lexicon: Mapping[str, int], nouns: Mapping[str, str], tokenizer) -> str:
    """The end of a text from the first word that is not read whole; empty where all of it is. See
    `conditioning.spell`."""
    words = list(re.finditer(r"\S+", text))

    def cut(count: int) -> bool:
        return spell(once(text[: words[count - 1].end()], nouns), lexicon, tokenizer).cut

    first = bisect_left(range(1, len(words) + 1), True, key=cut)
    return text[words[first].start() :] if first < len(words) else ""


def unread(scene: Scene, backbone: Backbone, voices: Mapping[str, Voice]) -> dict[int, list[str]]:
    """What is not read of a scene that is `sample.prepared`: sentences by the number of the region they are about, 0
    for the whole picture.

    Args:
        voices: tuned files by path, as they speak in the scene.
    """
    own, shared = {one.artefact for one in scene.regions if one.artefact}, {path for path, _ in scene.artefacts}

    def left(text: str, speaking: set[str]) -> str:
        heard = [voices[path] for path in speaking]
        lexicon = {word: count for one in heard for word, count in one.words().items()}
        nouns = {word: noun for one in heard for word, noun in one.nouns().items()}
        return rest(text, lexicon, nouns, backbone.readers[0].tokenizer)

    def said(words: str, away: str, speaking: set[str], whose: str) -> list[str]:
        found = {f"{whose} words": left(words, speaking)}
        if away and scene.scale != 1:
            found[f"{whose} words to keep out"] = left(away, speaking)
        return [
            f"{what} are too many for this base: {_quoted(end)} was not read. Say it shorter."
            for what, end in found.items() if end
        ]  # fmt: skip

    told = {0: said(scene.prompt, scene.negative, own | shared, "The picture’s")}
    for number, one in enumerate(scene.regions, 1):
        speaking = shared | ({one.artefact} if one.artefact else set())
        told[number] = said(one.prompt, one.negative, speaking, "Its") if one.prompt else []
    if scene.regions and catalogue.how(scene.how).with_knobs(scene.knobs).unused() == ATTENTION_ONLY:
        read = len(scene.prompt) - len(left(scene.prompt, own | shared))
        for number, found in enumerate(phrases.spans(scene.prompt, [one.prompt for one in scene.regions]), 1):
            if found and found[-1][1] > read:
                told[number] = ["The picture’s words speak of it too late to be read. Say them shorter."]
    return {number: sentences for number, sentences in told.items() if sentences}


def _quoted(words: str) -> str:
    return f"“{words if len(words) <= SHOWN else words[: SHOWN - 1].rstrip() + '…'}”"
