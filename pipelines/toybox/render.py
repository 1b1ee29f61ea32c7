"""Draw a scene: rays against analytic solids, then light, shadow, weather and style. NumPy only, one core."""

from dataclasses import dataclass

import numpy as np

from pipelines.toybox import places, solids, texture
from pipelines.toybox.assembly import cos_sin
from pipelines.toybox.light import FOG, falling, light
from pipelines.toybox.scene import Scene
from pipelines.toybox.stage import Stage, View, place, project, view
from pipelines.toybox.styles import styled

F = np.float32


@dataclass(frozen=True)
class Picture:
    """A drawn scene: `pixels` (S, S, 3) uint8 RGB; `masks` (N, S, S) bool, what is visible of each of the N things
    with what it wears; `boxes` (N, 4) float32 x0, y0, x1, y1 in pixels, zeros where a thing is hidden; and the scene,
    which holds identities, attributes and camera."""

    pixels: np.ndarray
    masks: np.ndarray
    boxes: np.ndarray
    scene: Scene


def render(scene: Scene, size: int = 128) -> Picture:
    """Draw a scene as a square picture of `size` pixels. The same scene gives the same bytes on every machine."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _Drawing(scene, size).picture()


class _Drawing:
    """One picture in the making: buffers of colour, depth and which solid is in front."""

    def __init__(self, scene: Scene, size: int):
        self.scene, self.size = scene, size
        self.view: View = view(scene.camera)
        self.stage: Stage = place(scene)
        self.lamp = light(scene.place, scene.light, scene.weather)
        (cr, sr), (cl, sl) = cos_sin(scene.sun[0]), cos_sin(scene.sun[1])
        self.sun = np.array([sr * cl, sl, cr * cl])
        steps = (np.arange(size) + 0.5) / (size / 2) - 1
        self.u, self.v = (steps / self.view.focal).astype(F), (-steps / self.view.focal).astype(F)
        # To a solid's local coordinates: M (p - centre), M = rows of axes divided by half sizes.
        self.inverse = self.stage.axes / self.stage.sizes[:, :, None]
        self.origin = self._local(self.view.eye - self.stage.centres)
        self.local = [self._local(np.broadcast_to(w, self.stage.centres.shape)) for w in self._frame()]
        self.local_sun = self._local(np.broadcast_to(self.sun, self.stage.centres.shape))

    def _frame(self):
        return self.view.forward, self.view.right, self.view.up

    def _local(self, vectors: np.ndarray) -> np.ndarray:
        m = self.inverse
        return m[:, :, 0] * vectors[:, None, 0] + m[:, :, 1] * vectors[:, None, 1] + m[:, :, 2] * vectors[:, None, 2]

    def picture(self) -> Picture:
        directions = self._rays(slice(None), slice(None), *[w.astype(F) for w in self._frame()])
        rgb, depth, ground, spot = places.backdrop(
            self.scene.place, self.lamp, self.view.eye, directions, self.scene.seed, self.scene.weather == "clear"
        )
        self._light_ground(rgb, ground, spot)
        front, depth = self._trace(depth)
        self._shade(rgb, front, depth)
        if self.scene.weather == "fog":
            veil = np.minimum(depth / (depth + F(5.5)), F(0.92))
            tone = 0.5 if self.scene.light == "night" else 1.0
            for c, fog in zip(rgb, FOG, strict=True):
                c += (F(fog * tone) - c) * veil
        owner = np.where(front >= 0, self.stage.owner[np.maximum(front, 0)], -1)
        pixels = _softened(rgb, front)
        if self.scene.weather in ("rain", "snowfall"):
            planes = [pixels[..., k] for k in range(3)]
            falling(planes, self.scene.weather, self.scene.seed)
        pixels = styled(
            np.clip(pixels * F(255) + F(0.5), 0, 255).astype(np.uint8), owner, self.scene.style, self.scene.seed
        )
        masks = owner[None] == np.arange(len(self.scene.things))[:, None, None]
        return Picture(pixels, masks, _boxes(masks), self.scene)

    def _rays(self, rows, cols, ahead, right, up) -> tuple[np.ndarray, ...]:
        """Directions ahead + u right + v up over a tile, as three arrays."""
        u, v = self.u[cols][None, :], self.v[rows][:, None]
        return tuple((F(ahead[k]) + v * F(up[k])) + u * F(right[k]) for k in range(3))

    def _tile(self, a: np.ndarray, b: np.ndarray, depth: np.ndarray):
        """The rows and columns a set of projected points can touch; None when out of sight."""
        if depth.max() < 0.1:
            return None
        s = self.size
        if depth.min() < 0.15:
            return slice(0, s), slice(0, s)
        x0, x1 = int((a.min() + 1) * s / 2) - 1, int((a.max() + 1) * s / 2) + 2
        y0, y1 = int((1 - b.max()) * s / 2) - 1, int((1 - b.min()) * s / 2) + 2
        x0, x1, y0, y1 = max(x0, 0), min(x1, s), max(y0, 0), min(y1, s)
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def _tiles(self, points: np.ndarray):
        a, b, depth = project(points, self.view)
        return [self._tile(a[k], b[k], depth[k]) for k in range(len(points))]

    def _trace(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which solid each pixel shows (-1 for none), and how deep it is."""
        front = np.full((self.size, self.size), -1, np.int32)
        depth = depth.copy()
        for k, tile in enumerate(self._tiles(self.stage.corners)):
            if tile is None:
                continue
            d = self._rays(*tile, *(w[k] for w in self.local))
            t = solids.hit(self.stage.solids[k], tuple(self.origin[k]), d)
            nearer = t < depth[tile]
            np.copyto(depth[tile], t, where=nearer)
            np.copyto(front[tile], k, where=nearer)
        return front, depth

    def _light_ground(self, rgb, ground, spot) -> None:
        """Sun, sky and the things' shadows on the ground."""
        lit = np.ones((self.size, self.size), F)
        corners = self.stage.corners
        fall = corners - self.sun * (corners[..., 1] / self.sun[1])[..., None]
        for k, tile in enumerate(self._tiles(fall)):
            if tile is None:
                continue
            x, z = spot[0][tile], spot[1][tile]
            m, c, toward = self.inverse[k], self.stage.centres[k], self.local_sun[k]
            # Rays from the ground towards the sun: one direction, many origins; shift each to the plane through 0.
            o = [F(m[i, 0]) * (x - F(c[0])) + F(m[i, 2]) * (z - F(c[2])) - F(m[i, 1] * c[1]) for i in range(3)]
            np.copyto(lit[tile], F(0), where=_blocked(self.stage.solids[k], o, toward) & ground[tile])
        lit = _blur(lit, max(self.size // 42, 1))
        # Contact: the ground darkens close under things even where the sun reaches.
        level = float(self.sun[1])
        for c, sun, ambient in zip(rgb, self.lamp.sun, self.lamp.sky, strict=True):
            shade = F(ambient * 0.92) + F(sun * (0.35 + 0.65 * level)) * lit - F(0.10) * (1 - lit) * F(ambient)
            np.copyto(c, np.clip(c * shade, 0, 1), where=ground)
        if self.scene.place in places.ROOMS:
            for c, sun, ambient in zip(rgb, self.lamp.sun, self.lamp.sky, strict=True):
                np.copyto(c, c * F(ambient + 0.55 * sun), where=~ground)

    def _shade(self, rgb, front, depth) -> None:
        """Colour and light every visible point of every solid."""
        order = np.argsort(front, axis=None, kind="stable")
        counts = np.bincount(front.ravel() + 1, minlength=len(self.stage.solids) + 1)
        ends = np.cumsum(counts)
        flat = [c.ravel() for c in rgb]
        deep = depth.ravel()
        for k, solid in enumerate(self.stage.solids):
            where = order[ends[k] : ends[k + 1]]
            if not len(where):
                continue
            rows, cols = np.divmod(where, self.size)
            u, v, t = self.u[cols], self.v[rows], deep[where]
            ahead, right, up = (w[k] for w in self.local)
            o = self.origin[k]
            p = tuple(F(o[i]) + t * ((F(ahead[i]) + v * F(up[i])) + u * F(right[i])) for i in range(3))
            colours = texture.coloured(solid, p)
            n = solids.normal(solid, p)
            m = self.inverse[k]
            w = [n[0] * F(m[0, i]) + n[1] * F(m[1, i]) + n[2] * F(m[2, i]) for i in range(3)]
            length = 1 / np.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2] + F(1e-12))
            facing = (w[0] * F(self.sun[0]) + w[1] * F(self.sun[1]) + w[2] * F(self.sun[2])) * length
            sun = np.maximum(facing, 0)
            sky = F(0.74) + F(0.26) * w[1] * length
            height = F(self.view.eye[1]) + t * (
                F(self.view.forward[1]) + v * F(self.view.up[1]) + u * F(self.view.right[1])
            )
            sky = sky * np.minimum(F(0.72) + height * F(1.1), F(1))
            shine = np.maximum(facing - F(0.86), 0) * F(7.0)
            shine = shine * shine * F(solid.paint.gloss * 0.75)
            for c, colour, s, a in zip(flat, colours, self.lamp.sun, self.lamp.sky, strict=True):
                c[where] = colour * (F(a * 1.05) * sky + F(s) * sun) + shine * F(s)


def _blocked(solid, o, toward) -> np.ndarray:
    """Whether rays from local origins `o` in the one direction `toward` meet the solid."""
    d = [F(t) for t in toward]
    if solid.kind == "ball" and not solid.cuts:
        a = F(toward[0] ** 2 + toward[1] ** 2 + toward[2] ** 2)
        b = o[0] * d[0] + o[1] * d[1] + o[2] * d[2]
        return b * b > a * (o[0] * o[0] + o[1] * o[1] + o[2] * o[2] - 1)
    if solid.kind == "ball":
        a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        b = o[0] * d[0] + o[1] * d[1] + o[2] * d[2]
        inside = b * b - a * (o[0] * o[0] + o[1] * o[1] + o[2] * o[2] - 1)
        root = np.sqrt(np.maximum(inside, 0))
        near, far = np.where(inside > 0, (-b - root) / a, F(1)), np.where(inside > 0, (root - b) / a, F(0))
    elif solid.kind == "box":
        near = far = None
        for k in range(3):
            inverse = F(1 / (toward[k] if abs(toward[k]) > 1e-9 else 1e-9))
            middle, reach = -o[k] * inverse, abs(inverse)
            near = middle - reach if near is None else np.maximum(near, middle - reach)
            far = middle + reach if far is None else np.minimum(far, middle + reach)
    else:
        # The tube's widest radius stands for its cone: shadows are soft, the difference does not show.
        wide = F(max(solid.ends)) ** 2
        a = F(max(toward[0] ** 2 + toward[2] ** 2, 1e-9))
        b = o[0] * d[0] + o[2] * d[2]
        inside = b * b - a * (o[0] * o[0] + o[2] * o[2] - wide)
        root = np.sqrt(np.maximum(inside, 0))
        inverse = F(1 / (toward[1] if abs(toward[1]) > 1e-9 else 1e-9))
        middle, reach = -o[1] * inverse, abs(inverse)
        near = np.maximum(np.where(inside > 0, (-b - root) / a, F(1)), middle - reach)
        far = np.minimum(np.where(inside > 0, (root - b) / a, F(0)), middle + reach)
    for nx, ny, nz, level in solid.cuts:
        slope = float(nx * toward[0] + ny * toward[1] + nz * toward[2])
        t = (F(level) - (F(nx) * o[0] + F(ny) * o[1] + F(nz) * o[2])) / F(slope if abs(slope) > 1e-9 else 1e-9)
        near, far = (near, np.minimum(far, t)) if slope > 0 else (np.maximum(near, t), far)
    return near < far


def _blur(plane: np.ndarray, radius: int) -> np.ndarray:
    """A box blur along rows, then columns, twice; by running sums of exact float32 additions."""
    for _ in range(2):
        for axis in (0, 1):
            parts = [np.roll(plane, k, axis) for k in range(-radius, radius + 1)]
            total = parts[0]
            for part in parts[1:]:
                total = total + part
            plane = total * F(1 / (2 * radius + 1))
    return plane


def _softened(rgb: list[np.ndarray], front: np.ndarray) -> np.ndarray:
    """The picture with its things' edges softened by a 3 x 3 binomial, so that nothing is jagged. (S, S, 3)."""
    pixels = np.stack(rgb, axis=-1)
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across = padded[:, :-2] + padded[:, 1:-1] * F(2) + padded[:, 2:]
    smooth = (across[:-2] + across[1:-1] * F(2) + across[2:]) * F(1 / 16)
    thing = front >= 0
    edge = np.zeros_like(thing)
    edge[1:] |= front[1:] != front[:-1]
    edge[:-1] |= front[1:] != front[:-1]
    edge[:, 1:] |= front[:, 1:] != front[:, :-1]
    edge[:, :-1] |= front[:, 1:] != front[:, :-1]
    share = np.where(edge, F(0.85), np.where(thing, F(0.4), F(0)))[..., None]
    return pixels + (smooth - pixels) * share


def _boxes(masks: np.ndarray) -> np.ndarray:
    boxes = np.zeros((len(masks), 4), F)
    for k, mask in enumerate(masks):
        rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            boxes[k] = cols[0], rows[0], cols[-1] + 1, rows[-1] + 1
    return boxes
