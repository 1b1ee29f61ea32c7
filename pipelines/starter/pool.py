"""A store of drawn pictures on disk, so that every part trains on very many and none is drawn twice.

Picture k of a pool is `toybox.render(toybox.draw(k, split))`. Kept are its pixels, which thing each pixel shows, and
its words: captions and attributes. Shards of 2,048 pictures are written whole or not at all, by as many processes as
one likes.
"""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np

from pipelines import toybox

SHARD = 2048
SIDE = 128
PHRASINGS = 6
"""Captions kept of each picture, beside the full one."""


class Pool:
    """Pictures 0 to len - 1 of a split.

    Args:
        folder: where shards lie; made when missing. split: one of toybox.SPLITS.
    """

    def __init__(self, folder: Path, split: str = "training"):
        self.folder, self.split = Path(folder) / split, split
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        """How many pictures are there without a gap from the first."""
        k = 0
        while self._path(k).exists():
            k += 1
        return k * SHARD

    def _path(self, shard: int) -> Path:
        return self.folder / f"{shard:05d}.raw"

    def fill(self, count: int, part: int = 0, parts: int = 1, say=print) -> None:
        """Draw until the pool holds `count` pictures; process `part` of `parts` draws its share of the shards."""
        for shard in range(part, -(-count // SHARD), parts):
            path = self._path(shard)
            if path.exists():
                continue
            block = np.empty((SHARD, SIDE, SIDE, 4), np.uint8)
            for k in range(SHARD):
                picture = toybox.render(toybox.draw(shard * SHARD + k, self.split), SIDE)
                block[k, ..., :3] = picture.pixels
                block[k, ..., 3] = (picture.masks * np.arange(1, len(picture.masks) + 1)[:, None, None]).sum(0)
            rough = path.with_suffix(f".{os.getpid()}")
            with open(rough, "wb") as file:
                file.write(block.tobytes())
                file.flush()
                os.fsync(file.fileno())
            rough.rename(path)
            say(f"pool {self.split}: shard {shard} drawn")

    def words(self, index: int) -> dict:
        """What is in picture `index`: `captions` (six, each with its own omissions), `full`, `things` (a dict of
        noun, colour, pattern, accessory, pose, expression each), `place`, `style`, `light`, `weather`, `relation`."""
        shard, k = divmod(int(index), SHARD)
        return self._notes(shard)[k]

    @cache  # noqa: B019  a pool lives as long as its process
    def _notes(self, shard: int) -> list[dict]:
        path = self._path(shard).with_suffix(".json")
        if not path.exists():
            notes = [_note(toybox.draw(shard * SHARD + k, self.split)) for k in range(SHARD)]
            rough = path.with_suffix(f".{os.getpid()}")
            rough.write_text(json.dumps(notes))
            rough.rename(path)
        return json.loads(path.read_text())

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Picture `index`: pixels (128, 128, 3) uint8 and owner (128, 128) uint8, 0 for none and k + 1 for thing k."""
        shard, k = divmod(int(index), SHARD)
        if shard not in self._open:
            self._open[shard] = np.memmap(self._path(shard), np.uint8, "r", shape=(SHARD, SIDE, SIDE, 4))
        block = self._open[shard][k]
        return block[..., :3], block[..., 3]


def _note(scene: toybox.Scene) -> dict:
    things = [
        {"noun": t.noun, "colour": t.colour, "pattern": t.pattern}
        | {"accessory": t.accessory, "pose": t.pose, "expression": t.expression, "x": t.at[0]}
        for t in scene.things
    ]
    return {
        "captions": [toybox.caption(scene, toybox.Dice(5, scene.seed, k)) for k in range(PHRASINGS)],
        "full": toybox.caption(scene, full=True),
        "things": things,
        **{name: getattr(scene, name) for name in ("place", "style", "light", "weather", "relation")},
    }
