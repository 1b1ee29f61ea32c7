"""Toys: robot, duck, teddy bear, rocket."""

from pipelines.toybox.assembly import Assembly, Mark, eyes, mouth
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import GLASS, INK, STEEL, shade


def robot(look: Look, pose: str, expression: str) -> Assembly:
    """A box on legs with a boxy or round head and one or two aerials."""
    a = Assembly()
    wide, tall, deep = look.at(0, 0.24, 0.36), look.at(1, 0.20, 0.30), look.at(2, 0.15, 0.22)
    leg = look.at(3, 0.10, 0.20)
    sit = pose == "sitting"
    hip = 0.10 if sit else 2 * leg
    if sit:
        a.pair("box", (wide * 0.5, 0.08, deep + leg), (0.08, 0.08, leg), look.trim)
    else:
        a.pair("box", (wide * 0.5, leg, 0.0), (0.085, leg, 0.10), look.trim)
    chest = [Mark("rect", STEEL, (0.0, 0.25), (0.42, 0.28))] if look.at(4) > 0.5 else []
    chest += [Mark("spot", look.trim.colour, (-0.2, 0.25), (0.12, 0.14)), Mark("spot", INK, (0.2, 0.25), (0.1, 0.12))]
    a.box((0, hip + tall, 0), (wide, tall, deep), look.main, marks=chest)
    shoulder = hip + 1.7 * tall
    arm = look.at(5, 0.14, 0.22)
    a.tube((-wide - 0.07, shoulder - arm, 0.02), (0.06, arm, 0.06), look.second)
    if pose == "waving":
        a.tube((wide + 0.14, shoulder + arm * 0.7, 0.02), (0.06, arm, 0.06), look.second, turn=(0, 0, -28))
    else:
        a.tube((wide + 0.07, shoulder - arm, 0.02), (0.06, arm, 0.06), look.second)
    head, face = look.at(6, 0.15, 0.22), look.at(7, 0.13, 0.19)
    y = hip + 2 * tall + face + 0.03
    marks = (*eyes(0.2, 0.45, look.at(8, 0.22, 0.36), INK), *mouth(expression, -0.5, 0.45, INK))
    skull = paint(STEEL) if look.at(9) > 0.6 else look.second
    if look.at(10) > 0.5:
        a.box((0, y, 0.02), (head, face, head * 0.9), skull, marks=marks)
    else:
        a.tube((0, y, 0.02), (head * 1.05, face, head * 1.05), skull, marks=marks)
    for x in (-head * 0.6, head * 0.6) if look.at(11) > 0.5 else (0.0,):
        a.tube((x, y + face + 0.07, 0), (0.018, 0.07, 0.018), paint(INK))
        a.ball((x, y + face + 0.15, 0), (0.045, 0.045, 0.045), look.trim)
    a.top, a.neck = ((0, y + face, 0), head), ((0, hip + 2 * tall, 0), wide * 0.75)
    a.side = ((wide + 0.12, shoulder - 2 * arm, 0.08), 0.3)
    return a


def duck(look: Look, pose: str, expression: str) -> Assembly:
    """A bath duck: round body, big head, flat bill, a tail that turns up."""
    a = Assembly()
    wide, tall, long = look.at(0, 0.27, 0.36), look.at(1, 0.22, 0.30), look.at(2, 0.33, 0.44)
    a.ball((0, tall, 0), (wide, tall, long), look.main)
    a.ball((0, tall * 1.5, -long * 0.9), (0.09, 0.16, 0.15), look.main, turn=(-35, 0, 0))
    head = look.at(3, 0.19, 0.26)
    y, z = 2 * tall + head * 0.55, long * look.at(4, 0.35, 0.6)
    crown = look.plain if look.at(5) > 0.35 else look.second
    a.ball((0, y, z), (head, head, head), crown, marks=eyes(0.25, 0.42, look.at(6, 0.16, 0.26), INK))
    bill = paint((0.96, 0.55, 0.10)) if look.at(7) > 0.4 else look.trim
    a.ball((0, y - head * 0.2, z + head), (head * look.at(8, 0.45, 0.75), head * 0.24, head * 0.6), bill)
    a.pair("ball", (wide * 0.93, tall * 1.1, -0.03), (0.06, tall * 0.55, long * 0.5), look.second, turn=(12, 0, 0))
    if look.at(9) > 0.6:
        a.ball((0, y + head, z - 0.02), (0.04, 0.11, 0.09), look.trim, turn=(-20, 0, 0))
    a.top, a.neck = ((0, y + head * 0.95, z), head * 0.8), ((0, y - head * 0.85, z - 0.03), head * 0.85)
    a.side = ((wide + 0.06, tall, 0.15), 0.3)
    return a


def teddy_bear(look: Look, pose: str, expression: str) -> Assembly:
    """A plush bear: round ears, a muzzle, a belly patch."""
    a = Assembly()
    belly, tall = look.at(0, 0.22, 0.31), look.at(1, 0.22, 0.30)
    head, ear = look.at(2, 0.21, 0.28), look.at(3, 0.07, 0.12)
    sit = pose == "sitting"
    hip = 0.03 if sit else 0.16
    patch = (Mark("spot", look.pale.colour, (0, -0.05), (0.52, 0.55)),) if look.at(4) > 0.45 else ()
    a.ball((0, hip + tall, 0), (belly, tall, belly * 0.85), look.main, marks=patch)
    if sit:
        a.pair("ball", (belly * 0.75, 0.10, 0.24), (0.10, 0.10, 0.19), look.plain)
        a.pair("ball", (belly * 0.75, 0.11, 0.40), (0.075, 0.08, 0.05), look.pale)
    else:
        a.pair("ball", (belly * 0.55, 0.14, 0.03), (0.11, 0.15, 0.13), look.plain)
    arm = hip + 1.45 * tall
    a.ball((-belly - 0.03, arm - 0.1, 0.05), (0.08, 0.17, 0.09), look.plain, turn=(0, 0, -25))
    if pose == "waving":
        a.ball((belly + 0.08, arm + 0.17, 0.03), (0.08, 0.18, 0.09), look.plain, turn=(0, 0, -28))
    else:
        a.ball((belly + 0.03, arm - 0.1, 0.05), (0.08, 0.17, 0.09), look.plain, turn=(0, 0, 25))
    y = hip + 2 * tall + head * 0.7
    a.pair("ball", (head * 0.75, y + head * 0.75, -0.02), (ear, ear, ear * 0.5), look.plain)
    a.pair("ball", (head * 0.76, y + head * 0.74, 0.02), (ear * 0.6, ear * 0.6, ear * 0.35), look.second)
    a.ball((0, y, 0), (head, head * 0.93, head * 0.9), look.plain, marks=eyes(0.2, 0.4, 0.15, INK, white=False))
    snout = (Mark("spot", INK, (0, 0.45), (0.4, 0.32)), *mouth(expression or "smiling", -0.25, 0.45, INK))
    a.ball((0, y - head * 0.28, head * 0.72), (head * 0.48, head * 0.36, head * 0.35), look.pale, marks=snout)
    a.top, a.neck = ((0, y + head * 0.9, 0), head * 0.8), ((0, hip + 1.85 * tall, 0), belly * 0.85)
    a.side = ((belly + 0.13, arm - 0.22, 0.12), 0.3)
    return a


def rocket(look: Look, pose: str, expression: str) -> Assembly:
    """A rocket on three fins with a porthole."""
    a = Assembly()
    wide, tall, nose = look.at(0, 0.17, 0.25), look.at(1, 0.30, 0.42), look.at(2, 0.16, 0.30)
    foot = look.at(3, 0.08, 0.16)
    y = foot + tall
    port = look.at(4, 0.3, 0.5)
    marks = (
        Mark("spot", shade(look.second.colour, -0.2), (0, 0.35), (port + 0.16, (port + 0.16) * wide / tall)),
        Mark("spot", GLASS, (0, 0.35), (port, port * wide / tall)),
    )
    a.tube((0, y, 0), (wide, tall, wide), look.main, marks=marks, ends=(1.0, look.at(5, 0.78, 1.0)))
    top = look.at(5, 0.78, 1.0) * wide
    if look.at(6) > 0.5:
        a.tube((0, y + tall + nose / 2, 0), (top, nose / 2, top), look.second, ends=(1.0, 0.05))
    else:
        a.ball((0, y + tall, 0), (top, nose, top), look.second)
    fin = look.at(7, 0.12, 0.20)
    slope = ((1.0, 0.75, 0.0, 0.72),)
    a.box((wide + fin * 0.6, fin * 1.2 + foot * 0.2, 0), (fin, fin * 1.2 + foot * 0.2, 0.035), look.trim, cuts=slope)
    a.box(
        (-wide - fin * 0.6, fin * 1.2 + foot * 0.2, 0),
        (fin, fin * 1.2 + foot * 0.2, 0.035),
        look.trim,
        (0, 180, 0),
        cuts=slope,
    )
    a.box((0, fin * 1.1, wide + fin * 0.4), (0.035, fin * 1.1, fin * 0.8), look.trim)
    a.tube((0, foot * 0.6, 0), (wide * 0.6, foot * 0.6, wide * 0.6), paint(STEEL), ends=(1.2, 0.8))
    a.top, a.neck = ((0, y + tall + nose * 0.85, 0), 0.14), ((0, y + tall * 0.8, 0), wide)
    a.side = ((wide + fin * 1.3, 0.2, 0.1), 0.3)
    return a
