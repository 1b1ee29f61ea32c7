"""People, drawn as small figures with large heads so that faces can be told apart: man, woman, boy, girl."""

from pipelines.toybox.assembly import Assembly, Mark, eyes, mouth
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import INK, shade

LIPS = (0.70, 0.20, 0.24)
PALE_LIPS = (0.93, 0.52, 0.50)
"""Lips on dark skin, so that a mouth can be read at a few pixels."""


def _face(look: Look, expression: str, lashes: bool) -> tuple[Mark, ...]:
    """Eyes, brows, nose, mouth, and what identity adds: glasses, freckles, wrinkles."""
    skin, size = look.skin, look.at(0, 0.13, 0.19)
    gap, y = look.at(1, 0.34, 0.45), look.at(2, -0.06, 0.10)
    iris = look.pick(3, ((0.22, 0.13, 0.08), (0.16, 0.40, 0.72), (0.18, 0.48, 0.26), INK))
    marks = list(eyes(y, gap, size, iris))
    tilt = {"angry": -0.13, "sad": 0.13, "surprised": 0.0}.get(expression, 0.0)
    lift = 0.12 if expression == "surprised" else 0.0
    for side in (-1, 1):
        brow = shade(look.hair_colour, -0.25)
        for inner in (0, 1):
            x = side * (gap + size * (0.45 if inner == 0 else -0.45))
            height = y + size * 1.75 + lift + (tilt if inner else -tilt)
            marks.append(Mark("rect", brow, (x, height), (size * 0.55, 0.055)))
        if lashes:
            marks.append(Mark("rect", INK, (side * (gap + size), y + size * 0.5), (size * 0.35, 0.03)))
        marks.append(
            Mark("spot", shade(LIPS, 0.55) if look.at(4) > 0.5 else skin, (side * 0.62, y - 0.38), (0.14, 0.10))
        )
        if look.old:
            marks.append(Mark("arc", shade(skin, -0.25), (side * gap, y - size * 1.6), (size * 0.8, 0.025), bend=0.5))
    marks.append(Mark("spot", shade(skin, -0.18), (0, y - 0.25), (look.at(5, 0.07, 0.13), 0.07)))
    marks += mouth(expression, y - 0.52, look.at(6, 0.30, 0.40), LIPS if look.skin[0] > 0.6 else PALE_LIPS)
    if look.glasses:
        for x in (-gap, gap):
            marks.append(Mark("ring", INK, (x, y), (size * 1.55, size * 1.6)))
        marks.append(Mark("rect", INK, (0, y), (gap - size * 1.45, 0.03)))
    return tuple(marks)


def _figure(look: Look, pose: str, expression: str, head: float, body: float, grown: bool, female: bool) -> Assembly:
    """The figure all four share; hair comes after."""
    a = Assembly()
    skin, clothes = paint(look.skin, 0.05), look.main
    legs = look.second if not female else skin
    leg = 0.12 if grown else 0.09
    wide = look.at(7, 0.17, 0.22) * (1.0 if grown else 0.92)
    sit = pose == "sitting"
    hip = 0.06 if sit else 2 * leg
    if sit:
        a.pair("tube", (wide * 0.5, 0.06, 0.22), (0.065, 0.16, 0.06), legs, turn=(90, 0, 0))
        a.pair("ball", (wide * 0.5, 0.07, 0.38), (0.07, 0.08, 0.06), look.trim)
    else:
        a.pair("tube", (wide * 0.5, leg, 0), (0.065, leg, 0.065), legs)
        a.pair("ball", (wide * 0.5, 0.045, 0.05), (0.075, 0.05, 0.11), look.trim)
    if female:
        a.tube((0, hip + body, 0), (wide * 1.35, body, wide * 1.05), clothes, ends=(1.0, 0.55))
    else:
        a.tube((0, hip + body, 0), (wide, body, wide * 0.75), clothes, ends=(0.88, 1.0))
    shoulder = hip + 2 * body
    arm = body * 0.72
    reach = wide * (0.80 if female else 1.0) + 0.04
    a.tube((-reach, shoulder - arm, 0.0), (0.05, arm, 0.05), clothes, turn=(0, 0, -14))
    a.ball((-reach - 0.05, shoulder - 2 * arm, 0.0), (0.055, 0.055, 0.055), skin)
    if pose == "waving":
        a.tube((reach + 0.10, shoulder + arm * 0.45, 0.0), (0.05, arm, 0.05), clothes, turn=(0, 0, -38))
        a.ball((reach + 0.10 + arm * 0.72, shoulder + arm * 1.35, 0.0), (0.06, 0.06, 0.055), skin)
    else:
        a.tube((reach, shoulder - arm, 0.0), (0.05, arm, 0.05), clothes, turn=(0, 0, 14))
        a.ball((reach + 0.05, shoulder - 2 * arm, 0.0), (0.055, 0.055, 0.055), skin)
    y = shoulder + head * 0.88
    a.ball(
        (0, y, 0.02), (head * look.at(8, 0.90, 1.04), head, head * 0.95), skin, marks=_face(look, expression, female)
    )
    a.top, a.neck = ((0, y + head * 0.98, 0), head * 0.80), ((0, shoulder, 0), wide * 0.72)
    a.side = ((reach + 0.12, shoulder - 2 * arm - 0.05, 0.08), 0.3)
    return a


def _crown_hair(a: Assembly, look: Look, head: float, cut: float) -> None:
    """Hair that covers the skull down to a hairline; `cut` is how far back the face is free."""
    (x, y, z), _ = a.top
    hair = paint(look.hair_colour, 0.25)
    brow = look.at(9, 0.16, 0.34)
    # Keep what lies behind a slanted plane, so that the face stays free and the fringe shows.
    plane = (0.0, -0.62, 1.0, cut - brow)
    a.ball((x, y - head * 0.98 + head * 0.05, 0.0), (head * 1.10, head * 1.08, head * 1.08), hair, cuts=(plane,))


def man(look: Look, pose: str, expression: str) -> Assembly:
    """A man: short hair or none, sometimes a beard."""
    head = look.at(10, 0.215, 0.25)
    a = _figure(look, pose, expression, head, look.at(11, 0.20, 0.25), True, False)
    if look.at(12) > 0.22:
        _crown_hair(a, look, head, 0.22)
    if look.beard:
        (x, y, z), _ = a.top
        beard = paint(shade(look.hair_colour, -0.1), 0.05)
        lips = (Mark("spot", LIPS, (0, 0.42), (0.36, 0.16)),)
        a.ball(
            (0, y - head * 1.72, 0.05), (head * 0.74, head * look.at(13, 0.40, 0.62), head * 0.92), beard, marks=lips
        )
    return a


def woman(look: Look, pose: str, expression: str) -> Assembly:
    """A woman: a dress, long hair or a bun."""
    head = look.at(10, 0.21, 0.245)
    a = _figure(look, pose, expression, head, look.at(11, 0.22, 0.27), True, True)
    _crown_hair(a, look, head, 0.16)
    hair, (_, y, _) = paint(look.hair_colour, 0.25), a.top[0]
    if look.at(12) > 0.45:
        long = look.at(13, 0.9, 1.5) * head
        a.ball((0, y - head * 1.1 - long * 0.35, -head * 0.55), (head * 1.12, long, head * 0.55), hair)
    else:
        a.ball((0, y + head * 0.18, -head * 0.25), (head * 0.45, head * 0.42, head * 0.45), hair)
    return a


def boy(look: Look, pose: str, expression: str) -> Assembly:
    """A boy: small, a larger head, a cap or a tuft."""
    head = look.at(10, 0.25, 0.285)
    a = _figure(look, pose, expression, head, look.at(11, 0.14, 0.18), False, False)
    hair, (_, y, _) = paint(look.hair_colour, 0.25), a.top[0]
    if look.at(12) > 0.5:
        a.ball((0, y - head * 0.62, 0), (head * 1.07, head * 0.72, head * 1.07), look.trim, cuts=((0, -1, 0, 0.0),))
        a.ball((0, y - head * 0.60, head * 1.0), (head * 0.62, 0.03, head * 0.5), look.trim)
    else:
        _crown_hair(a, look, head, 0.25)
        a.ball(
            (0, y + head * 0.08, 0.02), (head * 0.22, head * 0.25, head * 0.16), hair, turn=(0, 0, look.at(13, -35, 35))
        )
    return a


def girl(look: Look, pose: str, expression: str) -> Assembly:
    """A girl: small, a dress, pigtails or plaits."""
    head = look.at(10, 0.245, 0.28)
    a = _figure(look, pose, expression, head, look.at(11, 0.15, 0.19), False, True)
    _crown_hair(a, look, head, 0.18)
    hair, (_, y, _) = paint(look.hair_colour, 0.25), a.top[0]
    low = look.at(13, 0.35, 1.0)
    tail = look.at(12, 0.32, 0.62) * head
    a.pair(
        "ball", (head * 1.16, y - head * low - tail * 0.5, -0.03), (head * 0.27, tail, head * 0.27), hair, (0, 0, 18)
    )
    a.pair("ball", (head * 1.02, y - head * low + tail * 0.3, -0.02), (0.045, 0.045, 0.05), look.trim)
    return a
