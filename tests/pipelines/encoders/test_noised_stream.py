import pytest
import torch

from pipelines import seams, voices
from pipelines.encoders.noised_stream import SEED, NoisedStream
from pipelines.spec import use
from tests.pipelines.probes import stir
from tests.pipelines.steps import shot

USES = use("token"), use("lora"), use("reference_photo")
T = torch.tensor([300, 700])


@pytest.fixture
def voice(tiny, tmp_path):
    """Somebody who holds a photo whose mask is a square; what it changed is heard on the reference's way, too."""
    return stir(voices.build(tiny, USES, [shot(tmp_path)]), amount=0.05)


def asked(tiny, voice, sight=0, **settings):
    """What was shown while the network was asked at T, and whether asking it twice showed the same."""
    with torch.no_grad(), tiny.adapted({"a": voice}, encoders=[NoisedStream(**settings)]) as stage:
        words, x = tiny.encode(["", "<tom> cat"], stage), torch.randn(2, 4, 8, 8)
        with stage.sighted(sight):
            tiny.predict(x, T, words)
            first = stage.shown.get("a")
            tiny.predict(x + 1, T, words)
        again = stage.shown.get("a") if sight is not None else None
    if first:
        assert all(torch.equal(first[site].tokens, again[site].tokens) for site in first), "one noise for all steps"
    return first


@pytest.mark.parametrize("sight", [0, -30, 40])
def test_it_is_what_self_attentions_are_given_of_the_photo_at_the_pictures_noise_level(tiny, voice, sight):
    """r_τ = √ᾱ_τ·r₀ + √(1 − ᾱ_τ)·ε at τ = t, or a little before or after it, with words of the photo's own."""
    found, heard = asked(tiny, voice, sight), {}
    clean = voice.modules["reference_photo/vae"].photos[0]
    level = tiny.schedule.alphas[T + sight][:, None, None, None]
    noisy = level**0.5 * clean + (1 - level) ** 0.5 * torch.randn(
        4, 8, 8, generator=torch.Generator().manual_seed(SEED)
    )
    own = [site for site in seams.sites(tiny.unet) if site.kind == "self"]

    def listens(name):
        def hook(module, given, named):
            heard[name] = given[0] if given else named["hidden_states"]

        return hook

    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        words = tiny.encode(["a photo of <tom> cat"] * 2, stage)
        hooks = [one.attention.register_forward_pre_hook(listens(one.name), with_kwargs=True) for one in own]
        tiny.predict(noisy, T + sight, words)
        for hook in hooks:
            hook.remove()
    assert found.keys() == heard.keys() == {site.name for site in own}
    for site, tokens in heard.items():
        torch.testing.assert_close(found[site].tokens, tokens, rtol=1e-4, atol=1e-5)


def test_only_the_subject_can_be_looked_at_where_masks_say_so(tiny, voice):
    mask = voice.modules["reference_photo/vae"].masks[0]
    for site, shown in asked(tiny, voice).items():
        side = int(shown.tokens.shape[1] ** 0.5)
        share = torch.nn.functional.adaptive_avg_pool2d(mask[None], side).flatten()
        assert torch.equal(shown.mask, (share >= 0.5).expand(2, -1)), site
    assert 0 < float((mask >= 0.5).float().mean()) < 1
    assert all(shown.mask is None for shown in asked(tiny, voice, masked=False).values())


def test_looking_away_nothing_is_shown(tiny, voice):
    assert asked(tiny, voice, None) is None
