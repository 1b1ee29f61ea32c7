"""Vehicles: car, bus, boat, train. Their length runs along x, so that they read at once."""

from pipelines.toybox.assembly import Assembly, Mark
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import GLASS, GOLD, INK, SNOW, STEEL, WOOD

TYRE = (0.13, 0.13, 0.15)
LAMP = (1.0, 0.93, 0.60)


def _wheels(a: Assembly, xs: tuple[float, ...], radius: float, deep: float, hub: tuple) -> None:
    """Wheels along both long sides."""
    for x in xs:
        for side in (1, -1):
            marks = (Mark("spot", hub, (0, 0), (0.5, 0.5), side="top"),)
            turn = (90, 0, 0) if side > 0 else (-90, 0, 0)
            a.tube((x, radius, side * deep), (radius, 0.045, radius), paint(TYRE), turn, marks=marks)


def car(look: Look, pose: str, expression: str) -> Assembly:
    """A car with a rounded cabin."""
    a = Assembly()
    long, tall, deep = look.at(0, 0.46, 0.58), look.at(1, 0.11, 0.16), look.at(2, 0.22, 0.28)
    wheel = look.at(3, 0.11, 0.16)
    y = wheel * 0.9 + tall
    lamps = tuple(Mark("spot", LAMP, (z, 0.1), (0.2, 0.38), side="left") for z in (-0.6, 0.6))
    a.box((0, y, 0), (long, tall, deep), look.main, marks=lamps)
    cab, back = look.at(4, 0.12, 0.18), look.at(5, -0.16, 0.10)
    glass = [Mark("rect", GLASS, (x, 0.05), (0.36, 0.55), side=s) for x in (-0.46, 0.46) for s in ("front", "back")]
    glass += [Mark("rect", GLASS, (0, 0.05), (0.75, 0.55), side=s) for s in ("left", "right")]
    half = long * look.at(6, 0.48, 0.62)
    if look.at(7) > 0.5:
        slope = ((1.0, 0.42, 0.0, 0.98), (-1.0, 0.42, 0.0, 0.98))
        a.box((back, y + tall + cab, 0), (half, cab, deep * 0.88), look.second, marks=glass, cuts=slope)
    else:
        a.ball((back, y + tall * 0.9, 0), (half, cab * 2.1, deep * 0.9), look.second, marks=glass)
    _wheels(a, (-long * 0.58, long * 0.58), wheel, deep, look.trim.colour)
    if look.at(8) > 0.6:
        a.box((back, y + tall + 2 * cab + 0.03, 0), (half * 0.7, 0.02, deep * 0.7), look.trim)
    a.top, a.neck = ((back, y + tall + cab * 2, 0), 0.2), ((long * 0.55, y + tall, 0.0), 0.2)
    a.side = ((-long - 0.06, 0.1, deep * 0.5), 0.3)
    return a


def bus(look: Look, pose: str, expression: str) -> Assembly:
    """A bus: one tall box with a row of windows."""
    a = Assembly()
    long, tall, deep = look.at(0, 0.52, 0.62), look.at(1, 0.25, 0.33), look.at(2, 0.20, 0.26)
    wheel = look.at(3, 0.09, 0.12)
    count = int(look.at(4, 3, 5.99))
    step = 1.8 / count
    panes = [
        Mark("rect", GLASS, (-0.9 + step * (k + 0.5), 0.38), (step * 0.38, 0.30), side=s)
        for k in range(count)
        for s in ("front", "back")
    ]
    panes += [
        Mark("rect", GLASS, (0, 0.35), (0.78, 0.36), side="left"),
        Mark("rect", GLASS, (0, 0.35), (0.6, 0.3), side="right"),
    ]
    panes += [Mark("spot", LAMP, (z, -0.6), (0.18, 0.12), side="left") for z in (-0.65, 0.65)]
    y = wheel * 1.1 + tall
    a.box((0, y, 0), (long, tall, deep), look.main, marks=panes)
    if look.at(5) > 0.4:
        a.box((0, y + tall + 0.025, 0), (long * 0.96, 0.025, deep * 0.94), look.second)
    if look.at(6) > 0.65:
        a.box((0.0, y + tall + 0.09, 0), (long * 0.4, 0.05, deep * 0.6), look.trim)
    a.box((0, wheel * 1.1 + 0.03, 0), (long * 1.02, 0.03, deep * 1.04), look.second)
    _wheels(a, (-long * 0.62, long * 0.6), wheel, deep + 0.005, look.trim.colour)
    a.top, a.neck = ((0.1, y + tall + 0.04, 0), 0.2), ((long, y, 0.0), 0.2)
    a.side = ((-long - 0.06, 0.1, deep * 0.5), 0.3)
    return a


def boat(look: Look, pose: str, expression: str) -> Assembly:
    """A boat: a pointed hull, a cabin, and a sail or a funnel."""
    a = Assembly()
    long, tall, deep = look.at(0, 0.48, 0.60), look.at(1, 0.13, 0.19), look.at(2, 0.20, 0.26)
    bow = (
        (1.0, -0.55, 0.75, 1.02),
        (1.0, -0.55, -0.75, 1.02),
        (-1.0, -0.25, 0.0, 1.02),
        (0, -0.5, 1.0, 1.05),
        (0, -0.5, -1.0, 1.05),
    )
    band = (Mark("band", look.second.colour, (0, 0.72), (0, 0.16)),)
    a.box((0, tall, 0), (long, tall, deep), look.main, marks=band, cuts=bow)
    a.box((-0.02, 2 * tall + 0.005, 0), (long * 0.62, 0.012, deep * 0.7), paint(WOOD))
    cab = look.at(3, 0.09, 0.14)
    ports = [Mark("spot", GLASS, (x, 0.1), (0.2, 0.42), side=s) for x in (-0.5, 0.05, 0.6) for s in ("front", "back")]
    back = -look.at(4, 0.10, 0.22)
    a.box((back, 2 * tall + cab, 0), (0.19, cab, deep * 0.6), look.pick(5, (paint(SNOW), look.second)), marks=ports)
    if look.at(6) > 0.5:
        mast = look.at(7, 0.30, 0.40)
        a.tube((0.14, 2 * tall + mast, 0), (0.022, mast, 0.022), paint(WOOD))
        a.box(
            (0.14 + 0.16, 2 * tall + mast * 1.1, 0),
            (0.15, mast * 0.78, 0.015),
            look.second,
            cuts=((1.0, 1.0, 0.0, 0.1),),
        )
        a.box(
            (0.14 - 0.13, 2 * tall + mast * 1.25, 0),
            (0.12, mast * 0.6, 0.015),
            look.trim,
            cuts=((-1.0, 1.0, 0.0, 0.1),),
        )
        a.top = ((0.14, 2 * tall + 2 * mast, 0), 0.12)
    else:
        pipe = look.at(7, 0.13, 0.20)
        ring = (Mark("band", look.trim.colour, (0, 0.5), (0, 0.28)),)
        a.tube((back, 2 * tall + 2 * cab + pipe, 0), (0.08, pipe, 0.08), look.second, turn=(0, 0, 6), marks=ring)
        a.top = ((back, 2 * tall + 2 * cab + 2 * pipe, 0), 0.12)
    a.neck, a.side = ((long * 0.5, 2 * tall, 0), 0.2), ((-long * 0.9, 2 * tall, 0.0), 0.3)
    return a


def train(look: Look, pose: str, expression: str) -> Assembly:
    """A steam engine: a boiler, a funnel, a cab, big wheels."""
    a = Assembly()
    long, wheel = look.at(0, 0.44, 0.55), look.at(1, 0.11, 0.15)
    a.box((0, wheel * 1.5, 0), (long, 0.05, 0.20), paint(TYRE))
    boiler = look.at(2, 0.15, 0.20)
    y = wheel * 1.5 + 0.04 + boiler
    a.tube((long * 0.28, y, 0), (boiler, long * 0.62, boiler), look.main, turn=(0, 0, -90))
    a.tube((long * 0.93, y, 0), (boiler * 0.9, 0.03, boiler * 0.9), look.trim, turn=(0, 0, -90))
    cab = look.at(3, 0.20, 0.27)
    panes = [Mark("rect", GLASS, (0, 0.35), (0.55, 0.36), side=s) for s in ("front", "back", "left")]
    a.box((-long * 0.66, wheel * 1.5 + cab, 0), (long * 0.32, cab, 0.21), look.second, marks=panes)
    a.box((-long * 0.66, wheel * 1.5 + 2 * cab + 0.025, 0), (long * 0.39, 0.025, 0.25), look.trim)
    pipe = look.at(4, 0.09, 0.15)
    flare = look.at(5, 0.9, 1.7)
    a.tube((long * 0.68, y + boiler + pipe * 0.8, 0), (0.065, pipe, 0.065), paint(INK), ends=(1.0, flare))
    if look.at(6) > 0.4:
        a.ball((long * 0.22, y + boiler, 0), (0.085, 0.10, 0.085), paint(GOLD, 0.6))
    hub = look.trim.colour
    _wheels(a, (-long * 0.62, -long * 0.02, long * 0.58), wheel, 0.21, hub)
    a.box((long * 1.02, wheel * 0.7, 0), (0.09, wheel * 0.55, 0.19), paint(STEEL), cuts=((1.0, 0.9, 0.0, 0.6),))
    a.top, a.neck = ((-long * 0.66, wheel * 1.5 + 2 * cab + 0.05, 0), 0.18), ((long * 0.98, y, 0), 0.2)
    a.side = ((-long - 0.1, 0.15, 0.1), 0.3)
    return a
