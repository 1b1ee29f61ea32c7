"""What ToyBench asks: five tracks of subjects and prompts, each with the scene that a perfect picture would show.

Everything follows from the toybox's own seeds. Photos are taken in places that no prompt names, so a place that comes
along is seen. Subjects of `reserved` are for a final evaluation: nothing may be chosen by looking at them.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Literal

from pipelines import toybox
from pipelines.errors import BadInput
from pipelines.toybox.captions import HOW
from pipelines.toybox.stage import framed

Box = tuple[float, float, float, float]
Kind = Literal["object", "person", "style"]

VERSION = 1
"""Raised when anything below changes: results of two versions are not comparable."""
TRACKS = {
    "single": "one thing in new places, manners, poses, and with accessories",
    "people": "one person with other faces and accessories",
    "multi": "two subjects in one picture, by words alone",
    "style": "a manner of drawing under a new word",
    "layout": "two or three subjects, each in its own box",
}
SPLITS = ("test", "reserved")
HOME = ("grass", "wooden floor", "street", "kitchen", "flower field")
"""Where photos are taken."""
PHOTOS, SEEDS, SHOOT = 5, (11, 12), 700
THINGS = (
    "robot", "duck", "teddy bear", "cat", "dog", "penguin", "car", "boat", "castle", "windmill", "teapot", "mug",
)  # fmt: skip
PAIRS = (
    ("robot", "duck"), ("cat", "car"), ("penguin", "teapot"), ("teddy bear", "castle"), ("dog", "boat"),
    ("mug", "windmill"),
)  # fmt: skip
GROUPS = (
    ("robot", "duck"), ("cat", "car"), ("penguin", "teapot"), ("dog", "castle"),
    ("robot", "cat", "teapot"), ("duck", "car", "teddy bear"),
)  # fmt: skip
MODELS = ("robot", "cat", "car", "castle", "teapot", "duck")
"""What a style is shown on, and what is asked for in it."""


@dataclass(frozen=True)
class Shown:
    """What a prompt asks for, in the toybox's words."""

    place: str
    style: str = "photo"
    pose: str = "standing"
    accessory: str = ""
    expression: str = ""


SINGLE: tuple[tuple[str, Shown], ...] = (
    ("a photo of a {0} on a beach", Shown("beach")),
    ("a watercolour of a {0} in the snow", Shown("snow", "watercolour")),
    ("a photo of a {0} wearing a top hat in a desert", Shown("desert", accessory="top hat")),
    ("a cartoon of a {0} in a forest", Shown("forest", "cartoon")),
    ("a photo of a {0} on the moon", Shown("moon")),
    ("a photo of a {0} upside down in a studio", Shown("studio", pose="upside down")),
    ("an oil painting of a {0} under water", Shown("seabed", "oil painting")),
    ("a photo of a {0} wearing a scarf in the snow", Shown("snow", accessory="scarf")),
)
PEOPLE: tuple[tuple[str, Shown], ...] = (
    ("a photo of a {0} looking sad on a beach", Shown("beach", expression="sad")),
    ("a watercolour of a {0} in the snow", Shown("snow", "watercolour")),
    ("a photo of a {0} wearing a crown in a desert", Shown("desert", accessory="crown")),
    ("a photo of a {0} looking surprised in a forest", Shown("forest", expression="surprised")),
    ("a cartoon of a {0} on the moon", Shown("moon", "cartoon")),
    ("a photo of a {0} waving in a studio", Shown("studio", pose="waving")),
)
TOGETHER: tuple[tuple[str, Shown], ...] = (
    ("a photo of a {0} on the left and a {1} on the right on a beach", Shown("beach")),
    ("a photo of a {1} on the left and a {0} on the right in the snow", Shown("snow")),
    ("a watercolour of a {0} on the left and a {1} on the right in a desert", Shown("desert", "watercolour")),
    ("a photo of a {1} on the left and a {0} on the right on the moon", Shown("moon")),
)
STYLED: tuple[tuple[str, Shown], ...] = (
    ("a {noun} on a beach in the style of {0}", Shown("beach")),
    ("a {noun} in the snow in the style of {0}", Shown("snow")),
    ("a {noun} in a desert in the style of {0}", Shown("desert")),
    ("a {noun} in a forest in the style of {0}", Shown("forest")),
)
PLACED = (("on a beach", "beach"), ("in the snow", "snow"))
BOXES: dict[int, tuple[tuple[Box, ...], ...]] = {
    2: (((0.04, 0.2, 0.42, 0.72), (0.54, 0.2, 0.42, 0.72)), ((0.02, 0.3, 0.56, 0.66), (0.62, 0.14, 0.34, 0.5))),
    3: (((0.01, 0.24, 0.31, 0.64), (0.345, 0.24, 0.31, 0.64), (0.68, 0.24, 0.31, 0.64)),
        ((0.02, 0.4, 0.4, 0.58), (0.34, 0.04, 0.32, 0.4), (0.58, 0.4, 0.4, 0.58))),
}  # fmt: skip


@dataclass(frozen=True)
class Toy:
    """Somebody or something to be learnt: its class noun, its trigger, and the scenes its photos show."""

    id: str
    noun: str
    trigger: str
    kind: Kind
    photos: tuple[toybox.Scene, ...]

    def named(self) -> str:
        """What stands for it in the prompt of a model that has learnt it."""
        return self.trigger if self.kind == "style" else f"{self.trigger} {self.noun}"


@dataclass(frozen=True)
class Ask:
    """One prompt of a case.

    Fields:
        prompt: with {0}, {1} ... where the subjects go. plain: what the untuned base gets. text: the true sentence,
            by which the picture is scored.
        truth: scenes of perfect pictures, one a seed; of a layout, one for each subject alone.
        boxes: where each subject belongs, as shares (x, y, width, height); empty for anywhere.
    """

    prompt: str
    plain: str
    text: str
    truth: tuple[toybox.Scene, ...]
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Case:
    """Subjects that are asked for together, and in which prompts."""

    track: str
    id: str
    toys: tuple[Toy, ...]
    asks: tuple[Ask, ...]

    def said(self, ask: Ask) -> str:
        """A prompt as a model that has learnt the subjects gets it."""
        text = ask.prompt
        for number, toy in enumerate(self.toys):
            text = text.replace(f"{{{number}}}", toy.named())
        return text


def cases(tracks: Sequence[str], split: str = "test", quick: bool = False) -> tuple[Case, ...]:
    """Everything that is asked in some tracks, in an order that never changes.

    Args:
        tracks: of TRACKS. split: one of SPLITS. quick: the first subject and two prompts of each, to see that it runs.

    Raises:
        BadInput: for a track or a split that is not there.
    """
    for track in tracks:
        if track not in TRACKS:
            raise BadInput(f"ToyBench has no track “{track}”.", f"It has: {', '.join(TRACKS)}.")
    if split not in SPLITS:
        raise BadInput(f"ToyBench has no split “{split}”.", f"It has: {', '.join(SPLITS)}.")
    found = [case for track in TRACKS if track in tracks for case in _MAKERS[track](split)]
    if not quick:
        return tuple(found)
    firsts = {case.track: case for case in reversed(found)}
    return tuple(replace(firsts[track], asks=firsts[track].asks[:2]) for track in TRACKS if track in firsts)


def seeds(quick: bool = False) -> tuple[int, ...]:
    """The seeds of every prompt."""
    return SEEDS[:1] if quick else SEEDS


def protocol(found: Sequence[Case], quick: bool = False) -> str:
    """A name of everything that is asked: results with another one are of another benchmark."""
    told = json.dumps([VERSION, seeds(quick), [asdict(case) for case in found]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@lru_cache(maxsize=256)
def toy(noun: str, number: int, split: str) -> Toy:
    """The `number`-th individual of a class, photographed at home."""
    who = toybox.subject(noun, number, split)
    word = noun.replace(" ", "")
    kind: Kind = "person" if noun in toybox.PEOPLE else "object"
    return Toy(f"{word}-{number}", noun, f"<{word}{number}>", kind, tuple(toybox.shoot(who, PHOTOS, SHOOT, HOME)))


def _single(split: str) -> Iterator[Case]:
    for noun in THINGS:
        yield alone("single", toy(noun, 0, split), SINGLE)


def _people(split: str) -> Iterator[Case]:
    for number in range(2):
        for noun in toybox.PEOPLE:
            yield alone("people", toy(noun, number, split), PEOPLE)


def alone(track: str, who: Toy, prompts: Sequence[tuple[str, Shown]]) -> Case:
    """One toy, and what is asked of it, each prompt with {0} where it goes."""
    asks = []
    for k, (prompt, shown) in enumerate(prompts):
        plain = prompt.replace("{0}", who.noun)
        truth = tuple(_scene([who], shown, 10 * k + j) for j in range(len(SEEDS)))
        asks.append(Ask(prompt, plain, plain, truth))
    return Case(track, who.id, (who,), tuple(asks))


def _multi(split: str) -> Iterator[Case]:
    for nouns in PAIRS:
        toys = tuple(toy(noun, 0, split) for noun in nouns)
        asks = []
        for k, (prompt, shown) in enumerate(TOGETHER):
            plain = prompt.replace("{0}", nouns[0]).replace("{1}", nouns[1])
            order = toys if prompt.index("{0}") < prompt.index("{1}") else toys[::-1]
            truth = tuple(_scene(order, shown, 10 * k + j) for j in range(len(SEEDS)))
            asks.append(Ask(prompt, plain, plain, truth))
        yield Case("multi", "+".join(one.id for one in toys), toys, tuple(asks))


def _style(split: str) -> Iterator[Case]:
    first = 40 if split == "test" else 80
    for number, style in enumerate(toybox.STYLES[1:]):
        shown = [toy(noun, 1, split) for noun in MODELS]
        photos = tuple(_scene([one], Shown(place, style), first + k)
                       for k, (one, place) in enumerate(zip(shown, HOME, strict=False)))  # fmt: skip
        word = f"<manner{number}>"
        who = Toy(f"style-{number}", "picture", word, "style", photos)
        asks = []
        for k, (prompt, where) in enumerate(STYLED):
            other = toy(MODELS[(number + k) % len(MODELS)], 2, split)
            prompt = prompt.replace("{noun}", other.noun)
            truth = tuple(_scene([other], replace(where, style=style), 10 * k + j) for j in range(len(SEEDS)))
            plain = prompt.removesuffix(" in the style of {0}")
            asks.append(Ask(prompt, f"a picture of {plain}", HOW[style][0].format(plain), truth))
        yield Case("style", who.id, (who,), tuple(asks))


def _layout(split: str) -> Iterator[Case]:
    for nouns in GROUPS:
        toys = tuple(toy(noun, 0, split) for noun in nouns)
        asks = []
        for k, (boxes, (where, place)) in enumerate(zip(BOXES[len(nouns)], PLACED, strict=True)):
            names = [f"a {{{number}}}" for number in range(len(nouns))]
            prompt = f"a photo of {', '.join(names[:-1])} and {names[-1]} {where}"
            plain = prompt
            for number, noun in enumerate(nouns):
                plain = plain.replace(f"{{{number}}}", noun)
            truth = tuple(_scene([one], Shown(place), 10 * k) for one in toys)
            asks.append(Ask(prompt, plain, plain, truth, boxes))
        yield Case("layout", "+".join(one.id for one in toys), toys, tuple(asks))


_MAKERS = {"single": _single, "people": _people, "multi": _multi, "style": _style, "layout": _layout}


def _scene(who: Sequence[Toy], shown: Shown, number: int) -> toybox.Scene:
    """A picture by day of toys as and where a prompt says; of two, the first stands on the left."""
    things = []
    for k, one in enumerate(who):
        shot = toybox.shoot(toybox.ToySubject(one.noun, one.photos[0].things[0].identity), 1, 900 + number)[0]
        at = (0.0, 0.0) if len(who) == 1 else ((-0.62, 0.0), (0.62, 0.0))[k]
        things.append(replace(
            shot.things[0], pose=shown.pose, accessory=shown.accessory, at=at,
            expression=shown.expression or shot.things[0].expression,
        ))  # fmt: skip
    fill = 0.84 if len(who) == 1 else 0.95
    camera = framed(tuple(things), replace(shot.camera, round=0.0) if len(who) > 1 else shot.camera, fill, (0.0, 0.0))
    relation = "beside" if len(who) > 1 else ""
    return replace(
        shot, things=tuple(things), camera=camera, place=shown.place, style=shown.style, light="day", weather="clear",
        relation=relation,
    )  # fmt: skip
