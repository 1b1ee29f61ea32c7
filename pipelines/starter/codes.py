"""Latents of the whole pool, computed once: what the UNet learns on."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines.starter.pool import Pool

CHUNK = 64


class Codes:
    """Latent means (16, 16, 16) and the share of each latent cell that shows a thing, of pictures 0 to len - 1.

    Written in chunks to one growing file, so that a stopped run goes on where it was; a pool that has grown since is
    followed.

    Args:
        pool: the pictures. vae: the trained autoencoder. path: the file.
    """

    ROW = 16 * 16 * 17
    """Sixteen latent planes and one of the mask, as half-precision numbers."""

    def __init__(self, pool: Pool, vae: AutoencoderKL, path: Path, say=print):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        device = next(vae.parameters()).device
        done = self.path.stat().st_size // (2 * self.ROW * CHUNK) * CHUNK if self.path.exists() else 0
        count = len(pool) // CHUNK * CHUNK
        with open(self.path, "r+b" if done else "wb") as file:
            file.truncate(done * 2 * self.ROW)
            file.seek(done * 2 * self.ROW)
            for start in range(done, count, CHUNK):
                file.write(_encode(pool, vae, range(start, start + CHUNK), device).tobytes())
                if start // CHUNK % 64 == 0:
                    say(f"codes {start}/{count}")
        self.rows = np.memmap(self.path, np.float16, "r", shape=(count, 17, 16, 16))

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, chosen: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (B, 16, 16, 16) and mask shares (B, 1, 16, 16), float32."""
        rows = torch.from_numpy(np.asarray(self.rows[np.sort(chosen)], np.float32))
        return rows[:, :16], rows[:, 16:]


@torch.no_grad()
def _encode(pool: Pool, vae: AutoencoderKL, chosen: range, device) -> np.ndarray:
    read = [pool.read(k) for k in chosen]
    pixels = torch.from_numpy(np.stack([r[0] for r in read])).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.autocast(device.type, torch.bfloat16):
        latents = vae.encode(pixels.to(device)).latent_dist.mean.float().cpu().numpy() * vae.config.scaling_factor
    shares = np.stack([(r[1] > 0).reshape(16, 8, 16, 8).mean((1, 3)) for r in read])
    return np.concatenate([latents, shares[:, None]], 1).astype(np.float16)
