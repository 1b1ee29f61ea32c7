"""The way back from latents bears with what a denoiser leaves; the way in stays as it is."""

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from pipelines import toybox
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, MissingWeights
from pipelines.starter import decoder, pool, vae
from pipelines.starter.assemble import finished
from pipelines.starter.larder import Larder
from pipelines.starter.larder import pictures as plain

LEFT = 0.12  # what the last step of the sampler is off by, in every channel


def test_what_the_sampler_leaves_is_shown_almost_as_well_as_what_is_clean():
    drawn = [toybox.render(toybox.draw(k, "validation"), 128).pixels for k in range(16)]
    seen = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 255
    backbone = Backbone.load("starter")
    clean = backbone.posterior(seen)[:, 0]
    left = clean + LEFT * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))

    def psnr(latents: torch.Tensor) -> float:
        return float(-10 * torch.log10((backbone.to_pixels(latents) - seen).square().mean()))

    assert psnr(clean) - psnr(left) < 1.5, "a decoder that learnt clean latents alone loses three decibels"


def test_only_a_decoder_that_was_finished_for_this_encoder_is_put_together(tmp_path):
    model = AutoencoderKL(**vae.CONFIG)
    model.save_pretrained(tmp_path / "vae")
    with pytest.raises(MissingWeights, match="no autoencoder with a finished decoder"):
        finished(tmp_path)
    with torch.no_grad():
        model.decoder.conv_out.bias += 1
    model.save_pretrained(tmp_path / "finished")
    assert torch.equal(finished(tmp_path).decoder.conv_out.bias, model.decoder.conv_out.bias)
    with torch.no_grad():
        model.encoder.conv_in.bias += 1
    model.save_pretrained(tmp_path / "vae")
    with pytest.raises(BadInput, match="another encoder") as error:
        finished(tmp_path)
    assert error.value.advice


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
