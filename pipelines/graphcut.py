"""Cut a thing out along its edges: GrabCut (Rother et al., 2004), told what a box, a click or a first guess means.

One cut is fickle: on a small picture it may collapse to nothing or leak. So five cuts that look at the picture in
different ways vote, each with the weight of how tightly its answer fills the box it was asked for, since a person who
draws a box touches the thing on all four sides (Lempitsky et al., 2009).
"""

from collections.abc import Sequence

import cv2
import numpy as np

Box = tuple[float, float, float, float]
Point = tuple[float, float]

LOOKS = (("lab", 0.08, False), ("rgb", 0.15, False), ("lab", 0.25, True), ("rgb", 0.5, True), ("lab", 0.15, True))
"""Colour space, how much of the surroundings is seen (share of the box), and whether corners begin as background."""

SIDE, QUICK = 160, 128
"""Long sides in pixels at which a cut is made: about 60 ms each on one core, half of it where it has to be quick."""

SLACK = 0.01
"""How far outside the box, as a share of its longer side, the thing may reach: nobody draws to the pixel."""

CORE = 0.5
"""Radius, as a share of the box's half sides, of the middle that is the thing when the cuts come out empty."""

EDGE = 1 / 256
"""The soft rim of a thing, as a share of the photo's long side, that belongs to the thing: a mask is read at an eighth
of the photo's size, where a rim cut away is lost, and people draw around a thing rather than along it."""


def votes(pixels: np.ndarray, box: Box, add: Sequence[Point] = (), remove: Sequence[Point] = (),
          guess: np.ndarray | None = None, quick: bool = False) -> np.ndarray:  # fmt: skip
    """How many of the cuts, by weight, hold each pixel to be the thing in the box.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        box: x0, y0, x1, y1 in pixels; nothing outside is the thing.
        add, remove: points (x, y) that are certainly inside, or outside.
        guess: (H, W) bool, another segmenter's answer: only a band along its edge is left to decide.
        quick: one rough cut instead of all of them, in a tenth of the time.

    Returns:
        (H, W) float32, 0 to 1.
    """
    height, width = pixels.shape[:2]
    slack = SLACK * max(box[2] - box[0], box[3] - box[1])
    box = max(0, box[0] - slack), max(0, box[1] - slack), min(width, box[2] + slack), min(height, box[3] + slack)
    total, weight = np.zeros((height, width), np.float32), 1e-6
    for core in (0.0, CORE):
        best = 0.0
        for look in LOOKS[:1] if quick else LOOKS:
            (x0, y0, x1, y1), answer = _cut(pixels, box, add, remove, guess, look, core, quick)
            tight = _tightness(answer, (x0, y0, x1, y1), box)
            total[y0:y1, x0:x1] += tight**2 * cv2.resize(answer.astype(np.float32), (x1 - x0, y1 - y0))
            weight, best = weight + tight**2, max(best, tight)
        if best > 0.6 or add or guess is not None:
            break
    return total / weight


def settle(share: np.ndarray, threshold: float, box: Box | None = None, add: Sequence[Point] = ()) -> np.ndarray:
    """A clean (H, W) bool mask from votes: main pieces only, pinholes filled, the soft rim included, inside the box."""
    mask = fill(main_pieces(share >= threshold, add))
    mask = grow(mask, EDGE * max(mask.shape))
    if box is not None:
        slack = SLACK * max(box[2] - box[0], box[3] - box[1])
        x0, y0, x1, y1 = np.rint(np.add(box, (-slack, -slack, slack, slack))).astype(int)
        inside = np.zeros_like(mask)
        inside[max(0, y0) : y1, max(0, x0) : x1] = True
        mask &= inside
    return mask


def main_pieces(mask: np.ndarray, keep: Sequence[Point] = (), share: float = 0.1) -> np.ndarray:
    """Drop crumbs: pieces smaller than `share` of the largest, unless a point in `keep` lies on them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = set(np.flatnonzero(areas >= share * areas.max()) + 1)
    kept |= {int(label_at(labels, point)) for point in keep} - {0}
    return np.isin(labels, list(kept))


def label_at(labels: np.ndarray, point: Point) -> int:
    """The value of a map at a point that may lie on its far edge."""
    height, width = labels.shape
    return labels[min(height - 1, max(0, int(point[1]))), min(width - 1, max(0, int(point[0])))]


def fill(mask: np.ndarray, share: float = 0.01) -> np.ndarray:
    """Close holes smaller than `share` of the mask; larger ones are taken to be meant, such as the bend of an arm."""
    height, width = mask.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    x, y, w, h, area = stats.T
    inner = (x > 0) & (y > 0) & (x + w < width) & (y + h < height) & (area < share * mask.sum())
    inner[0] = False
    return mask | np.isin(labels, np.flatnonzero(inner))


def grow(mask: np.ndarray, pixels: float) -> np.ndarray:
    """Move the edge outwards by so many pixels; negative moves it inwards."""
    reach = round(abs(pixels))
    if not reach:
        return mask
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    change = cv2.dilate if pixels > 0 else cv2.erode
    return change(mask.astype(np.uint8), brush) > 0


def enlarge(mask: np.ndarray, photo: np.ndarray, radius: int = 4) -> np.ndarray:
    """Bring a small (h, w) bool mask to the size of the (H, W, 3) photo, its edge drawn to the photo's own.

    The fast guided filter (He and Sun, 2015): mask = a * grey + b, fitted in small windows and applied at full size.
    """
    height, width = photo.shape[:2]
    if mask.shape == (height, width):
        return mask
    scale = min(1.0, 2048 / max(height, width))
    guide = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else photo
    guide = cv2.cvtColor(guide, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    wanted = mask.astype(np.float32)
    small = cv2.resize(guide, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_AREA)

    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.blur(values, (2 * radius + 1, 2 * radius + 1))

    centre, level = mean(small), mean(wanted)
    a = (mean(small * wanted) - centre * level) / (mean(small * small) - centre**2 + 1e-3)
    b = level - a * centre
    size = guide.shape[1], guide.shape[0]
    fine = cv2.resize(mean(a), size) * guide + cv2.resize(mean(b), size)
    return cv2.resize(fine, (width, height)) > 0.5


def surround(mask: np.ndarray) -> Box | None:
    """The tight box x0, y0, x1, y1 around a mask; None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    both = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)) - wide * high
    return wide * high / both if both > 0 else 0.0


def _cut(pixels, box, add, remove, guess, look, core, quick) -> tuple[tuple[int, int, int, int], np.ndarray]:
    """One GrabCut on the box and its surroundings, brought to so many pixels: the window and the answer inside it."""
    height, width = pixels.shape[:2]
    space, margin, rounded = look
    x0, y0, x1, y1 = box
    around = margin * max(x1 - x0, y1 - y0)
    left, top = int(max(0, x0 - around)), int(max(0, y0 - around))
    right, bottom = max(left + 1, int(min(width, x1 + around))), max(top + 1, int(min(height, y1 + around)))
    seen = pixels[top:bottom, left:right]
    side = QUICK if quick else SIDE
    scale = min(1.5, side / max(seen.shape[:2]))
    size = max(2, round(seen.shape[1] * scale)), max(2, round(seen.shape[0] * scale))
    seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    seen = cv2.cvtColor(seen, cv2.COLOR_RGB2LAB) if space == "lab" else seen

    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32) + 0.5
    u = (x / scale + left - (x0 + x1) / 2) / max(1.0, (x1 - x0) / 2)
    v = (y / scale + top - (y0 + y1) / 2) / max(1.0, (y1 - y0) / 2)
    trimap = np.full((size[1], size[0]), cv2.GC_BGD, np.uint8)
    trimap[(abs(u) <= 1) & (abs(v) <= 1)] = cv2.GC_PR_FGD
    if rounded:
        trimap[(trimap == cv2.GC_PR_FGD) & (u * u + v * v > 1)] = cv2.GC_PR_BGD
    trimap[u * u + v * v < core**2] = cv2.GC_FGD
    if guess is not None:
        _narrow(trimap, cv2.resize(guess[top:bottom, left:right].astype(np.float32), size) > 0.5, margin, side)
    for points, label in ((add, cv2.GC_FGD), (remove, cv2.GC_BGD)):
        for px, py in points:
            near = np.hypot(x - (px - left) * scale, y - (py - top) * scale) < max(2.0, 0.03 * side)
            trimap[near] = label
    return (left, top, right, bottom), _grab(seen, trimap, rounds=3 if quick else 4)


def _narrow(trimap: np.ndarray, guess: np.ndarray, margin: float, side: int) -> None:
    """Leave only a band along the guess's edge to decide, wider for looks that see more."""
    band = side * (0.04 + 0.1 * margin)
    trimap[~grow(guess, band)] = cv2.GC_BGD
    trimap[grow(guess, -band)] = cv2.GC_FGD
    between = trimap == cv2.GC_PR_FGD
    trimap[between & ~guess] = cv2.GC_PR_BGD


def _grab(seen: np.ndarray, trimap: np.ndarray, rounds: int) -> np.ndarray:
    """The cut itself; the trimap comes back as the answer when it leaves nothing to tell apart."""
    likely = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    if likely.all() or not likely.any():
        return likely
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(seen), trimap, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    return (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)


def _tightness(answer: np.ndarray, window: tuple[int, int, int, int], box: Box) -> float:
    """How well the answer's own box agrees with the box asked for, 0 to 1."""
    found = surround(main_pieces(answer))
    if found is None:
        return 0.0
    scale = (window[2] - window[0]) / answer.shape[1], (window[3] - window[1]) / answer.shape[0]
    return overlap(tuple(window[i % 2] + found[i] * scale[i % 2] for i in range(4)), box)
