"""Buildings: house, castle, lighthouse, windmill."""

from pipelines.toybox.assembly import GABLE, PYRAMID, Assembly, Mark, carried, rotation
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import GLASS, INK, SNOW, STEEL, WOOD

WARM = (1.0, 0.90, 0.55)


def house(look: Look, pose: str, expression: str) -> Assembly:
    """A house with a door, windows, a gable or hipped roof and a chimney."""
    a = Assembly()
    wide, tall, deep = look.at(0, 0.34, 0.45), look.at(1, 0.19, 0.29), look.at(2, 0.26, 0.36)
    roof = look.at(3, 0.15, 0.25)
    door = look.at(4, -0.45, 0.45)
    pane = GLASS if look.at(5) > 0.4 else WARM
    marks = [
        Mark("rect", look.trim.colour, (door, -0.45), (0.17, 0.55)),
        Mark("spot", INK, (door + 0.1, -0.45), (0.03, 0.05)),
    ]
    for x in (-0.62, 0.62) if abs(door) < 0.3 else (-0.55 if door > 0 else 0.55,):
        marks += [Mark("rect", SNOW, (x, 0.15), (0.24, 0.40)), Mark("rect", pane, (x, 0.15), (0.19, 0.32))]
    for side in ("left", "right"):
        marks += [
            Mark("rect", SNOW, (0, 0.1), (0.32, 0.42), side=side),
            Mark("rect", pane, (0, 0.1), (0.26, 0.34), side=side),
        ]
    a.box((0, tall, 0), (wide, tall, deep), look.main, marks=marks)
    over = look.at(6, 1.08, 1.22)
    if look.at(7) > 0.35:
        turn = (0, 90, 0) if look.at(8) > 0.5 else (0, 0, 0)
        span = (deep, wide) if turn[1] else (wide, deep)
        a.box((0, 2 * tall + roof, 0), (span[0] * over, roof, span[1] * over), look.second, turn, cuts=GABLE)
    else:
        a.box((0, 2 * tall + roof, 0), (wide * over, roof, deep * over), look.second, cuts=PYRAMID)
    if look.at(9) > 0.4:
        a.box((wide * 0.55, 2 * tall + roof * 1.2, -deep * 0.2), (0.055, roof * 0.75, 0.055), look.trim)
    a.top, a.neck = ((0, 2 * tall + 1.9 * roof, 0), 0.18), ((0, 1.6 * tall, deep), 0.2)
    a.side = ((wide + 0.12, 0.1, deep * 0.7), 0.3)
    return a


def castle(look: Look, pose: str, expression: str) -> Assembly:
    """A castle: a keep with a gate between two towers."""
    a = Assembly()
    wide, tall = look.at(0, 0.24, 0.32), look.at(1, 0.20, 0.28)
    gate = (
        Mark("rect", WOOD, (0, -0.55), (0.30, 0.45)), Mark("spot", WOOD, (0, -0.12), (0.30, 0.24)),
        Mark("rect", INK, (0, 0.5), (0.08, 0.2)),
    )  # fmt: skip
    a.box((0, tall, 0), (wide, tall, 0.20), look.main, marks=gate)
    teeth = int(look.at(2, 2, 4.99))
    for k in range(teeth):
        x = wide * (-0.78 + 1.56 * k / (teeth - 1))
        a.box((x, 2 * tall + 0.04, 0.16), (0.05, 0.045, 0.04), look.plain)
    tower, high = look.at(3, 0.12, 0.17), look.at(4, 0.32, 0.42)
    slit = (Mark("rect", INK, (0, 0.45), (0.13, 0.13)), Mark("rect", INK, (0, -0.2), (0.13, 0.13)))
    a.pair("tube", (wide + tower * 0.6, high, 0.05), (tower, high, tower), look.plain, marks=slit)
    cap = look.at(5, 0.13, 0.22)
    if look.at(6) > 0.3:
        a.pair(
            "tube",
            (wide + tower * 0.6, 2 * high + cap, 0.05),
            (tower * 1.25, cap, tower * 1.25),
            look.second,
            ends=(1, 0.03),
        )
    else:
        a.pair("tube", (wide + tower * 0.6, 2 * high + 0.05, 0.05), (tower * 1.2, 0.05, tower * 1.2), look.second)
    if look.at(7) > 0.5:
        a.tube((0, 2 * tall + 0.10, -0.08), (0.13, 0.14, 0.13), look.plain)
        a.tube((0, 2 * tall + 0.34, -0.08), (0.16, 0.12, 0.16), look.trim, ends=(1, 0.03))
    a.top, a.neck = ((0, 2 * tall + (0.44 if look.at(7) > 0.5 else 0.06), -0.05), 0.16), ((0, 1.5 * tall, 0.2), 0.2)
    a.side = ((wide + 2 * tower + 0.1, 0.1, 0.2), 0.3)
    return a


def lighthouse(look: Look, pose: str, expression: str) -> Assembly:
    """A lighthouse: a tapering tower, a gallery, a lantern, a cap."""
    a = Assembly()
    wide, tall = look.at(0, 0.19, 0.27), look.at(1, 0.36, 0.46)
    slim = look.at(2, 0.52, 0.75)
    base = look.at(3, 0.04, 0.09)
    a.tube((0, base, 0), (wide * 1.45, base, wide * 1.45), paint(STEEL))
    marks = (Mark("rect", look.trim.colour, (0, -0.80), (0.32, 0.18)), Mark("spot", INK, (0, 0.3), (0.17, 0.08)))
    a.tube((0, 2 * base + tall, 0), (wide, tall, wide), look.main, marks=marks, ends=(1.0, slim))
    y = 2 * base + 2 * tall
    top = wide * slim
    a.tube((0, y + 0.03, 0), (top * 1.45, 0.03, top * 1.45), look.trim)
    lamp = look.at(4, 0.07, 0.11)
    a.tube((0, y + 0.06 + lamp, 0), (top * 0.78, lamp, top * 0.78), paint(WARM, 0.5))
    roof = look.at(5, 0.09, 0.17)
    if look.at(6) > 0.5:
        a.tube(
            (0, y + 0.06 + 2 * lamp + roof * 0.6, 0), (top * 1.1, roof * 0.6, top * 1.1), look.second, ends=(1, 0.05)
        )
    else:
        a.ball((0, y + 0.06 + 2 * lamp, 0), (top * 1.05, roof, top * 1.05), look.second)
    if look.at(7) > 0.55:
        a.box(
            (wide + 0.17, 0.13, 0), (0.16, 0.13, 0.15), paint(SNOW), marks=(Mark("rect", GLASS, (0, 0.1), (0.4, 0.4)),)
        )
        a.box((wide + 0.17, 0.33, 0), (0.20, 0.07, 0.19), look.second, cuts=PYRAMID)
    a.top, a.neck = ((0, y + 0.05 + 2 * lamp + roof, 0), 0.12), ((0, y - 0.1, 0), top)
    a.side = ((-wide * 1.5 - 0.08, 0.1, 0.15), 0.3)
    return a


def windmill(look: Look, pose: str, expression: str) -> Assembly:
    """A windmill: a tower, a cap, four sails."""
    a = Assembly()
    wide, tall = look.at(0, 0.24, 0.31), look.at(1, 0.30, 0.38)
    slim = look.at(2, 0.55, 0.75)
    marks = (
        Mark("rect", look.trim.colour, (0, -0.68), (0.24, 0.30)), Mark("spot", GLASS, (-0.35, 0.05), (0.14, 0.12)),
        Mark("spot", GLASS, (0.35, 0.05), (0.14, 0.12)),
    )  # fmt: skip
    a.tube((0, tall, 0), (wide, tall, wide), look.main, marks=marks, ends=(1.0, slim))
    cap, top = look.at(3, 0.12, 0.20), wide * slim
    a.ball((0, 2 * tall, 0), (top * 1.12, cap, top * 1.12), look.second)
    hub = (0, 2 * tall + cap * 0.25, top * 1.12 + 0.06)
    sail, width = look.at(4, 0.17, 0.24), look.at(5, 0.055, 0.09)
    spin = look.at(6, 0, 90)
    for quarter in range(4):
        axes = rotation((0, 0, spin + 90 * quarter))
        out = carried((width * 0.4, sail * 1.15, 0), axes)
        a.box((out[0], hub[1] + out[1], hub[2]), (width, sail, 0.018), look.trim, (0, 0, spin + 90 * quarter))
    a.ball(hub, (0.05, 0.05, 0.06), paint(INK))
    a.top, a.neck = ((0, 2 * tall + cap, 0), 0.14), ((0, 1.4 * tall, wide), 0.2)
    a.side = ((wide + 0.12, 0.1, 0.15), 0.3)
    return a
