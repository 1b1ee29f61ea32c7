"""A store of drawn pictures on disk, so that every part trains on very many and none is drawn twice.

Picture k of a pool is `toybox.render(toybox.draw(k, split))`: captions, attributes and identities are drawn again from
the number when needed, only pixels and masks are kept. Shards of 2,048 pictures are written whole or not at all, by as
many processes as one likes.
"""

import os
from pathlib import Path

import numpy as np

from pipelines import toybox

SHARD = 2048
SIDE = 128


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

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Picture `index`: pixels (128, 128, 3) uint8 and owner (128, 128) uint8, 0 for none and k + 1 for thing k."""
        shard, k = divmod(int(index), SHARD)
        if shard not in self._open:
            self._open[shard] = np.memmap(self._path(shard), np.uint8, "r", shape=(SHARD, SIDE, SIDE, 4))
        block = self._open[shard][k]
        return block[..., :3], block[..., 3]
