"""Latents of the starter: ordered from smooth to grain, and never drowned by their own noise."""

import numpy as np
import torch
from diffusers import AutoencoderKL

from pipelines import toybox
from pipelines.backbone import Backbone
from pipelines.starter import pool, vae
from pipelines.starter.larder import Larder


def pictures(count: int) -> torch.Tensor:
    """(B, 3, 128, 128) from 0 to 1, of the validation split."""
    drawn = [toybox.render(toybox.draw(k, "validation"), 128).pixels for k in range(count)]
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 255


def steps(latents: torch.Tensor) -> torch.Tensor:
    """How much neighbouring cells differ in each channel, squared."""
    across, down = latents.diff(dim=3), latents.diff(dim=2)
    return (across.square().mean((0, 2, 3)) + down.square().mean((0, 2, 3))) / 2


def test_the_shipped_latents_can_be_drawn_from():
    backbone = Backbone.load("starter")
    mean, noise = backbone.posterior(pictures(24)).unbind(1)
    loud = mean.std((0, 2, 3))
    assert (noise.mean((0, 2, 3)) < 0.1 * loud).all()
    assert abs(float(loud.square().mean()) - 1) < 0.35 and loud[0] > 2 * loud[8:].max()
    assert steps(mean).max() < 2.5 * steps(mean).min()


def test_ordering_changes_no_picture_and_leaves_the_channels_free_of_one_another():
    torch.manual_seed(0)
    model, seen = AutoencoderKL(**vae.CONFIG).eval(), pictures(16) * 2 - 1
    with torch.no_grad():
        model.quant_conv.bias[16:] = -4.0
        model.quant_conv.bias[16 + 3] = 2.0
        before = model.encode(seen).latent_dist
        shown = model.decode(before.mean).sample
        loud = vae.order(model, seen.split(8))
        after = model.encode(seen).latent_dist
        assert torch.allclose(shown, model.decode(after.mean).sample, atol=2e-3)
        noise = [torch.Generator().manual_seed(k) for k in range(2)]
        off = [
            (model.decode(posterior.sample(generator)).sample - shown).square().mean()
            for posterior, generator in zip((before, after), noise, strict=True)
        ]
        assert off[1] < 1.1 * off[0]
    flat = after.mean.transpose(0, 1).flatten(1)
    assert (torch.corrcoef(flat) - torch.eye(16)).abs().max() < 0.05
    assert torch.allclose(steps(after.mean), steps(after.mean)[:1].expand(16), rtol=0.1)
    assert torch.equal(loud, loud.sort(descending=True).values) and flat.mean(1).abs().max() < 0.02


def test_a_drawn_latent_shows_what_its_mean_shows():
    backbone = Backbone.load("starter")
    seen = pictures(4)
    mean, noise = backbone.posterior(seen).unbind(1)
    drawn = mean + noise * torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    errors = [(backbone.to_pixels(z) - seen).square().mean() for z in (mean, drawn)]
    assert errors[1] < 1.1 * errors[0]


def test_weights_are_cropped_and_mirrored_with_their_pictures(tmp_path):
    drawn = pool.Pool(tmp_path, shard=4)
    drawn.fill(4, say=lambda line: None)
    rows = drawn.rows(0).copy()
    rows[..., :3] = np.where(rows[..., 3:] > 0, 255, 0)
    shelf = Larder(drawn, lambda *_: {"rows": torch.from_numpy(rows)}, most=4).follow()
    for side in (64, 128):
        stock = torch.full((2, 128, 128, 3), 128, dtype=torch.uint8)
        pixels, weight = vae.batch(shelf, stock, np.random.default_rng(side), 10, side)
        assert pixels.shape == (10, 3, side, side) and weight.shape == (10, 1, side, side)
        assert torch.equal(weight[:8], 2 + pixels[:8, :1]) and (weight[8:] == 1).all()
