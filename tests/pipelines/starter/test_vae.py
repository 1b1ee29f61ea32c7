"""Latents of the starter: as loud in every channel, and never drowned by their own noise."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines import toybox
from pipelines.backbone import Backbone
from pipelines.starter import vae


def pictures(count: int) -> torch.Tensor:
    """(B, 3, 128, 128) from 0 to 1, of the validation split."""
    drawn = [toybox.render(toybox.draw(k, "validation"), 128).pixels for k in range(count)]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 255


def test_the_shipped_latents_can_be_drawn_from():
    backbone = Backbone.load("starter")
    mean, noise = backbone.posterior(pictures(12)).unbind(1)
    assert (noise.mean((0, 2, 3)) < 1).all() and (mean.std((0, 2, 3)) - 1).abs().max() < 0.35


def test_a_channel_that_was_given_up_loses_its_noise_and_changes_no_picture():
    torch.manual_seed(0)
    model, seen = AutoencoderKL(**vae.CONFIG).eval(), pictures(2) * 2 - 1
    with torch.no_grad():
        model.quant_conv.bias[16:] = -4.0
        model.quant_conv.bias[16 + 3] = 6.0
        before = model.decode(model.encode(seen).latent_dist.mean).sample
        assert vae.quieten(model, seen) == [3]
        after = model.encode(seen).latent_dist
        assert torch.equal(before, model.decode(after.mean).sample)
        assert (after.std.mean((0, 2, 3)) < 1).all()
