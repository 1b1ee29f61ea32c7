"""Latents of the whole pool, computed once: what the UNet learns on."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines.starter.course import quick
from pipelines.starter.pool import Pool

CHUNK = 64


class Codes:
    """Latent means (16, 16, 16) and the share of each latent cell that shows a thing, of pictures 0 to len - 1.

    One file that `fill` lets grow in chunks, so that a stopped run goes on where it was. Who reads while it is being
    filled sees what is there already.

    Args:
        path: the file.
    """

    ROW = 2 * 16 * 16 * 17
    """Bytes: sixteen latent planes and one of the mask, as half-precision numbers."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self._rows: np.ndarray | None = None

    def __len__(self) -> int:
        return self.path.stat().st_size // (self.ROW * CHUNK) * CHUNK

    def fill(self, pool: Pool, vae: AutoencoderKL, say=print) -> None:
        """Encode what the trained autoencoder has not seen yet of the pool."""
        device = next(vae.parameters()).device
        done, count = len(self), len(pool) // CHUNK * CHUNK
        with open(self.path, "r+b") as file:
            file.truncate(done * self.ROW)
            file.seek(done * self.ROW)
            for start in range(done, count, CHUNK):
                file.write(_encode(pool, vae, range(start, start + CHUNK), device).tobytes())
                file.flush()
                if start // CHUNK % 64 == 0:
                    say(f"codes {start}/{count}")

    def read(self, chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (B, 16, 16, 16) and mask shares (B, 1, 16, 16), float32."""
        if self._rows is None or chosen.max() >= len(self._rows):
            self._rows = np.memmap(self.path, np.float16, "r", shape=(len(self), 17, 16, 16))
        rows = torch.from_numpy(np.asarray(self._rows[np.sort(chosen)], np.float32))
        return rows[:, :16], rows[:, 16:]


@torch.no_grad()
def _encode(pool: Pool, vae: AutoencoderKL, chosen: range, device) -> np.ndarray:
    read = [pool.read(k) for k in chosen]
    pixels = torch.from_numpy(np.stack([r[0] for r in read])).permute(0, 3, 1, 2).float() / 127.5 - 1
    with quick(device):
        latents = vae.encode(pixels.to(device)).latent_dist.mean.float().cpu().numpy() * vae.config.scaling_factor
    shares = np.stack([(r[1] > 0).reshape(16, 8, 16, 8).mean((1, 3)) for r in read])
    return np.concatenate([latents, shares[:, None]], 1).astype(np.float16)
