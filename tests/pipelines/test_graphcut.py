"""The graph cut finds things in boxes, keeps to what clicks say, and measurably well on real photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines import graphcut
from pipelines.segmenters import Prompt
from pipelines.segmenters.grabcut import Grabcut

PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos" / "masks"


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A red disc and a blue square on a noisy green field: pixels and the two masks."""
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal((60, 130, 60), 14, (240, 320, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:240, :320]
    disc, square = np.hypot(x - 100, y - 120) < 50, (abs(x - 240) < 40) & (abs(y - 110) < 40)
    pixels[disc] = np.clip(rng.normal((200, 50, 40), 14, (disc.sum(), 3)), 0, 255)
    pixels[square] = np.clip(rng.normal((40, 60, 200), 14, (square.sum(), 3)), 0, 255)
    return pixels, disc, square


def test_a_box_finds_what_is_in_it():
    pixels, disc, square = scene()
    for true in (disc, square):
        box = graphcut.surround(true)
        assert iou(graphcut.settle(graphcut.votes(pixels, box), 0.5, box), true) > 0.93


def test_the_answer_stays_inside_the_box_and_keeps_to_the_clicks():
    pixels, disc, square = scene()
    box = (30.0, 50.0, 300.0, 190.0)
    both = graphcut.settle(graphcut.votes(pixels, box, add=[(100, 120), (240, 110)]), 0.5, box)
    one = graphcut.settle(graphcut.votes(pixels, box, add=[(100, 120)], remove=[(240, 110)]), 0.5, box)
    assert both[120, 100] and both[110, 240] and not both[:40].any()
    assert one[120, 100] and not one[110, 240]


def test_a_guess_is_followed_except_along_its_edge():
    pixels, disc, _ = scene()
    rough = graphcut.grow(disc, 6)
    box = graphcut.surround(rough)
    refined = graphcut.settle(graphcut.votes(pixels, box, guess=rough), 0.5)
    assert iou(refined, disc) > iou(rough, disc) and iou(refined, disc) > 0.92


def test_the_same_prompt_gives_the_same_mask():
    pixels, disc, _ = scene()
    box = graphcut.surround(disc)
    assert (graphcut.votes(pixels, box) == graphcut.votes(pixels, box)).all()


def test_pinholes_are_filled_and_bends_are_not():
    mask = np.zeros((100, 100), bool)
    mask[10:90, 10:90] = True
    mask[30, 30] = mask[40:60, 40:60] = False
    filled = graphcut.fill(mask)
    assert filled[30, 30] and not filled[50, 50]


def test_growing_and_shrinking_move_the_edge():
    mask = np.zeros((60, 60), bool)
    mask[20:40, 20:40] = True
    assert graphcut.surround(graphcut.grow(mask, 3)) == (17, 17, 43, 43)
    assert graphcut.surround(graphcut.grow(mask, -3)) == (23, 23, 37, 37)
    assert graphcut.surround(np.zeros((4, 4), bool)) is None


def test_a_small_mask_is_enlarged_along_the_photo_s_own_edges():
    pixels, disc, _ = scene()
    photo = cv2.resize(pixels, (1280, 960), interpolation=cv2.INTER_NEAREST)
    true = cv2.resize(disc.astype(np.uint8), (1280, 960), interpolation=cv2.INTER_NEAREST) > 0
    small = cv2.resize(graphcut.grow(disc, 2).astype(np.uint8), (160, 120), interpolation=cv2.INTER_NEAREST) > 0
    assert iou(graphcut.enlarge(small, photo), true) > 0.9


@pytest.mark.slow
@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photos do not lie beside the repository")
def test_boxes_on_real_photos_reach_a_mean_iou_of_085():
    """The 12 objects of the Break-A-Scene photos, where they lie beside the repository."""
    scores = []
    for folder in sorted(PHOTOS.glob("*")):
        pixels = cv2.cvtColor(cv2.imread(str(folder / "img.jpg")), cv2.COLOR_BGR2RGB)
        for file in sorted(folder.glob("mask*.png")):
            true = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127
            prompt = Prompt(box=graphcut.surround(true))
            scores.append(iou(Grabcut().refine(pixels, prompt, Grabcut().read(pixels, {}, prompt))[0].mask, true))
    assert len(scores) == 12 and np.mean(scores) >= 0.85, np.round(scores, 3)
