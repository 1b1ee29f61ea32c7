"""Segment without any weights, by colour and edges alone: good with a box, fair with a click, quick on any machine."""

import cv2
import numpy as np

from pipelines import graphcut
from pipelines.segmenters import Box, Point, Prompt, Reading

REACHES = (0.16, 0.28, 0.45)
"""How large a clicked thing may be: half its size as a share of the photo's long side."""


class Grabcut:
    """Five graph cuts that vote; see `pipelines.graphcut`. Nothing is remembered between prompts."""

    side = 512
    signature = "grabcut-1"

    def encode(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing: colours are read anew for every prompt."""
        return {}

    def read(self, pixels: np.ndarray, encoding: dict[str, np.ndarray], prompt: Prompt) -> list[Reading]:
        """One quick cut for each size the thing may have; a box leaves only one."""
        boxes = [prompt.box] if prompt.box else _sizes(pixels, prompt.add) if prompt.add else _main(pixels)
        found = []
        for box in boxes:
            share = graphcut.votes(pixels, box, prompt.add, prompt.remove, quick=True)
            mask = graphcut.settle(share, 0.5, box, prompt.add)
            found.append(Reading(mask, crispness(pixels, mask)))
        asked = prompt != Prompt()
        return sorted((r for r in found if asked or r.score > 0.05), key=lambda reading: -reading.score)

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """All five cuts inside the box, or inside that of the best reading: what most, many, and nearly all hold."""
        if not readings:
            return []
        box = prompt.box or graphcut.surround(readings[0].mask)
        share = graphcut.votes(pixels, box, prompt.add, prompt.remove)
        masks = [graphcut.settle(share, threshold, box, prompt.add) for threshold in (0.5, 0.8, 0.2)]
        others = [reading for reading in readings[1:] if prompt.box is None]
        refined = [Reading(mask, agreement(share, mask)) for mask in masks if mask.any()]
        return different(refined[:1] + others + refined[1:]) or readings


def different(readings: list[Reading], alike: float = 0.97, most: int = 3) -> list[Reading]:
    """The first few readings that are not nearly the same as an earlier one."""
    kept: list[Reading] = []
    for reading in readings:
        if all((reading.mask & k.mask).sum() < alike * (reading.mask | k.mask).sum() for k in kept):
            kept.append(reading)
    return kept[:most]


def agreement(share: np.ndarray, mask: np.ndarray) -> float:
    """How far the voters' answers, laid over each other, are the mask: the soft intersection over union, 0 to 1."""
    return round(float(share[mask].sum() / max(1e-6, np.maximum(share, mask).sum())), 3)


def crispness(pixels: np.ndarray, mask: np.ndarray, reach: int = 3) -> float:
    """How different the colours on the two sides of a mask's edge are, 0 to 1; masks that are specks, ragged, or run
    along the photo's border score less."""
    size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    sides = []
    for side in (mask & ~graphcut.grow(mask, -reach), graphcut.grow(mask, reach) & ~mask):
        near = side.astype(np.float32)
        window = (4 * reach + 1,) * 2
        sides.append(cv2.blur(lab * near[..., None], window) / np.maximum(cv2.blur(near, window), 1e-3)[..., None])
    rim = mask & ~graphcut.grow(mask, -1)
    if not rim.any():
        return 0.0
    contrast = float(np.minimum(np.linalg.norm(sides[0] - sides[1], axis=2)[rim] / 40, 1).mean())
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
    room = min(1.0, mask.mean() / 0.02) ** 0.5
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = sum(cv2.contourArea(cv2.convexHull(contour)) for contour in contours)
    solid = min(1.0, float(mask.sum()) / max(hull, 1.0))
    return round(contrast * (1 - border) * room * solid**0.5, 3)


def _sizes(pixels: np.ndarray, add: tuple[Point, ...]) -> list[Box]:
    """Boxes around the clicked points, for a small, a middling and a large thing."""
    height, width = pixels.shape[:2]
    x, y = np.transpose(add)
    low, high = (x.min(), y.min()), (x.max(), y.max())
    reaches = [reach * max(height, width) for reach in REACHES]
    return [
        (max(0.0, low[0] - r), max(0.0, low[1] - r), min(float(width), high[0] + r), min(float(height), high[1] + r))
        for r in reaches
    ]


def _main(pixels: np.ndarray) -> list[Box]:
    """Where the main thing may be: what stands out from the photo's rim, its middle, and nearly all of it."""
    height, width = pixels.shape[:2]
    boxes = [(share * width, share * height, (1 - share) * width, (1 - share) * height) for share in (0.04, 0.15, 0.25)]
    box = graphcut.surround(_outstanding(pixels))
    if box is not None and graphcut.overlap(box, boxes[0]) < 0.9:
        boxes.insert(0, box)
    return boxes


def _outstanding(pixels: np.ndarray) -> np.ndarray:
    """(H, W) bool: unlike any of the colours of the photo's rim, and rather in the middle (a boundary prior)."""
    small = cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA)
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), (0, 0), 1).astype(np.float32)
    inner = np.zeros((64, 64), bool)
    inner[4:-4, 4:-4] = True
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    _, _, colours = cv2.kmeans(lab[~inner], 6, None, stop, 2, cv2.KMEANS_PP_CENTERS)
    distance = np.linalg.norm(lab[:, :, None] - colours, axis=3).min(axis=2)
    y, x = (np.mgrid[:64, :64] - 31.5) / 32
    salient = cv2.GaussianBlur(distance * np.exp(-(x * x + y * y)), (0, 0), 1.5)
    level = (255 * salient / max(float(salient.max()), 1e-6)).astype(np.uint8)
    _, found = cv2.threshold(level, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    mask = graphcut.main_pieces(found > 0, share=0.3)
    return cv2.resize(mask.astype(np.uint8), pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
