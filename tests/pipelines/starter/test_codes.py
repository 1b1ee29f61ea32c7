"""Latents of a pool: encoded once, gone on with after a stop, readable while they grow."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines.starter import codes, pool, vae
from pipelines.starter.codes import Codes


def test_a_stopped_filling_goes_on_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "SHARD", 4)
    monkeypatch.setattr(codes, "CHUNK", 2)
    drawn = pool.Pool(tmp_path / "pool")
    drawn.fill(4, say=lambda text: None)
    torch.manual_seed(0)
    encoder = AutoencoderKL(**vae.CONFIG).eval()
    whole = Codes(tmp_path / "whole.raw")
    whole.fill(drawn, encoder, say=lambda text: None)
    assert len(whole) == 4
    torn = Codes(tmp_path / "torn.raw")
    kept = whole.path.read_bytes()
    torn.path.write_bytes(kept[: 2 * Codes.ROW + 100])
    assert len(torn) == 2
    torn.read(np.array([0, 1]))
    torn.fill(drawn, encoder, say=lambda text: None)
    assert torn.path.read_bytes() == kept
    latents, things = torn.read(np.array([3]))
    assert latents.shape == (1, 16, 16, 16) and things.shape == (1, 1, 16, 16)
    assert 0 <= float(things.min()) <= float(things.max()) <= 1 and float(things.max()) > 0
