"""What a prompt asks for, in the words of the toybox: colours, places, styles ... and which things."""

import re
from functools import cache

from pipelines.eyes import Eyes

UNSAID = {"", "photo", "standing", "day", "clear", "plain"}
"""Words that no prompt has to mean, or that every prompt says."""
OTHERWISE = [("falling snow", "weather", "snowfall"), ("raining", "weather", "rain"), ("foggy", "weather", "fog")]
WORN, PAINT = "·", ("colour", "pattern")


def named(prompt: str) -> dict[str, str]:
    """The attributes a prompt names; the colour or pattern of an accessory is not the thing's own."""
    text, found = prompt.lower(), {}
    for phrase, name, word in _phrases():
        behind = rf"(?! {WORN})" if name in PAINT else ""
        text, times = re.subn(rf"\b{re.escape(phrase)}\b{behind}", WORN if name == "accessory" else "", text)
        if times and name != "noun":
            found.setdefault(name, word)
    return found


@cache
def _phrases() -> list[tuple[str, str, str]]:
    """(phrase, kind, word), long phrases first, so that no "flower" is seen in a "flower field"; paint last."""
    kinds = {name: words for name, words in Eyes.WORDS.items() if name != "second"}  # no caption names it
    said = [(word, name, word) for name, words in kinds.items() for word in set(words) - UNSAID]
    return sorted([*said, *OTHERWISE], key=lambda one: (one[1] in PAINT, -len(one[0])))
