"""From a scene to solids in the world: things are built, posed, turned, sized and put where they stand."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipelines.toybox.accessories import WORN
from pipelines.toybox.assembly import Assembly, Solid, carried, cos_sin, rotation
from pipelines.toybox.identity import Look, paint
from pipelines.toybox.palette import COLOURS, contrasting
from pipelines.toybox.scene import Camera, Scene, Thing
from pipelines.toybox.things import BUILDERS, family

TILTS = {"leaning": (0.0, 0.0, 20.0), "lying down": (0.0, 0.0, 88.0), "upside down": (0.0, 0.0, 180.0)}
LEAP = 0.30
"""How far above the ground a jumping thing is, in units."""


@dataclass(frozen=True)
class Posed:
    """A thing's solids in its own upright frame after posing, with their centres and axes; it stands on y = 0."""

    solids: tuple[Solid, ...]
    centres: np.ndarray
    axes: np.ndarray
    sizes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    worn: int


@lru_cache(maxsize=256)
def posed(noun: str, identity: tuple[float, ...], accessory: str, pose: str, expression: str) -> Posed:
    """Build a thing and strike its pose. `worn` counts the solids at the end that belong to its accessory."""
    look = Look(identity)
    a: Assembly = BUILDERS[noun](look, pose, expression)
    bare = len(a.solids)
    if accessory:
        WORN[accessory](a, paint(COLOURS[contrasting(look.colour, look.at(17), (look.second_name,))], 0.2))
    tilt = TILTS.get(pose, (0.0, 0.0, 0.0))
    if pose == "lying down" and family(noun) == "vehicles":
        tilt = (82.0, 0.0, 0.0)
    turned = rotation(tilt)
    centres = np.array([carried(s.at, turned) for s in a.solids])
    axes = np.array([[carried(axis, turned) for axis in s.axes] for s in a.solids])
    sizes = np.array([s.size for s in a.solids])
    reach = (np.abs(axes) * sizes[:, :, None]).sum(1)
    low, high = (centres - reach)[:bare].min(0), (centres + reach)[:bare].max(0)
    shift = np.array(
        [-(low[0] + high[0]) / 2 if any(tilt) else 0.0, -low[1] + (LEAP if pose == "jumping" else 0.0), 0.0]
    )
    low, high = (centres - reach).min(0), (centres + reach).max(0)
    return Posed(tuple(a.solids), centres + shift, axes, sizes, low + shift, high + shift, len(a.solids) - bare)


@dataclass(frozen=True)
class Stage:
    """All solids of a scene in world coordinates: arrays over K solids.

    `axes[k]` holds the images of the local x, y, z axes as rows; `owner[k]` is the index of the thing.
    """

    solids: tuple[Solid, ...]
    centres: np.ndarray
    axes: np.ndarray
    sizes: np.ndarray
    owner: np.ndarray

    @property
    def corners(self) -> np.ndarray:
        """The corners of every solid's own box, (K, 8, 3)."""
        spans = self.axes * self.sizes[:, :, None]
        return np.stack(
            [
                self.centres + i * spans[:, 0] + j * spans[:, 1] + k * spans[:, 2]
                for i in (-1, 1)
                for j in (-1, 1)
                for k in (-1, 1)
            ],
            axis=1,
        )


def place(scene: Scene) -> Stage:
    """Put every thing of a scene where it stands."""
    solids, centres, axes, sizes, owner = [], [], [], [], []
    feet: list[tuple[float, float, float]] = []
    for index, thing in enumerate(scene.things):
        p = posed(thing.noun, thing.identity, thing.accessory, thing.pose, thing.expression)
        x, z = thing.at
        y = 0.0
        if thing.on is not None:
            under = scene.things[thing.on]
            q = posed(under.noun, under.identity, under.accessory, under.pose, under.expression)
            x, y, z = feet[thing.on]
            y += _perch(q) * under.size
        feet.append((x, y, z))
        c, s = cos_sin(thing.turn)
        turn = np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
        centres.append(_times(p.centres, turn) * thing.size + np.array([x, y, z]))
        axes.append(_times(p.axes, turn))
        sizes.append(p.sizes * thing.size)
        solids += p.solids
        owner += [index] * len(p.solids)
    return Stage(tuple(solids), np.concatenate(centres), np.concatenate(axes), np.concatenate(sizes), np.array(owner))


def _perch(p: Posed) -> float:
    """How high something set on top stands: a little into the top of the middle."""
    reach = (np.abs(p.axes) * p.sizes[:, :, None]).sum(1)
    middle = (np.abs(p.centres[:, 0]) < 0.16) & (np.abs(p.centres[:, 2]) < 0.25)
    tops = (p.centres + reach)[: len(p.solids) - p.worn or None][:, 1]
    return float(tops[middle[: len(tops)]].max() if middle[: len(tops)].any() else tops.max()) - 0.04


def _times(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """rows @ matrix, summed in a fixed order so that every machine rounds alike."""
    return rows[..., 0:1] * matrix[0] + rows[..., 1:2] * matrix[1] + rows[..., 2:3] * matrix[2]


@dataclass(frozen=True)
class View:
    """A camera in the world: eye, and the directions right, up and forward (unit vectors)."""

    eye: np.ndarray
    right: np.ndarray
    up: np.ndarray
    forward: np.ndarray
    focal: float


def view(camera: Camera) -> View:
    """Where a camera stands and looks. It circles the point (0, aim y, 0) and is shifted sideways by aim x."""
    cr, sr = cos_sin(camera.round)
    cl, sl = cos_sin(camera.lift)
    forward = np.array([-sr * cl, -sl, -cr * cl])
    right = np.array([cr, 0.0, -sr])
    up = np.array([-sr * sl, cl, -cr * sl])
    target = np.array([0.0, camera.aim[1], 0.0]) + right * camera.aim[0]
    return View(target - forward * camera.distance, right, up, forward, camera.focal)


def project(points: np.ndarray, v: View) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture coordinates of world points: right and up from -1 to 1, and the depth along the view."""
    off = points - v.eye
    depth = off[..., 0] * v.forward[0] + off[..., 1] * v.forward[1] + off[..., 2] * v.forward[2]
    a = off[..., 0] * v.right[0] + off[..., 1] * v.right[1] + off[..., 2] * v.right[2]
    b = off[..., 0] * v.up[0] + off[..., 1] * v.up[1] + off[..., 2] * v.up[2]
    safe = np.maximum(depth, 0.05)
    return v.focal * a / safe, v.focal * b / safe, depth


def framed(things: tuple[Thing, ...], camera: Camera, fill: float, drift: tuple[float, float]) -> Camera:
    """The camera moved so that all things fit with their larger side at `fill` (0 to 1) of the picture.

    `drift` (-1 to 1 each) says where in the remaining room they are.
    """
    corners = place(Scene(things)).corners.reshape(-1, 3)
    v = view(Camera(camera.round, camera.lift, 0.0, (0.0, 0.0), camera.focal))
    a = (corners * v.right).sum(-1)
    b = (corners * v.up).sum(-1)
    c = (corners * v.forward).sum(-1)
    mid_a, mid_b = (a.min() + a.max()) / 2, (b.min() + b.max()) / 2
    half = np.maximum(np.abs(a - mid_a), np.abs(b - mid_b))
    # The aim's own forward component: aim = (0, y, 0) + right * x, so y * forward_y.
    y = mid_b / v.up[1]
    ahead = c - y * v.forward[1]
    distance = float((half * camera.focal / fill - ahead).max())
    room = (1 - fill) * distance / camera.focal
    slack = (room * drift[0] * 0.7, room * drift[1] * 0.6)
    aim = (round(float(mid_a + slack[0]), 5), round(float(y + slack[1]), 5))
    return Camera(camera.round, camera.lift, round(distance, 5), aim, camera.focal)
