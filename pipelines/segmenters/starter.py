"""Segments with what came along: the small SAM answers clicks, graph cuts answer boxes and draw the edges.

Each leads where it is better. On toys nobody has seen, one click gives the SAM a mean IoU half as high again as the
cuts; inside a box the cuts are ahead on toys and far ahead on photos, which the SAM knows from still lifes alone.
"""

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
        """What the SAM says; in a box, and where nobody said anything, first what colours and edges say."""
        if prompt != Prompt():
            seen = self.clicks.read(pixels.shape, encoding["features"], prompt)
            return different([*self.cuts.read(pixels, {}, prompt), *seen]) if prompt.box else seen
        found = [*self.cuts.read(pixels, {}, prompt), *self.clicks.find(pixels, encoding["features"])]
        return different(sorted(found, key=lambda reading: -reading.score))

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """The best reading with its edge drawn by graph cuts, in a box by cuts that decide anew; then the others."""
        if not readings:
            return []
        if prompt.box:
            return different([*self.cuts.refine(pixels, prompt, readings)[:1], *readings])
        best = readings[0].mask
        box = graphcut.surround(graphcut.grow(best, 0.03 * max(best.shape)))
        share = graphcut.votes(pixels, box, prompt.add, prompt.remove, guess=best)
        mask = graphcut.settle(share, 0.5, box, prompt.add)
        if not mask.any():
            return readings
        return different([Reading(mask, agreement(share, mask)), *readings])
