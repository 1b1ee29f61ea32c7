"""Making scenes up: everything from an integer seed, in four streams that never share an identity."""

from dataclasses import dataclass

import numpy as np

from pipelines.toybox import things
from pipelines.toybox.identity import SIZE
from pipelines.toybox.scene import (
    ACCESSORIES,
    EXPRESSIONS,
    LIGHTS,
    OUTDOORS,
    PLACES,
    POSES,
    RELATIONS,
    STYLES,
    WEATHERS,
    Camera,
    Scene,
    Thing,
)  # fmt: skip
from pipelines.toybox.stage import framed, place

SPLITS = ("training", "validation", "test", "reserved")
"""Streams of seeds. Only a final evaluation draws from the last two."""

ZIGZAG = [(-0.95, -0.5), (0.35, -0.75), (-0.35, 0.55), (0.95, 0.3)]
"""Where four things stand beside one another: four in a straight row would be too small to read."""


class Dice:
    """Draws from one seeded stream; all of it from `random()`, which NumPy keeps stable."""

    def __init__(self, *key: int):
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))

    def share(self) -> float:
        return float(self._rng.random())

    def between(self, low: float, high: float) -> float:
        return round(low + (high - low) * self.share(), 5)

    def one(self, among):
        return among[int(self.share() * len(among))]

    def chance(self, p: float) -> bool:
        return self.share() < p

    def vector(self, n: int) -> tuple[float, ...]:
        return tuple(round(float(x), 6) for x in self._rng.random(n))


def _split(split: str) -> int:
    if split not in SPLITS:
        raise ValueError(f"There is no split “{split}”. There are: {', '.join(SPLITS)}.")
    return SPLITS.index(split)


@dataclass(frozen=True)
class ToySubject:
    """One particular thing of the toy world: its class and its identity vector."""

    noun: str
    identity: tuple[float, ...]


def subject(noun: str, seed: int, split: str = "training") -> ToySubject:
    """The `seed`-th individual of a class in a split. Splits never share one."""
    return ToySubject(noun, Dice(1, _split(split), things.NOUNS.index(noun), seed).vector(SIZE))


def draw(seed: int, split: str = "training", count: int | None = None, style: str | None = None) -> Scene:
    """A scene from a seed: mostly one thing that fills the frame, sometimes two, seldom three or four.

    Args:
        seed: any whole number from 0. split: which stream of identities. count: how many things, drawn when None.
        style: drawn when None (two in three are photos).
    """
    dice = Dice(2, _split(split), seed)
    lot = dice.share()
    if count is None:
        count = 1 if lot < 0.62 else 2 if lot < 0.92 else 3 if lot < 0.97 else 4
    place = dice.one(PLACES)
    style = style or (dice.one(STYLES[1:]) if dice.chance(0.34) else "photo")
    cast = tuple(_thing(dice, dice.one(things.NOUNS), count) for _ in range(count))
    cast, relation = _arranged(dice, cast)
    return _shot(dice, cast, relation, place, style, seed)


def _thing(dice: Dice, noun: str, count: int) -> Thing:
    pose = "standing"
    if dice.chance(0.34 if count == 1 else 0.12):
        pose = dice.one([p for p in POSES[1:] if p not in ("waving", "sitting") or noun in things.LIMBED])
    expression = dice.one(EXPRESSIONS) if noun in things.FACED and dice.chance(0.6) else ""
    accessory = dice.one(ACCESSORIES) if dice.chance(0.28 if count == 1 else 0.1) else ""
    return Thing(noun, dice.vector(SIZE), accessory, pose, expression, turn=_heading(dice, noun))


def _heading(dice: Dice, noun: str) -> float:
    """Which way a thing faces, in degrees; people turn less, so that their faces are seen."""
    widest = 34 if noun in things.PEOPLE else 48
    return dice.between(-widest, widest)


def _arranged(dice: Dice, cast: tuple[Thing, ...]) -> tuple[tuple[Thing, ...], str]:
    """Put the things where they stand, and say how the first stands to the others (`Scene.relation`)."""
    if len(cast) == 1:
        return cast, ""
    relation = RELATIONS[0] if dice.chance(0.66) else dice.one(RELATIONS[1:])
    arrange = {"beside": _beside, "behind": _behind, "on": _stacked}[relation]
    return arrange(dice, cast), relation


def _beside(dice: Dice, cast: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Things next to one another: two close together, three in a row, four in a row that zigzags."""
    if len(cast) == 2:
        side = -1 if dice.chance(0.5) else 1
        half = (_width(cast[0]) + _width(cast[1]) + dice.between(0.04, 0.16)) / 4
        return tuple(
            _move(t, at=(s * half, dice.between(-0.12, 0.12))) for t, s in zip(cast, (side, -side), strict=True)
        )
    return _spread(dice, cast, [(-1.0, 0.0), (0.0, 0.1), (1.0, 0.0)] if len(cast) == 3 else ZIGZAG)


def _behind(dice: Dice, cast: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """The first thing, a little larger, behind the others, and looking out between them or at their side."""
    first, *others = cast
    if len(others) == 1:
        side = -1 if dice.chance(0.5) else 1
        return _move(first, at=(side * 0.42, -0.85), size=1.15), _move(others[0], at=(-side * 0.22, 0.4), size=0.78)
    row = [(-0.55, 0.4), (0.55, 0.4)] if len(others) == 2 else [(-0.95, 0.4), (0.0, 0.5), (0.95, 0.4)]
    return _move(first, at=(0.0, -0.85), size=1.45), *_spread(dice, tuple(others), row, size=0.72)


def _stacked(dice: Dice, cast: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """What is drawn first rides on what is drawn second, which comes back in front of it; the others at their sides."""
    first, second, *others = cast
    side = (-1 if dice.chance(0.5) else 1) if others else 0
    sides = [(side * 1.05, 0.15), (-side * 1.05, 0.15)][: len(others)]
    upright = Thing(second.noun, second.identity, "", "standing", second.expression, (0.0, 0.0), second.turn, 1.0)
    above = "standing" if first.pose in ("jumping", "lying down") else first.pose
    rider = Thing(first.noun, first.identity, first.accessory, above, first.expression, (0.0, 0.0), first.turn, 0.72, 0)
    return upright, rider, *_spread(dice, tuple(others), sides, size=0.8)


def _spread(
    dice: Dice, cast: tuple[Thing, ...], spots: list[tuple[float, float]], size: float = 1.0
) -> tuple[Thing, ...]:
    """One thing on each spot, a little to the left or right of it."""
    return tuple(
        _move(t, at=(x + dice.between(-0.06, 0.06), z), size=size) for t, (x, z) in zip(cast, spots, strict=True)
    )


def _width(t: Thing) -> float:
    """How wide a thing is in the picture, in units."""
    corners = place(Scene((t,))).corners
    return float(corners[..., 0].max() - corners[..., 0].min())


def _move(t: Thing, at: tuple[float, float], size: float = 1.0) -> Thing:
    return Thing(t.noun, t.identity, t.accessory, t.pose, t.expression, at, t.turn, size)


def _shot(dice: Dice, cast: tuple[Thing, ...], relation: str, place: str, style: str, seed: int) -> Scene:
    """Light, weather and a camera that frames the things."""
    light, weather = "day", "clear"
    if place in OUTDOORS:
        light = dice.one(LIGHTS) if dice.chance(0.4) else "day"
        weather = dice.one(WEATHERS) if dice.chance(0.3) else "clear"
    camera = Camera(dice.between(-24, 24) if len(cast) == 1 else dice.between(-12, 12), dice.between(6, 22), focal=2.4)
    fill = dice.between(0.74, 0.94) if len(cast) == 1 else dice.between(0.90, 0.97)
    camera = framed(cast, camera, fill, (dice.between(-1, 1), dice.between(-1, 1)))
    sun = (dice.one((-1, 1)) * dice.between(25, 75), dice.between(38, 62))
    return Scene(cast, place, style, light, weather, relation, camera, sun, seed)


def shoot(who: ToySubject, count: int, seed: int = 0, places: tuple[str, ...] = PLACES) -> list[Scene]:
    """A photo shoot: the same subject `count` times, from other sides, in other places and lights, as photos."""
    dice = Dice(3, seed, things.NOUNS.index(who.noun))
    left: list[str] = []
    scenes = []
    for k in range(count):
        left = left or sorted(places, key=lambda _: dice.share())
        pose = "standing"
        if dice.chance(0.25):
            pose = dice.one(
                [p for p in POSES[1:4] + POSES[5:] if p not in ("waving", "sitting") or who.noun in things.LIMBED]
            )
        expression = "smiling" if who.noun in things.FACED else ""
        thing = Thing(who.noun, who.identity, "", pose, expression, turn=_heading(dice, who.noun))
        scenes.append(_shot(dice, (thing,), "", left.pop(), "photo", seed * 1000 + k))
    return scenes
