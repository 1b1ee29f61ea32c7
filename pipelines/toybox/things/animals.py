"""Animals: cat, dog, rabbit, penguin."""

from pipelines.toybox.assembly import Assembly, Mark, eyes
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import INK, SNOW, shade

NOSE = (0.93, 0.55, 0.58)
ORANGE = (0.96, 0.56, 0.12)


def _four_legs(a: Assembly, look: Look, pose: str, wide: float, tall: float, long: float, leg: float) -> tuple:
    """Body and legs of a four-legged animal; returns where the head goes (y, z)."""
    if pose == "sitting":
        a.ball((0, tall + 0.06, -0.05), (wide, tall * 1.35, long * 0.72), look.main, turn=(-28, 0, 0))
        a.pair("tube", (wide * 0.45, leg * 0.9, long * 0.42), (0.06, leg * 0.9, 0.06), look.plain)
        a.pair("ball", (wide * 0.85, 0.08, 0.08), (0.09, 0.09, 0.18), look.plain)
        return tall * 2.3 + 0.04, long * 0.32
    y = leg * 2 + tall * 0.75
    a.ball((0, y, 0), (wide, tall, long), look.main)
    a.pair("tube", (wide * 0.55, leg, -long * 0.58), (0.07, leg, 0.07), look.plain)
    if pose == "waving":
        a.tube((-wide * 0.55, leg, long * 0.58), (0.07, leg, 0.07), look.plain)
        a.tube((wide * 0.95, y + 0.1, long * 0.85), (0.06, leg * 1.1, 0.06), look.plain, turn=(35, 0, -30))
    else:
        a.pair("tube", (wide * 0.55, leg, long * 0.58), (0.07, leg, 0.07), look.plain)
    return y + tall * 0.72, long * 0.82


def cat(look: Look, pose: str, expression: str) -> Assembly:
    """A cat: pointed ears, whisker cheeks, a long tail held up."""
    a = Assembly()
    wide, tall, long = look.at(0, 0.16, 0.23), look.at(1, 0.15, 0.21), look.at(2, 0.28, 0.40)
    leg, head = look.at(3, 0.09, 0.15), look.at(4, 0.19, 0.26)
    y, z = _four_legs(a, look, pose, wide, tall, long, leg)
    y += head * 0.5
    coat = look.plain if look.at(5) > 0.4 else look.second
    iris = look.pick(6, ((0.25, 0.62, 0.25), (0.85, 0.62, 0.10), (0.25, 0.50, 0.85)))
    marks = (
        Mark("spot", look.pale.colour, (0, -0.42), (0.5, 0.34)),
        *[Mark("spot", iris, (x, 0.12), (0.22, 0.22)) for x in (-0.42, 0.42)],
        *[Mark("spot", INK, (x, 0.12), (0.09, 0.18)) for x in (-0.42, 0.42)],
        Mark("spot", NOSE, (0, -0.22), (0.13, 0.10)),
        Mark("arc", INK, (0, -0.5), (0.22, 0.05), bend=1.2),
    )
    a.ball((0, y, z), (head * look.at(7, 1.0, 1.18), head * 0.92, head * 0.9), coat, marks=marks)
    ear = look.at(8, 0.10, 0.16)
    a.pair(
        "tube",
        (head * 0.62, y + head * 0.78 + ear * 0.4, z),
        (ear * 0.62, ear, 0.05),
        coat,
        (0, 0, -14),
        ends=(1, 0.05),
    )
    tail = look.at(9, 0.18, 0.30)
    a.tube((0.02, tall * 1.6 + tail, -long * 0.95), (0.045, tail, 0.045), look.second, turn=(-16, 0, 8))
    a.top, a.neck = ((0, y + head * 0.85, z), head * 0.62), ((0, y - head * 0.82, z - 0.05), head * 0.72)
    a.side = ((wide + 0.16, 0.2, z), 0.3)
    return a


def dog(look: Look, pose: str, expression: str) -> Assembly:
    """A dog: hanging ears, a long snout, a short tail."""
    a = Assembly()
    wide, tall, long = look.at(0, 0.17, 0.24), look.at(1, 0.15, 0.20), look.at(2, 0.28, 0.42)
    leg, head = look.at(3, 0.08, 0.18), look.at(4, 0.17, 0.23)
    y, z = _four_legs(a, look, pose, wide, tall, long, leg)
    y += head * 0.6
    marks = list(eyes(0.3, 0.42, 0.17, INK))
    if look.at(5) > 0.55:
        marks.insert(0, Mark("spot", look.second.colour, (0.42, 0.28), (0.38, 0.42)))
    a.ball((0, y, z), (head, head, head * 0.95), look.plain, marks=marks)
    long_snout = look.at(6, 0.5, 0.95)
    nose = (Mark("spot", INK, (0, 0.35), (0.45, 0.40)), Mark("arc", INK, (0, -0.45), (0.5, 0.09), bend=0.6))
    a.ball((0, y - head * 0.28, z + head * 0.75), (head * 0.5, head * 0.4, head * long_snout), look.pale, marks=nose)
    ear = look.at(7, 0.11, 0.19)
    a.pair("ball", (head * 1.0, y + head * 0.15, z - 0.02), (0.05, ear, ear * 0.6), look.second, turn=(0, 0, 14))
    tail = look.at(8, 0.09, 0.16)
    a.tube((0, tall * 2.2 + tail * 0.5, -long * 0.98), (0.04, tail, 0.04), look.plain, turn=(-42, 0, 0), ends=(1, 0.5))
    a.neck = ((0, y - head * 0.8, z - 0.05), head * 0.8)
    a.tube(a.neck[0], (head * 0.86, 0.035, head * 0.86), look.trim, turn=(18, 0, 0))
    a.top, a.side = ((0, y + head * 0.92, z), head * 0.75), ((wide + 0.16, 0.2, z), 0.3)
    return a


def rabbit(look: Look, pose: str, expression: str) -> Assembly:
    """A rabbit that stands upright: long ears, big feet, a round tail."""
    a = Assembly()
    wide, tall = look.at(0, 0.18, 0.26), look.at(1, 0.22, 0.30)
    head = look.at(2, 0.17, 0.23)
    low = 0.0 if pose == "sitting" else 0.07
    patch = (Mark("spot", SNOW, (0, -0.1), (0.5, 0.62)),) if look.at(3) > 0.5 else ()
    a.ball((0, low + tall, 0), (wide, tall, wide * 0.9), look.main, marks=patch)
    a.pair("ball", (wide * 0.6, 0.07, 0.16 if low else 0.24), (0.085, 0.07, look.at(4, 0.15, 0.22)), look.plain)
    a.ball((0, 0.16, -wide * 0.95), (0.09, 0.09, 0.09), paint(SNOW))
    y = low + 2 * tall + head * 0.62
    cheeks = (Mark("spot", look.pale.colour, (0, -0.45), (0.48, 0.36)), Mark("spot", NOSE, (0, -0.22), (0.15, 0.12)))
    teeth = (Mark("rect", SNOW, (0, -0.55), (0.10, 0.14)),)
    a.ball(
        (0, y, 0.03), (head, head * 0.95, head * 0.92), look.plain, marks=(*cheeks, *teeth, *eyes(0.2, 0.45, 0.19, INK))
    )
    ear, lean = look.at(5, 0.17, 0.30), look.at(6, -4, -26)
    inner = (Mark("spot", NOSE, (0, -0.05), (0.5, 0.75)),)
    a.pair(
        "ball", (head * 0.5, y + head * 0.75 + ear * 0.85, 0), (0.07, ear, 0.045), look.plain, (0, 0, lean), marks=inner
    )
    arm = low + tall * 1.25
    a.ball((-wide * 0.85, arm, 0.12), (0.06, 0.13, 0.07), look.plain, turn=(25, 0, -18))
    if pose == "waving":
        a.ball((wide + 0.10, arm + 0.22, 0.05), (0.06, 0.16, 0.07), look.plain, turn=(0, 0, -30))
    else:
        a.ball((wide * 0.85, arm, 0.12), (0.06, 0.13, 0.07), look.plain, turn=(25, 0, 18))
    a.top, a.neck = ((0, y + head * 0.85, 0.03), head * 0.45), ((0, low + 1.9 * tall, 0.02), wide * 0.72)
    a.side = ((wide + 0.1, low + 0.2, 0.1), 0.3)
    return a


def penguin(look: Look, pose: str, expression: str) -> Assembly:
    """A penguin: an upright egg with a white front, flippers and a beak."""
    a = Assembly()
    wide, tall = look.at(0, 0.25, 0.33), look.at(1, 0.34, 0.44)
    low = 0.0 if pose == "sitting" else 0.05
    a.ball((0, low + tall, 0), (wide, tall, wide * 0.92), look.main)
    front = paint(look.pick(2, (SNOW, SNOW, (0.98, 0.93, 0.80))))
    a.ball((0, low + tall * 0.88, wide * 0.30), (wide * look.at(3, 0.50, 0.62), tall * 0.70, wide * 0.72), front)
    head = look.at(4, 0.18, 0.24)
    y = low + tall * 1.82
    mask = (Mark("spot", SNOW, (-0.35, 0.1), (0.36, 0.42)), Mark("spot", SNOW, (0.35, 0.1), (0.36, 0.42)))
    a.ball((0, y, 0.03), (head, head, head), look.plain, marks=(*mask, *eyes(0.15, 0.36, 0.17, INK, white=False)))
    beak = look.at(5, 0.09, 0.17)
    a.tube(
        (0, y - head * 0.2, 0.03 + head + beak * 0.4),
        (0.075, beak, 0.055),
        paint(ORANGE),
        turn=(90, 0, 0),
        ends=(1, 0.1),
    )
    a.pair("ball", (wide * 0.45, 0.04, wide * 0.75), (0.11, 0.045, 0.14), paint(ORANGE))
    fin = look.at(6, 0.20, 0.28)
    a.ball((-wide - 0.02, low + tall * 1.05, 0), (0.05, fin, 0.12), look.plain, turn=(0, 0, -16))
    if pose == "waving":
        a.ball((wide + 0.12, low + tall * 1.35, 0), (0.05, fin, 0.12), look.plain, turn=(0, 0, -62))
    else:
        a.ball((wide + 0.02, low + tall * 1.05, 0), (0.05, fin, 0.12), look.plain, turn=(0, 0, 16))
    if look.at(7) > 0.6:
        a.ball((0, y + head, 0), (0.03, 0.09, 0.08), paint(shade(ORANGE, 0.3)), turn=(-25, 0, 0))
    a.top, a.neck = ((0, y + head * 0.92, 0.03), head * 0.75), ((0, y - head * 0.8, 0.02), head * 0.95)
    a.side = ((wide + 0.14, low + 0.25, 0.12), 0.3)
    return a
