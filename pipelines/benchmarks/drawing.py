"""Pictures for benches: made through the sampling pipeline, one file each, so that those already there are kept."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import run
from pipelines.events import Silent
from pipelines.spec import Scene
from pipelines.tasks import Sample


def draw(scenes: Sequence[Scene], folder: Path, say: Callable[[str], Any], base: str = "starter") -> list[Path]:
    """Make the pictures of scenes that are not in the folder yet; returns all their files, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{k:04d}.png" for k in range(len(scenes))]
    for k, (scene, file) in enumerate(zip(scenes, files, strict=True)):
        if not file.exists():
            run.run(Sample(scene, str(file), base, previews=False), Silent())
            if k % 16 == 15:
                say(f"{folder.name}: {k + 1} of {len(scenes)} pictures")
    return files


def pictures(files: Sequence[Path]) -> Tensor:
    """Files as pixels (B, 3, H, W), 0 to 1."""
    return pixels([np.asarray(Image.open(file).convert("RGB")) for file in files])


def pixels(arrays: Sequence[np.ndarray]) -> Tensor:
    """Arrays (H, W, 3) uint8 as pixels (B, 3, H, W), 0 to 1."""
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).float() / 255
