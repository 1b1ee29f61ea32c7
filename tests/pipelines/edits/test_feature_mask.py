import torch

from pipelines import voices
from pipelines.edits.feature_mask import laid_out
from pipelines.spec import use
from tests.pipelines.probes import ask, stir


def test_at_first_half_of_everything_passes(tiny, cat):
    """σ(m) = 0.5 everywhere, so f_i = 0.5·f + W₂·ReLU(W₁·0.5·f)."""
    voice = voices.build(tiny, [use("feature_mask")], [cat])
    (module,) = voice.modules.values()
    latents = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    f = laid_out(latents, 32)
    assert (module.mask.sigmoid() == 0.5).all() and sum(p.numel() for p in module.parameters()) == 2 * 32**2 + 3 * 32
    with tiny.adapted({"a": voice}) as stage:
        torch.testing.assert_close(stage.aside(latents), 0.5 * f + module.second(module.first(0.5 * f).relu()))


def test_f_is_as_wide_as_the_text_and_knows_where(tiny):
    """Stable Diffusion: 13² cells of 4 channels in 768 numbers. A change in one corner changes that corner's cells."""
    latents = torch.zeros(1, 4, 64, 64)
    latents[:, :, :4, :4] = 1.0
    f = laid_out(latents, 768)
    assert f.shape == (1, 768) and not f[:, 4 * 13 * 13 :].any()
    assert (f[0, : 4 * 169].unflatten(0, (4, 13, 13))[:, 0, 0] > 0.5).all() and int((f > 0).sum()) == 4
    assert laid_out(torch.randn(1, 16, 16, 16), 8).shape == (1, 8)


def test_nobody_hears_it_until_a_picture_is_looked_at(tiny, cat):
    voice = stir(voices.build(tiny, [use("feature_mask")], [cat]))
    with tiny.adapted({"a": voice}) as stage:
        assert torch.equal(ask(tiny, stage=stage), ask(tiny))
        assert not torch.equal(ask(tiny, stage=stage, seen=True), ask(tiny))
        with stage.speaking({}):
            assert stage.aside(torch.zeros(1, 4, 8, 8)) is None
