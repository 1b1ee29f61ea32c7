"""Find every thing in a picture with any segmenter: click where nothing was found yet, until little is left.

SAM's own generator clicks on a grid of 32 by 32 and throws most answers away (Kirillov et al., arXiv 2304.02643,
section 5 and appendix B). Clicking in the middle of what is still unexplained asks a fortieth of that, finds large
things first, and never finds one twice; what is small beside a large thing may be missed, and a click on it finds it.
"""

from collections.abc import Callable

import cv2
import numpy as np

from pipelines.segmenters import Point, Reading

MOST_CLICKS, MOST_THINGS = 24, 12
LEFT = 0.02
"""Half the width, as a share of the picture's long side, of the widest gap that is not looked into any more."""

SPECK, ALL = 0.002, 0.9
"""Shares of the picture below and above which a mask is no thing."""

NEW = 0.6
"""Share of a mask that must be unexplained, so that it is another thing."""

THIN, CRUMBS = 0.024, 0.3
"""Width, as a share of the picture's long side, of what counts as a crumb; share of a mask from which on crumbs are no
thing: they are how a small segmenter answers a click on plain ground."""


def everything(read: Callable[[Point], list[Reading]], height: int, width: int) -> list[Reading]:
    """The things of a picture, largest first, each with its own pixels: where two meet, the one found first has them.

    Args:
        read: what a segmenter makes of a click at (x, y) in pixels, best first, masks of (height, width).
    """
    left, found = np.ones((height, width), np.uint8), []
    done = left.copy()  # 0 where it was asked, too
    for _ in range(MOST_CLICKS):
        x, y, reach = deepest(left & done)
        if reach < LEFT * max(height, width) or len(found) == MOST_THINGS:
            break
        thing = next((new for one in read((x + 0.5, y + 0.5)) if (new := _new(one, left))), None)
        if thing:
            left[thing.mask] = 0
            found += [thing] if _crumbs(thing.mask) <= CRUMBS else []
        cv2.circle(done, (x, y), max(1, round(reach / 2)), 0, -1)
    return sorted(found, key=lambda reading: -int(reading.mask.sum()))


def deepest(left: np.ndarray) -> tuple[int, int, float]:
    """The pixel of an (H, W) uint8 mask that is farthest from its edge and from the picture's, and how far it is."""
    depth = cv2.distanceTransform(np.pad(left, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(x), int(y), float(depth[y, x])


def _new(reading: Reading, left: np.ndarray) -> Reading | None:
    """What of a reading is not explained yet, if that is a thing of its own."""
    mask = reading.mask & (left > 0)
    own = mask.sum() / max(1, reading.mask.sum())
    mask = _clean(mask) & (left > 0)
    return Reading(mask, reading.score) if own >= NEW and SPECK <= mask.mean() <= ALL else None


def _crumbs(mask: np.ndarray) -> float:
    """The share of an (H, W) bool mask that is nowhere as wide as `THIN`."""
    reach = 2 * round(THIN / 2 * max(mask.shape)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    return 1 - cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc).sum() / max(1, mask.sum())


def _clean(mask: np.ndarray) -> np.ndarray:
    """Without islands and holes that are smaller than a speck, as SAM's own generator leaves them out."""
    for on in (1, 0):
        _, parts, facts, _ = cv2.connectedComponentsWithStats((mask == on).astype(np.uint8), connectivity=8)
        small = facts[:, cv2.CC_STAT_AREA] < SPECK * mask.size
        small[0] = False
        mask = np.where(small[parts], not on, mask)
    return mask
