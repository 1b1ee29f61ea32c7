"""Where a ray meets a solid, and what the surface is like there. Plain NumPy, float32, no transcendental functions:
sums, products, quotients and square roots are the same on every machine, so pictures are too.

All functions work in a solid's local coordinates, where a ball is the unit sphere, a box the cube from -1 to 1 and a
tube has height -1 to 1. Directions are three arrays of one shape; a ray is origin + t * direction.
"""

import numpy as np

FAR = np.float32(1e6)
Array = np.ndarray


def hit(solid, origin: tuple[float, float, float], d: tuple[Array, Array, Array]) -> Array:
    """Distance t along each ray to the solid's first surface, FAR where it misses."""
    if solid.kind == "ball":
        near, far = _ball(origin, d)
    elif solid.kind == "box":
        near, far = _box(origin, d)
    else:
        near, far = _tube(origin, d, solid.ends)
    for nx, ny, nz, level in solid.cuts:
        slope = nx * d[0] + ny * d[1] + nz * d[2]
        room = np.float32(level - nx * origin[0] - ny * origin[1] - nz * origin[2])
        t = room / np.where(np.abs(slope) < 1e-9, np.float32(1e-9), slope)
        leaving = slope > 0
        far = np.where(leaving, np.minimum(far, t), far)
        near = np.where(leaving, near, np.maximum(near, t))
    return np.where((near < far) & (near > 1e-3), near, FAR)


def _ball(o, d):
    a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
    b = np.float32(o[0]) * d[0] + np.float32(o[1]) * d[1] + np.float32(o[2]) * d[2]
    c = np.float32(o[0] ** 2 + o[1] ** 2 + o[2] ** 2 - 1.0)
    inside = b * b - a * c
    root = np.sqrt(np.maximum(inside, 0))
    inverse = 1 / a
    far = np.where(inside > 0, (root - b) * inverse, -FAR)
    return (-b - root) * inverse, far


def _box(o, d):
    near = far = None
    for k in range(3):
        inverse = 1 / np.where(np.abs(d[k]) < 1e-9, np.float32(1e-9), d[k])
        middle, reach = np.float32(-o[k]) * inverse, np.abs(inverse)
        low, high = middle - reach, middle + reach
        near = low if near is None else np.maximum(near, low)
        far = high if far is None else np.minimum(far, high)
    return near, far


def _tube(o, d, ends):
    mean, slope = np.float32((ends[0] + ends[1]) / 2), np.float32((ends[1] - ends[0]) / 2)
    reach = np.float32(mean + slope * o[1])
    a = d[0] * d[0] + d[2] * d[2] - slope * slope * d[1] * d[1]
    b = np.float32(o[0]) * d[0] + np.float32(o[2]) * d[2] - slope * reach * d[1]
    c = np.float32(o[0] ** 2 + o[2] ** 2 - reach**2)
    a = np.where(np.abs(a) < 1e-9, np.float32(1e-9), a)
    inside = b * b - a * c
    root = np.sqrt(np.maximum(inside, 0))
    one, two = (-b - root) / a, (-b + root) / a
    near, far = np.minimum(one, two), np.maximum(one, two)
    if slope != 0:
        # Along the axis of a cone the ray leaves through the other nappe: what lies between the roots is outside.
        open_cone = a < 0
        if open_cone.any():
            ahead = (mean + slope * (o[1] + near * d[1])) > 0
            near, far = (
                np.where(open_cone, np.where(ahead, -FAR, far), near),
                np.where(open_cone, np.where(ahead, near, FAR), far),
            )
    near, far = np.where(inside > 0, near, FAR), np.where(inside > 0, far, -FAR)
    inverse = 1 / np.where(np.abs(d[1]) < 1e-9, np.float32(1e-9), d[1])
    middle, half = np.float32(-o[1]) * inverse, np.abs(inverse)
    return np.maximum(near, middle - half), np.minimum(far, middle + half)


def normal(solid, p: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """The outward normal at local points on the surface, in local coordinates of unit scale, not normalised."""
    x, y, z = p
    if solid.kind == "ball":
        n = (x, y, z)
    elif solid.kind == "box":
        ax, ay, az = np.abs(x), np.abs(y), np.abs(z)
        top = np.maximum(np.maximum(ax, ay), az)
        n = tuple(np.where(a >= top, np.sign(c), np.float32(0)) for a, c in ((ax, x), (ay, y), (az, z)))
    else:
        slope = np.float32((solid.ends[1] - solid.ends[0]) / 2)
        reach = np.float32((solid.ends[0] + solid.ends[1]) / 2) + slope * y
        cap = np.abs(y) > 0.999
        n = (
            np.where(cap, np.float32(0), x),
            np.where(cap, np.sign(y), -slope * reach),
            np.where(cap, np.float32(0), z),
        )
    for cx, cy, cz, level in solid.cuts:
        at = np.abs(cx * x + cy * y + cz * z - np.float32(level)) < 2e-3
        n = tuple(np.where(at, np.float32(c), k) for c, k in zip((cx, cy, cz), n, strict=True))
    return n
