"""A store of drawn pictures on disk, so that every part trains on very many and none is drawn twice.

Picture k of a pool is `toybox.render(toybox.draw(k, split))`. Kept are its pixels, which thing each pixel shows, its
words, captions and attributes, and the captions as a tokenizer has them. Shards of 256 pictures are written whole or
not at all, by as many processes as one likes; who learns from them need not wait for the last.
"""

import io
import json
import os
from pathlib import Path

import numpy as np

from pipelines import toybox
from pipelines.starter.words import LENGTH

SHARD = 256
SIDE = 128
PHRASINGS = 6
"""Captions kept of each picture, beside the full one."""


class Pool:
    """Pictures 0 to len - 1 of a split.

    Args:
        folder: where shards lie; made when missing. split: one of toybox.SPLITS. shard: pictures in each.
    """

    def __init__(self, folder: Path, split: str = "training", shard: int = SHARD):
        self.folder, self.split, self.shard = Path(folder) / split, split, shard
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[int, np.ndarray] = {}
        self._drawn = 0

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_open": {}}

    def __len__(self) -> int:
        """How many pictures are there without a gap from the first."""
        while self.has(self._drawn):
            self._drawn += 1
        return self._drawn * self.shard

    def has(self, shard: int) -> bool:
        """Whether a shard is drawn."""
        return self._path(shard).exists()

    def _path(self, shard: int) -> Path:
        return self.folder / f"{shard:05d}.raw"

    def fill(self, count: int, part: int = 0, parts: int = 1, tokenizer=None, say=print) -> None:
        """Draw until the pool holds `count` pictures; process `part` of `parts` draws its share of the shards. With a
        tokenizer, their `ids` are made too."""
        for shard in range(part, -(-count // self.shard), parts):
            if self.has(shard):
                continue
            block, notes = np.empty((self.shard, SIDE, SIDE, 4), np.uint8), []
            for k in range(self.shard):
                scene = toybox.draw(shard * self.shard + k, self.split)
                picture = toybox.render(scene, SIDE)
                block[k, ..., :3] = picture.pixels
                block[k, ..., 3] = (picture.masks * np.arange(1, len(picture.masks) + 1)[:, None, None]).sum(0)
                notes.append(_note(scene))
            path = self._path(shard)
            _write(path.with_suffix(".json"), json.dumps(notes).encode())
            if tokenizer is not None:
                self.ids(shard, tokenizer)
            _write(path, block.tobytes())
            if shard % 32 == 0:
                say(f"pool {self.split}: shard {shard} drawn")

    def rows(self, shard: int) -> np.ndarray:
        """The pictures of a shard, (N, 128, 128, 4) uint8: pixels, and 0 for none or k + 1 for thing k."""
        if shard not in self._open:
            self._open[shard] = np.memmap(self._path(shard), np.uint8, "r", shape=(self.shard, SIDE, SIDE, 4))
        return self._open[shard]

    def notes(self, shard: int) -> list[dict]:
        """What is in each picture of a shard: `captions` (six, each with its own omissions), `full`, `things` (a dict
        of noun, colour, pattern, accessory, pose, expression each), `place`, `style`, `light`, `weather`, `relation`.
        """
        return json.loads(self._path(shard).with_suffix(".json").read_text())

    def ids(self, shard: int, tokenizer) -> np.ndarray:
        """Token ids of the captions of a shard, (N, 1 + PHRASINGS, LENGTH) int16, the full one first."""
        path = self._path(shard).with_suffix(".npy")
        if not path.exists():
            said = [text for note in self.notes(shard) for text in (note["full"], *note["captions"])]
            ids = tokenizer(said, padding="max_length", truncation=True, max_length=LENGTH).input_ids
            content = io.BytesIO()
            np.save(content, np.array(ids, np.int16).reshape(self.shard, 1 + PHRASINGS, LENGTH))
            _write(path, content.getvalue())
        return np.load(path)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Picture `index`: pixels (128, 128, 3) uint8 and owner (128, 128) uint8, 0 for none and k + 1 for thing k."""
        shard, k = divmod(int(index), self.shard)
        block = self.rows(shard)[k]
        return block[..., :3], block[..., 3]


def _write(path: Path, content: bytes) -> None:
    rough = path.with_suffix(f".{os.getpid()}")
    with open(rough, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    rough.rename(path)


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
