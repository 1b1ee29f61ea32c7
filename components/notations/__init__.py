"""Layouts in the notations of other programs: one file each, read and written as text, none of it ever executed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from components import layout
from components.notations import mix_of_show, own, regional_prompter, swarm
from components.notations.sheet import Sheet
from pipelines.errors import BadInput


@dataclass(frozen=True)
class Notation:
    """One way to write a layout down: what people call it, its file's name, how it is recognised, read and written."""

    title: str
    file: str
    knows: Callable[[str], bool]
    read: Callable[[str], Sheet]
    write: Callable[[Sheet], str]


NOTATIONS: Mapping[str, Notation] = MappingProxyType({
    "likeness": Notation("Likeness", "layout.json", own.knows, own.read, own.write),
    "mix_of_show": Notation("Mix-of-Show", "layout-mix-of-show.txt", mix_of_show.knows, mix_of_show.read,
                            mix_of_show.write),
    "swarm": Notation("SwarmUI", "layout-swarmui.txt", swarm.knows, swarm.read, swarm.write),
    "regional_prompter": Notation("Regional Prompter", "layout-regional-prompter.txt", regional_prompter.knows,
                                  regional_prompter.read, regional_prompter.write),
})  # fmt: skip
LONGEST, WORDY = 4_000_000, 100_000  # letters worth reading of a file of ours, with its pictures, and of any other


def read(text: str) -> Sheet:
    """What a file says, in whichever notation it is; its layout is checked.

    Raises:
        BadInput: when it is in none of them, or holds what its notation does not allow.
    """
    fitting = (one for kind, one in NOTATIONS.items() if len(text) <= (LONGEST if kind == "likeness" else WORDY))
    known = next((one for one in fitting if one.knows(text)), None)
    if known is None:
        raise BadInput(
            "This is not a layout.",
            f"Open a file that was saved with Save layout, or one of {', '.join(_others())}.",
        )
    sheet = known.read(text)
    return Sheet(layout.check(sheet.layout), sheet.prompt[:1000], sheet.negative[:1000], sheet.notes)


def write(kind: str, drawn: Any, prompt: str = "", negative: str = "") -> tuple[str, str, tuple[str, ...]]:
    """A layout as a file: its name, its text, and in words what this notation cannot hold.

    Raises:
        BadInput: for a value that is no layout, an unknown notation, or a layout it has no words for.
    """
    if kind not in NOTATIONS:
        raise BadInput(f"There is no notation “{kind}”.", f"There are: {', '.join(NOTATIONS)}.")
    checked = layout.check(drawn)
    if kind == "likeness":
        return NOTATIONS[kind].file, NOTATIONS[kind].write(Sheet(checked)), ()
    shown = [one for one in checked["regions"] if not one["hidden"]]
    text = NOTATIONS[kind].write(Sheet({**checked, "regions": shown}, prompt, negative))
    return NOTATIONS[kind].file, text, _lost(kind, checked["regions"])


def _others() -> list[str]:
    return [one.title for name, one in NOTATIONS.items() if name != "likeness"]


LOST = {
    "subjects": lambda one: one["subject"] is not None,
    "drawn shapes (their boxes are)": lambda one: one["mask"] is not None,
    "soft edges": lambda one: one["feather"] > 0,
    "beginnings and ends": lambda one: (one["start"], one["stop"]) != (0, 1),
    "strengths": lambda one: one["strength"] < 1,
    "words to keep out": lambda one: bool(one["negative"].strip()),
    "hidden regions": lambda one: one["hidden"],
}
HELD = {"mix_of_show": {"words to keep out"}, "swarm": {"strengths"},
        "regional_prompter": {"strengths", "words to keep out"}}  # fmt: skip


def _lost(kind: str, regions: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(what for what, has in LOST.items() if what not in HELD[kind] and any(has(one) for one in regions))
