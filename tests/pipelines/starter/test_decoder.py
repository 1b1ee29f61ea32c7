"""The way back from latents bears with what a denoiser leaves; the way in stays as it is."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines.starter import decoder, pool, vae
from pipelines.starter.larder import Larder
from pipelines.starter.larder import pictures as plain


def test_the_way_in_stays(tmp_path):
    drawn = pool.Pool(tmp_path / "pool", shard=16)
    drawn.fill(16)
    torch.manual_seed(0)
    model, stock = AutoencoderKL(**vae.CONFIG), np.zeros((8, 128, 128, 3), np.uint8)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with Larder(drawn, plain, most=16).follow() as shelf:
        made = decoder.train(model, shelf, stock, tmp_path, steps=2, size=5, say=lambda line: None)
    changed = {name for name, value in made.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith(("decoder.", "post_quant_conv.")) for name in changed)
