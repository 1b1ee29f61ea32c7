"""Household things: mug, teapot, lamp, chair."""

from pipelines.toybox.assembly import Assembly, Mark
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import GOLD, INK, SNOW, STEEL, WOOD

TEA = (0.42, 0.22, 0.10)


def _handle(a: Assembly, x: float, y: float, reach: float, tall: float, thick: float, look: Look) -> None:
    """A handle of three short tubes on the side of x."""
    side = 1 if x > 0 else -1
    a.tube((x + side * reach / 2, y + tall, 0), (thick, reach / 2 + thick, thick), look.second, turn=(0, 0, 90))
    a.tube((x + side * reach / 2, y - tall, 0), (thick, reach / 2 + thick, thick), look.second, turn=(0, 0, 90))
    a.tube((x + side * reach, y, 0), (thick, tall + thick, thick), look.second)


def mug(look: Look, pose: str, expression: str) -> Assembly:
    """A mug with a handle and something hot in it."""
    a = Assembly()
    wide, tall = look.at(0, 0.27, 0.36), look.at(1, 0.28, 0.40)
    bottom = look.at(2, 0.75, 1.0)
    fill = look.pick(3, (TEA, (0.30, 0.16, 0.08), SNOW))
    marks = (
        Mark("spot", fill, (0, 0), (0.82, 0.82), side="top"),
        Mark("band", look.second.colour, (0, 0.93), (0, 0.07)),
        Mark("band", look.second.colour, (0, -0.93), (0, 0.05 + 0.08 * (look.at(4) > 0.5))),
    )
    a.tube((0, tall, 0), (wide, tall, wide), look.main, marks=marks, ends=(bottom, 1.0))
    _handle(
        a,
        wide * (0.96 if look.at(5) > 0.3 else -0.96),
        tall * 1.05,
        look.at(6, 0.12, 0.19),
        tall * look.at(7, 0.35, 0.52),
        0.042,
        look,
    )
    if look.at(8) > 0.5:
        a.tube((0, 0.02, 0), (wide * 1.35, 0.022, wide * 1.35), look.trim)
    a.top, a.neck = ((0, 2 * tall, 0), wide * 0.7), ((0, tall * 1.5, 0), wide)
    a.side = ((-wide - 0.12, 0.05, 0.12), 0.3)
    return a


def teapot(look: Look, pose: str, expression: str) -> Assembly:
    """A teapot: a round belly, a spout, a handle, a lid with a knob."""
    a = Assembly()
    wide, tall = look.at(0, 0.30, 0.40), look.at(1, 0.24, 0.33)
    a.tube((0, 0.03, 0), (wide * 0.6, 0.03, wide * 0.6), look.second)
    a.ball((0, 0.05 + tall, 0), (wide, tall, wide), look.main)
    lid = look.at(2, 0.05, 0.11)
    a.ball((0, 0.03 + 1.9 * tall, 0), (wide * 0.55, lid, wide * 0.55), look.second)
    a.ball((0, 0.05 + 1.9 * tall + lid, 0), (0.055, 0.055, 0.055), look.trim)
    spout = look.at(3, 0.17, 0.25)
    a.tube(
        (-wide - spout * 0.5, tall * 1.1, 0),
        (0.085, spout, 0.085),
        look.second,
        turn=(0, 0, look.at(4, 34, 52)),
        ends=(1.0, 0.5),
    )
    _handle(a, wide * 0.9, 0.05 + tall * 1.05, look.at(5, 0.13, 0.20), tall * look.at(6, 0.40, 0.58), 0.04, look)
    a.top, a.neck = ((0, 0.08 + 1.9 * tall + lid, 0), 0.16), ((0, tall * 1.6, 0), wide * 0.8)
    a.side = ((wide * 0.4, 0.05, wide + 0.08), 0.3)
    return a


def lamp(look: Look, pose: str, expression: str) -> Assembly:
    """A table lamp: a foot, a stem, a wide shade."""
    a = Assembly()
    foot, stem = look.at(0, 0.17, 0.25), look.at(1, 0.16, 0.25)
    if look.at(2) > 0.5:
        a.ball((0, stem * 0.75, 0), (foot * 0.72, stem * 0.75, foot * 0.72), look.second)
    a.tube((0, 0.03, 0), (foot, 0.03, foot), look.trim)
    a.tube((0, 0.05 + stem, 0), (0.035, stem, 0.035), look.pick(3, (paint(GOLD, 0.6), paint(STEEL, 0.6), paint(INK))))
    wide, tall, slim = look.at(4, 0.32, 0.42), look.at(5, 0.19, 0.28), look.at(6, 0.42, 0.85)
    y = 2 * stem + tall * 0.9
    rim = (Mark("band", look.trim.colour, (0, -0.92), (0, 0.07)), Mark("band", look.trim.colour, (0, 0.95), (0, 0.05)))
    a.tube((0, y, 0), (wide, tall, wide), look.main, marks=rim, ends=(1.0, slim))
    a.ball((0, y + tall + 0.03, 0), (0.035, 0.04, 0.035), paint(GOLD, 0.6))
    a.top, a.neck = ((0, y + tall, 0), wide * slim * 0.7), ((0, 1.5 * stem, 0), 0.14)
    a.side = ((foot + 0.12, 0.05, 0.1), 0.3)
    return a


def chair(look: Look, pose: str, expression: str) -> Assembly:
    """A chair with four legs and a back of slats or one board."""
    a = Assembly()
    wide, seat, leg = look.at(0, 0.25, 0.33), look.at(1, 0.035, 0.075), look.at(2, 0.17, 0.25)
    frame = look.pick(3, (paint(WOOD), look.second, look.trim))
    for x in (-wide * 0.85, wide * 0.85):
        for z in (-wide * 0.8, wide * 0.8):
            a.tube((x, leg, z), (0.045, leg, 0.045), frame, ends=(0.7, 1.0))
    a.box((0, 2 * leg + seat, 0), (wide, seat, wide * 0.95), look.main)
    back, y = look.at(4, 0.24, 0.34), 2 * leg + 2 * seat
    if look.at(5) > 0.4:
        a.box((0, y + back, -wide * 0.88), (wide, back, 0.045), look.main)
    else:
        a.pair("box", (wide * 0.88, y + back, -wide * 0.88), (0.05, back, 0.045), look.plain)
        for share in (0.75, 1.3, 1.85):
            a.box((0, y + back * share, -wide * 0.88), (wide * 0.85, 0.05, 0.035), look.plain)
    if look.at(6) > 0.6:
        a.pair("box", (wide * 0.95, y + 0.15, 0), (0.04, 0.03, wide * 0.8), frame)
        a.pair("box", (wide * 0.95, y + 0.07, wide * 0.7), (0.035, 0.07, 0.035), frame)
    a.top, a.neck = ((0, y + 2 * back, -wide * 0.88), 0.18), ((0, y + back, -wide * 0.8), wide)
    a.side = ((wide + 0.12, 0.05, wide * 0.5), 0.3)
    return a
