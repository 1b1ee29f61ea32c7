"""Still lifes of things nobody has seen, drawn from numbers alone: what a segmenter needs to survive real photos.

Shapes of all sizes that hide one another, bodies made of parts, filled with 1/f noise and patterns, rounded by light,
with shadows, an uneven lamp, a focus and a camera's noise. No photo is among them.
"""

import cv2
import numpy as np


def draw(rng: np.random.Generator, size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """A picture, half of the time a heap of leaves and half a still life, and what is where in it.

    Returns:
        pixels (S, S, 3) uint8 RGB; owners (S, S) uint8, 0 for the background and for specks, k for the k-th thing.
    """
    palette = _palette(rng)
    canvas = _fill(rng, size, size, palette)
    owners = np.zeros((size, size), np.uint8)
    if rng.random() < 0.4:
        for radius in _radii(rng, int(rng.integers(12, 90)), size):
            centre = rng.uniform(-0.1, 1.1, 2) * size
            _lay(rng, canvas, owners, [_outline(rng, centre, radius)], palette)
    else:
        _ground(rng, canvas, palette)
        for _ in range(int(rng.integers(1, 6))):
            _lay(rng, canvas, owners, _body(rng, size), palette, shadow=True)
        for radius in _radii(rng, int(rng.integers(0, 8)), size * 0.3):
            _lay(rng, canvas, owners, [_outline(rng, rng.uniform(0, 1, 2) * size, radius)], palette)
    return _photographed(rng, canvas), owners


def backdrop(rng: np.random.Generator, size: int = 128) -> np.ndarray:
    """A picture (S, S, 3) uint8 of surfaces alone, to put things in front of."""
    palette = _palette(rng)
    canvas = _fill(rng, size, size, palette)
    if rng.random() < 0.6:
        _ground(rng, canvas, palette)
    return _photographed(rng, canvas)


def _palette(rng) -> np.ndarray:
    """Some colours that go together (N, 3), 0 to 1: one hue family mostly, muted, with a bright exception."""
    n = 8
    hue = (rng.uniform(0, 180) + rng.normal(0, rng.choice((12, 45, 90)), n)) % 180
    saturation = np.clip(rng.beta(1.4, 2.6, n) * 255, 0, 255)
    value = np.clip(rng.beta(1.6, 1.6, n) * 255, 12, 250)
    hsv = np.stack([hue, saturation, value], -1)[None].astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0].astype(np.float32) / 255


def _noise(rng, height: int, width: int) -> np.ndarray:
    """1/f^a noise (H, W) with zero mean and unit deviation, from octaves of enlarged white noise."""
    roughness, total = rng.uniform(0.35, 0.9), np.zeros((height, width), np.float32)
    stretch = np.exp(rng.normal(0, 0.5))
    cells, weight = 2, 1.0
    while cells < max(height, width):
        grid = rng.standard_normal((cells + 1, max(int(cells * stretch), 1) + 1), np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * roughness
    return (total - total.mean()) / (total.std() + 1e-6)


def _grating(rng, height: int, width: int) -> np.ndarray:
    """Stripes, checks or dots (H, W), -1 to 1, bent a little."""
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, max(height, width) / 3 + 4)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = _noise(rng, height, width) * rng.uniform(0, 0.8)
    a = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + bend)
    if rng.random() < 0.5:
        b = np.sin((y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / period + bend)
        a = a * b if rng.random() < 0.5 else np.maximum(a, b)
    return np.tanh(a * rng.uniform(1, 8))


def _fill(rng, height: int, width: int, palette: np.ndarray) -> np.ndarray:
    """A surface (H, W, 3): a colour, shaded, grained, sometimes patterned."""
    one, other = palette[rng.integers(len(palette))], palette[rng.integers(len(palette))]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    slope = rng.normal(0, 0.16, 2)
    light = 1 + x * slope[0] + y * slope[1]
    grain = rng.choice((0.02, 0.05, 0.12, 0.25), p=(0.35, 0.3, 0.22, 0.13))
    shade = (light + grain * _noise(rng, height, width))[..., None]
    surface = np.broadcast_to(one, (height, width, 3))
    lot = rng.random()
    if lot < 0.22:
        mix = (_grating(rng, height, width)[..., None] + 1) / 2
        surface = one * (1 - mix) + other * mix
    elif lot < 0.4:
        mix = 1 / (1 + np.exp(-_noise(rng, height, width)[..., None] * rng.uniform(1, 6)))
        surface = one * (1 - mix) + other * mix
    return (surface * shade).astype(np.float32)


def _radii(rng, count: int, size: float) -> np.ndarray:
    """Radii with density r^-3, large ones first in no order: scale-free occlusion."""
    low, high = max(size * 0.03, 2.0), size * 0.5
    u = rng.random(count)
    return (low**-2 * (1 - u) + high**-2 * u) ** -0.5


def _outline(rng, centre, radius: float) -> np.ndarray:
    """A closed outline (N, 2) in pixels: a box, a polygon, or a round shape with dents."""
    lot, turn, squash = rng.random(), rng.uniform(0, 2 * np.pi), np.exp(rng.normal(0, 0.35))
    if lot < 0.25:
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float) * 0.8
    elif lot < 0.4:
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 8))))
        corners = np.stack([np.cos(angles), np.sin(angles)], -1)
    else:
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        r = 1 + sum(rng.normal(0, 0.22 / k) * np.cos(k * angles + rng.uniform(0, 6.3)) for k in range(2, 6))
        corners = np.stack([np.cos(angles), np.sin(angles)], -1) * r[:, None]
    corners = corners * radius * np.array([squash, 1 / squash])
    c, s = np.cos(turn), np.sin(turn)
    return corners @ np.array([[c, s], [-s, c]]) + centre


def _body(rng, size: int) -> list[np.ndarray]:
    """Outlines of one thing made of parts that touch: a torso with head, limbs or handles."""
    radius = size * rng.uniform(0.1, 0.3)
    centre = rng.uniform(0.15, 0.85, 2) * size
    parts = [_outline(rng, centre, radius)]
    for _ in range(int(rng.integers(0, 6))):
        root = parts[int(rng.integers(len(parts)))]
        at = root[rng.integers(len(root))]
        parts.append(_outline(rng, at * 0.85 + root.mean(0) * 0.15, radius * rng.uniform(0.15, 0.6)))
    return parts


def _ground(rng, canvas: np.ndarray, palette: np.ndarray) -> None:
    """A floor below a horizon, in place."""
    size = len(canvas)
    level = int(size * rng.uniform(0.25, 0.85))
    canvas[level:] = _fill(rng, size, size, palette)[level:]


def _alpha(outline: np.ndarray, size: int) -> np.ndarray:
    """How far each pixel (S, S) is inside an outline, 0 to 1."""
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def _lay(rng, canvas, owners, outlines, palette, shadow: bool = False) -> None:
    """Lay one thing, made of one or more outlines, over the picture; in place."""
    size = len(canvas)
    alphas = [_alpha(o, size) for o in outlines]
    whole = np.max(alphas, axis=0)
    if shadow and rng.random() < 0.7:
        moved = np.roll(whole, (int(rng.integers(1, size // 12)), int(rng.integers(-size // 12, size // 12))), (0, 1))
        dark = cv2.GaussianBlur(moved, (0, 0), rng.uniform(1, size / 24))[..., None]
        canvas *= 1 - dark * rng.uniform(0.2, 0.6)
    same = rng.random() < 0.6
    own = palette[rng.integers(0, len(palette), 2)] if same else palette
    for alpha in alphas:
        rows, cols = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        if not len(rows):
            continue
        box = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
        surface = _fill(rng, rows[-1] - rows[0] + 1, cols[-1] - cols[0] + 1, own)
        if rng.random() < 0.6 and min(surface.shape[:2]) > 1:
            surface = surface * _rounded(rng, alpha[box])
        canvas[box] += (surface - canvas[box]) * alpha[box][..., None]
    taken = np.unique(owners)
    if (whole > 0.5).sum() >= size * size // 250 and taken[-1] < 255:
        owners[whole > 0.5] = taken[-1] + 1
    else:
        owners[whole > 0.5] = 0


def _rounded(rng, alpha: np.ndarray) -> np.ndarray:
    """Shading (h, w, 1) as of a round body lit from one side, from how far each pixel is from the edge."""
    inside = cv2.copyMakeBorder((alpha > 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    height = np.sqrt(depth / (depth.max() + 1e-6))
    dy, dx = np.gradient(cv2.GaussianBlur(height, (0, 0), 1.5))
    scale = max(alpha.shape) * 0.25
    angle = rng.uniform(0, 2 * np.pi)
    lit = 0.85 + 0.25 * height + np.clip((dx * np.cos(angle) + dy * np.sin(angle)) * scale, -1, 1) * 0.45
    return np.clip(lit, 0.25, 1.5)[..., None].astype(np.float32)


def _photographed(rng, canvas: np.ndarray) -> np.ndarray:
    """The canvas as a camera sees it: light across the frame, focus, exposure, sensor noise; uint8."""
    size = len(canvas)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    slope = rng.normal(0, 0.12, 2)
    picture = canvas * (1 + slope[0] * x + slope[1] * y)[..., None]
    if rng.random() < 0.8:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.35, 0.9))
    picture = np.clip(picture * np.exp(rng.normal(0, 0.15)), 0, 1) ** np.exp(rng.normal(0, 0.15))
    picture = picture + rng.standard_normal(picture.shape, np.float32) * rng.choice((0.0, 0.008, 0.02))
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
