"""Segments with what came along: the small SAM answers at once, graph cuts draw the edges when there is time."""

from pathlib import Path

import numpy as np

from pipelines import graphcut
from pipelines.clicks import Clicks
from pipelines.segmenters import Prompt, Reading
from pipelines.segmenters.grabcut import Grabcut, agreement, different
from pipelines.starter.sam import load
from pipelines.weights import checksum

WEIGHTS = Path(__file__).parents[2] / "assets" / "starter" / "sam.safetensors"


class Starter:
    """The default: nothing to fetch, quick on a processor; see `pipelines.segmenters.Segmenter`."""

    side = 512

    def __init__(self, checkpoint: str = str(WEIGHTS)):
        self.clicks, self.cuts = Clicks(load(Path(checkpoint))), Grabcut()
        self.signature = f"starter-{checksum(checkpoint)[:16]}"

    def encode(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        return {"features": self.clicks.encode(pixels)}

    def read(self, pixels: np.ndarray, encoding: dict[str, np.ndarray], prompt: Prompt) -> list[Reading]:
        """What the SAM says; without a prompt also what stands out by its colours."""
        if prompt != Prompt():
            return self.clicks.read(pixels.shape, encoding["features"], prompt)
        found = [*self.cuts.read(pixels, {}, prompt), *self.clicks.find(pixels, encoding["features"])]
        return different(sorted(found, key=lambda reading: -reading.score))

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """The best reading with its edge drawn by graph cuts; the others as they were."""
        if not readings:
            return []
        best = readings[0].mask
        box = prompt.box or graphcut.surround(graphcut.grow(best, 0.03 * max(best.shape)))
        share = graphcut.votes(pixels, box, prompt.add, prompt.remove, guess=best)
        mask = graphcut.settle(share, 0.5, box, prompt.add)
        if not mask.any():
            return readings
        return different([Reading(mask, agreement(share, mask)), *readings])
