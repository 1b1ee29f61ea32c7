"""Building with solids: balls, boxes and tubes, each with paint and marks, in a thing's own coordinates.

A thing stands on y = 0 and faces +z; x runs to its left-hand side as the viewer sees it from the front (to the right
of the picture). It is about one unit tall. Sizes are half-extents; turns are degrees about x, then y, then z.
"""

import math
from dataclasses import dataclass, field

from pipelines.toybox.identity import Paint

Vec = tuple[float, float, float]


@dataclass(frozen=True)
class Mark:
    """Something painted on a solid, in the two local coordinates (-1 to 1) seen from `side`.

    `shape` is spot, rect, arc, ring or band. `at` is the centre, `size` the half-extents (for an arc: half-width and
    half-thickness; a band uses only the second of each and goes all the way round), `bend` the curvature of an arc.
    """

    shape: str
    colour: Vec
    at: tuple[float, float]
    size: tuple[float, float]
    side: str = "front"
    bend: float = 0.0


@dataclass(frozen=True)
class Solid:
    """One analytic solid. `kind` is ball, box or tube; `ends` are a tube's relative radii at bottom and top; `cuts`
    are planes (nx, ny, nz, d) in local coordinates that keep n·p <= d."""

    kind: str
    at: Vec
    size: Vec
    paint: Paint
    axes: tuple[Vec, Vec, Vec]
    marks: tuple[Mark, ...] = ()
    ends: tuple[float, float] = (1.0, 1.0)
    cuts: tuple[tuple[float, float, float, float], ...] = ()


def cos_sin(degrees: float) -> tuple[float, float]:
    """Cosine and sine, rounded so that every machine has the same ones."""
    a = math.radians(degrees)
    return round(math.cos(a), 9), round(math.sin(a), 9)


def rotation(turn: Vec) -> tuple[Vec, Vec, Vec]:
    """The images of the x, y and z axes under a turn of (x, y, z) degrees, applied in that order."""
    (cx, sx), (cy, sy), (cz, sz) = (cos_sin(t) for t in turn)
    out = []
    for x, y, z in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)):
        y, z = cx * y - sx * z, sx * y + cx * z
        x, z = cy * x + sy * z, -sy * x + cy * z
        x, y = cz * x - sz * y, sz * x + cz * y
        out.append((x, y, z))
    return tuple(out)


def carried(p: Vec, axes: tuple[Vec, Vec, Vec]) -> Vec:
    """A point or direction expressed in turned axes."""
    return tuple(p[0] * axes[0][k] + p[1] * axes[1][k] + p[2] * axes[2][k] for k in range(3))


@dataclass
class Assembly:
    """A thing under construction: its solids, and where accessories go (`top`, `neck`, `side`: point and width)."""

    solids: list[Solid] = field(default_factory=list)
    top: tuple[Vec, float] = ((0.0, 1.0, 0.0), 0.3)
    neck: tuple[Vec, float] = ((0.0, 0.6, 0.0), 0.3)
    side: tuple[Vec, float] = ((0.42, 0.35, 0.1), 0.3)

    def _add(self, kind: str, at: Vec, size: Vec, paint: Paint, turn: Vec, **more) -> None:
        marks = tuple(more.pop("marks", ()))
        self.solids.append(Solid(kind, at, size, paint, rotation(turn), marks, **more))

    def ball(self, at: Vec, size: Vec, paint: Paint, turn: Vec = (0, 0, 0), marks=(), cuts=()) -> None:
        """An ellipsoid, perhaps cut by planes (a dome keeps y >= 0 with the cut (0, -1, 0, 0))."""
        self._add("ball", at, size, paint, turn, marks=marks, cuts=tuple(cuts))

    def box(self, at: Vec, size: Vec, paint: Paint, turn: Vec = (0, 0, 0), marks=(), cuts=()) -> None:
        """A box, perhaps cut by planes (a gable roof is a box with two sloping cuts)."""
        self._add("box", at, size, paint, turn, marks=marks, cuts=tuple(cuts))

    def tube(self, at: Vec, size: Vec, paint: Paint, turn: Vec = (0, 0, 0), marks=(), ends=(1.0, 1.0)) -> None:
        """A cylinder along y, or a cone where `ends` differ."""
        self._add("tube", at, size, paint, turn, marks=marks, ends=ends)

    def pair(self, kind: str, at: Vec, size: Vec, paint: Paint, turn: Vec = (0, 0, 0), **more) -> None:
        """The same solid on both sides, mirrored in x."""
        build = getattr(self, kind)
        build(at, size, paint, turn, **more)
        build((-at[0], at[1], at[2]), size, paint, (turn[0], -turn[1], -turn[2]), **more)


GABLE = ((1.0, 1.0, 0.0, 1.0), (-1.0, 1.0, 0.0, 1.0))
"""Cuts that make a box a gable roof whose ridge runs along z."""
PYRAMID = ((1.0, 0.5, 0.0, 0.5), (-1.0, 0.5, 0.0, 0.5), (0.0, 0.5, 1.0, 0.5), (0.0, 0.5, -1.0, 0.5))
"""Cuts that make a box a pyramid."""
DOME = ((0.0, -1.0, 0.0, 0.0),)
"""The cut that keeps the upper half."""


def eyes(y: float, gap: float, size: float, colour: Vec, look: float = 0.0, white: bool = True) -> tuple[Mark, ...]:
    """A pair of eyes on the front: height, half-distance, half-size in local coordinates; `look` shifts the pupils."""
    marks = []
    for x in (-gap, gap):
        if white:
            marks.append(Mark("spot", (0.98, 0.98, 0.97), (x, y), (size, size * 1.15)))
        inner = size * (0.62 if white else 1.0)
        marks.append(Mark("spot", colour, (x + look * size * 0.3, y), (inner, inner * 1.1)))
        marks.append(Mark("spot", (1.0, 1.0, 1.0), (x + size * 0.22, y + size * 0.3), (size * 0.22, size * 0.22)))
    return tuple(marks)


MOUTHS = {
    "smiling": ("arc", 1.1),
    "sad": ("arc", -1.1),
    "surprised": ("spot", 0.0),
    "angry": ("arc", -0.5),
    "": ("arc", 0.25),
}


def mouth(expression: str, y: float, width: float, colour: Vec) -> tuple[Mark, ...]:
    """A mouth on the front that shows an expression."""
    shape, bend = MOUTHS[expression]
    if shape == "spot":
        return (Mark("spot", colour, (0.0, y), (width * 0.42, width * 0.55)),)
    return (
        Mark("arc", colour, (0.0, y - bend * width * 0.25), (width, width * 0.26), bend=bend / max(width, 0.05) * 0.5),
    )
