"""Pictures on the disk, as pixels: all at once, or as many as judges look at together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines.upright import upright


def pixels(pictures: Sequence[Path]) -> Tensor:
    """Picture files as (N, 3, H, W), 0 to 1, at the size of the first one."""
    return Album(pictures).whole()


class Album:
    """Picture files that stand where judges take pixels (N, 3, H, W): they are read a part at a time, at the size of
    the first one, so that thousands need no more memory than a few."""

    ndim = 4

    def __init__(self, pictures: Sequence[Path], size: tuple[int, int] | None = None):
        self.pictures, self._size = list(pictures), size

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, at: Sequence[int]) -> "Album":
        """Some of them."""
        return Album([self.pictures[k] for k in at], self.size)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of all."""
        if self._size is None:
            self._size = upright(self.pictures[0]).size
        return self._size

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self), 3, self.size[1], self.size[0]

    def split(self, count: int) -> Iterator[Tensor]:
        """Parts of `count` pictures, in their order."""
        for k in range(0, len(self), count):
            yield self[range(k, min(k + count, len(self)))].whole()

    def whole(self) -> Tensor:
        """(N, 3, H, W), 0 to 1."""
        read = []
        for path in self.pictures:
            image = upright(path)
            self._size = self._size or image.size
            fits = image.size == self._size
            read.append(np.array(image if fits else image.resize(self._size, Image.Resampling.LANCZOS)))
        return torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2).float() / 255
