"""What a thing can wear or have beside it, hung on the places its builder names: top, neck, side."""

from collections.abc import Callable

from pipelines.toybox.assembly import Assembly, Mark
from pipelines.toybox.identity import Paint, paint
from pipelines.toybox.palette import GOLD, INK, SNOW, WOOD


def top_hat(a: Assembly, colour: Paint) -> None:
    (x, y, z), wide = a.top
    wide = max(wide, 0.13)
    band = (Mark("band", colour.colour, (0, -0.6), (0, 0.28)),)
    a.tube((x, y + 0.02, z), (wide * 1.25, 0.022, wide * 1.25), paint(INK))
    a.tube((x, y + 0.04 + wide * 0.75, z), (wide * 0.75, wide * 0.75, wide * 0.75), paint(INK), marks=band)


def crown(a: Assembly, colour: Paint) -> None:
    (x, y, z), wide = a.top
    wide = max(wide, 0.13) * 0.85
    marks = tuple(Mark("spot", colour.colour, (u, 0), (0.16, 0.5)) for u in (-0.55, 0, 0.55))
    a.tube((x, y + wide * 0.3, z), (wide, wide * 0.36, wide), paint(GOLD, 0.7), marks=marks, ends=(0.92, 1.12))
    for u, w in ((-0.95, 0.2), (0.0, 1.05), (0.95, 0.2), (-0.55, -0.8), (0.55, -0.8)):
        a.tube(
            (x + u * wide, y + wide * 0.95, z + w * wide),
            (wide * 0.24, wide * 0.34, wide * 0.24),
            paint(GOLD, 0.7),
            ends=(1, 0.05),
        )


def party_hat(a: Assembly, colour: Paint) -> None:
    (x, y, z), wide = a.top
    wide = max(wide, 0.12) * 0.8
    stripes = Paint(colour.colour, "swirled", SNOW, 5.0, 0.0, 0.1)
    a.tube((x, y + wide * 1.25, z), (wide, wide * 1.35, wide), stripes, ends=(1.0, 0.06))
    a.ball((x, y + wide * 2.65, z), (wide * 0.26, wide * 0.26, wide * 0.26), paint(SNOW))


def scarf(a: Assembly, colour: Paint) -> None:
    (x, y, z), wide = a.neck
    wide = max(wide, 0.13)
    wool = Paint(colour.colour, "striped", SNOW, 9.0, 0.0, 0.0)
    a.ball((x, y, z), (wide * 1.22, wide * 0.36, wide * 1.22), paint(colour.colour, 0.0))
    a.box((x + wide * 0.45, y - wide * 0.75, z + wide * 1.12), (wide * 0.26, wide * 0.72, 0.025), wool, turn=(-8, 0, 6))


def bow_tie(a: Assembly, colour: Paint) -> None:
    (x, y, z), wide = a.neck
    wide = max(wide, 0.14)
    front = z + wide * 1.08
    for side in (-1, 1):
        a.tube(
            (x + side * wide * 0.46, y, front),
            (wide * 0.36, wide * 0.46, wide * 0.2),
            colour,
            (0, 0, side * 90),
            ends=(0.25, 1.0),
        )
    a.ball((x, y, front + 0.02), (wide * 0.2, wide * 0.2, wide * 0.2), colour)


def balloon(a: Assembly, colour: Paint) -> None:
    (x, y, z), _ = a.side
    x += 0.10 if x > 0 else -0.10
    a.tube((x, y + 0.30, z), (0.010, 0.32, 0.010), paint(INK))
    a.tube((x, y + 0.62, z), (0.04, 0.03, 0.04), colour, ends=(1.0, 0.3))
    a.ball((x, y + 0.84, z), (0.175, 0.215, 0.175), Paint(colour.colour, gloss=0.8))


def flag(a: Assembly, colour: Paint) -> None:
    (x, y, z), _ = a.side
    side = 1 if x > 0 else -1
    cloth = (Mark("band", SNOW, (0, 0), (0, 0.33)),)
    a.tube((x, y + 0.32, z), (0.018, 0.42, 0.018), paint(WOOD))
    a.box((x + side * 0.17, y + 0.60, z), (0.155, 0.115, 0.012), colour, marks=cloth)
    a.ball((x, y + 0.76, z), (0.03, 0.03, 0.03), paint(GOLD))


def flower(a: Assembly, colour: Paint) -> None:
    (x, y, z), _ = a.side
    a.tube((x, 0.18, z), (0.016, 0.18, 0.016), paint((0.20, 0.52, 0.20)))
    a.ball((x + 0.06, 0.15, z), (0.07, 0.025, 0.04), paint((0.20, 0.52, 0.20)), turn=(0, 0, 25))
    for u, v in ((0, 0.115), (0.11, 0.035), (0.068, -0.093), (-0.068, -0.093), (-0.11, 0.035)):
        a.ball((x + u, 0.42 + v, z), (0.075, 0.075, 0.03), colour)
    a.ball((x, 0.42, z + 0.025), (0.06, 0.06, 0.03), paint(GOLD))


WORN: dict[str, Callable[[Assembly, Paint], None]] = {
    "top hat": top_hat,
    "crown": crown,
    "party hat": party_hat,
    "scarf": scarf,
    "bow tie": bow_tie,
    "balloon": balloon,
    "flag": flag,
    "flower": flower,
}
