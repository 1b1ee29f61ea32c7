"""What a part learns from, kept where it is computed with: as many rows as are drawn, and more as more are drawn."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipelines.errors import StudioError
from pipelines.starter.pool import Pool

Make = Callable[[Pool, int], dict[str, Tensor]]
"""(pool, number of a shard) -> named rows (N, ...) of its pictures."""
PATIENCE = 600.0
"""Seconds to wait for a picture before giving up."""


def pictures(pool: Pool, shard: int) -> dict[str, Tensor]:
    """The plainest rows: pixels and owners as the pool has them, `rows` (N, 128, 128, 4) uint8."""
    return {"rows": torch.from_numpy(np.array(pool.rows(shard)))}


class Larder:
    """Named rows of the pictures 0 to len - 1 of a pool, on the device. Leaving its `with` ends its growth.

    Args:
        pool: drawn already, or being drawn by others. make: what is kept of a shard. device: torch's name of it.
        most: pictures held at the most, rounded up to whole shards. beside: a folder that keeps what was made, for a
            run that is stopped.
    """

    def __init__(self, pool: Pool, make: Make, device: str = "cpu", most: int = 65_536, beside: Path | None = None):
        self.pool, self.make, self.device, self.beside = pool, make, device, beside
        self.most = -(-most // pool.shard) * pool.shard
        self._count, self._rows, self._left, self._failed = 0, {}, threading.Event(), None
        if beside:
            Path(beside).mkdir(parents=True, exist_ok=True)

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> "Larder":
        return self

    def __exit__(self, *_) -> None:
        self._left.set()

    def grow(self) -> bool:
        """Take in one more shard; False when it is not drawn yet, or all places are taken."""
        shard, end = self._count // self.pool.shard, self._count + self.pool.shard
        if end > self.most or not self.pool.has(shard):
            return False
        made = self._made(shard)
        if not self._rows:
            self._rows = {
                name: torch.empty((self.most, *rows.shape[1:]), dtype=rows.dtype, device=self.device)
                for name, rows in made.items()
            }
        for name, rows in made.items():
            self._rows[name][self._count : end] = rows.to(self.device)
        self._count = end
        return True

    def _made(self, shard: int) -> dict[str, Tensor]:
        path = Path(self.beside) / f"{shard:05d}.safetensors" if self.beside else None
        if path and path.exists():
            return load_file(path)
        made = self.make(self.pool, shard)
        if path:
            rough = path.with_suffix(".part")
            save_file({name: rows.cpu().contiguous() for name, rows in made.items()}, rough)
            rough.rename(path)
        return made

    def follow(self, least: int = 4096) -> "Larder":
        """Take in everything that is drawn, `least` pictures if need be awaited, and what others draw later on the
        side: of a pool that is drawn, a run that is repeated sees the same.

        Raises:
            StudioError: when nobody draws.
        """
        since = time.monotonic()
        while True:
            if self.grow():
                since = time.monotonic()
            elif len(self) >= min(least, self.most):
                break
            elif time.monotonic() - since > PATIENCE:
                raise StudioError("Nobody draws pictures.", "Run the part `pool` first, or beside this one.")
            else:
                time.sleep(0.2)
        if len(self) < self.most:
            threading.Thread(target=self._grow_on, daemon=True).start()
        return self

    def _grow_on(self) -> None:
        try:
            while len(self) < self.most and not self._left.is_set():
                if not self.grow():
                    self._left.wait(0.5)
        except Exception as error:
            self._failed = error

    def take(self, chosen: np.ndarray) -> dict[str, Tensor]:
        """The named rows of some pictures, on the device."""
        if self._failed:
            raise self._failed
        where = torch.from_numpy(chosen).to(self.device, non_blocking=True)
        return {name: rows[where] for name, rows in self._rows.items()}

    def some(self, rng: np.random.Generator, count: int) -> dict[str, Tensor]:
        """The rows of so many pictures at random."""
        return self.take(rng.integers(len(self), size=count))


def pixels(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (B, S, S, 4) uint8 as pixels (B, 3, S, S) from 0 to 1, and owner (B, S, S)."""
    return rows[..., :3].permute(0, 3, 1, 2).float() / 255, rows[..., 3]
