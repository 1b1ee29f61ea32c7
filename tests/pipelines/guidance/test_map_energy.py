import pytest
import torch

from pipelines import voices
from pipelines.backbone import Backbone
from pipelines.conditioning import Place
from pipelines.guidance.map_energy import MapEnergy, _felt, energy
from pipelines.seams import sites
from pipelines.spec import Region, use
from tests.pipelines.probes import stir
from tests.pipelines.scenes import ALL, HALVES, LEFT, begun, made


@pytest.fixture
def keen():
    """A model whose words attend keenly, so that there is something to move."""
    model = Backbone.tiny(1)
    with torch.no_grad():
        for site in sites(model.unet):
            if site.kind == "cross":
                site.attention.to_q.weight.mul_(3)
                site.attention.to_k.weight.mul_(3)
    return model


def test_pushing_brings_words_into_their_places(keen):
    model = keen
    before = {key: value.clone() for key, value in model.unet.state_dict().items()}
    pushed = []
    with (
        begun(model, t=981, regions=HALVES, how="layout_backward", width=256, height=256) as (at, _, _x),
        torch.no_grad(),
    ):
        x = torch.randn(1, 4, 32, 32, generator=torch.Generator().manual_seed(5))
        MapEnergy(rate=1000.0, enough=0.0).step(x, at, lambda x, at: pushed.append(x) or x)
        placed = [(one, one.named) for one in at.told().regions]
        first, last = (float(_felt(latents, at.told(), placed)[0]) for latents in (x, *pushed))
    assert 0 < last < 0.5 * first < 0.5
    assert all(torch.equal(value, before[key]) for key, value in model.unet.state_dict().items())
    assert all(parameter.grad is None for parameter in model.unet.parameters())


def test_a_push_is_the_published_one_in_the_published_latents(keen):
    """The authors' code moves x ← x − σ²·∇_x(η·E), with x = z·√(1 + σ²) and σ² = (1 − ᾱ) / ᾱ."""
    with begun(keen, regions=HALVES, how="layout_backward", t=700) as (at, _, z), torch.no_grad():
        told, pushed, eta = at.told(), [], 40.0
        placed = [(one, one.named) for one in told.regions]
        MapEnergy(rate=eta, tries=1, enough=0.0).step(z, at, lambda x, at: pushed.append(x) or x)
        noise, low = (1 - at.signal) / at.signal, ("unet.mid_block.", "unet.up_blocks.0.")
        with torch.enable_grad():
            x = (z * (1 + noise) ** 0.5).requires_grad_()
            crossing = {site.name for site in sites(keen.unet) if site.kind == "cross" and site.name.startswith(low)}
            with at.stage.recording(crossing) as maps:
                told.answer(x / (1 + noise) ** 0.5)
            (slope,) = torch.autograd.grad(eta * energy(maps, placed).sum(), x)
        moved = (x - noise * slope) / (1 + noise) ** 0.5
    torch.testing.assert_close(pushed[0], moved, rtol=1e-4, atol=1e-5)
    assert (pushed[0] - z).abs().max() > 1e-3


def test_the_energy_is_the_share_outside_of_every_head(tiny):
    with begun(tiny, regions=(Region(LEFT, "a cat"),), how="layout_backward") as (at, _, _x):
        (one,) = at.told().regions
        shares = torch.zeros(1, 2, 64, 77)
        columns = one.named[0].nonzero()[:, 0]
        shares[0, 0, 0, columns] = 0.5  # one head looks at the left column only, the other at the right
        shares[0, 1, 7, columns] = 0.5
        assert float(energy({"a": [shares]}, [(one, one.named)])) == pytest.approx(0.5)
        shares[0, 1, 0, columns] = 0.5  # now half of its attention: (1 - 1/2)² / 2
        assert float(energy({"a": [shares]}, [(one, one.named)])) == pytest.approx(0.125)


def test_faint_attention_in_half_precision_has_an_energy(tiny):
    with begun(tiny, regions=(Region(LEFT, "a cat"),), how="layout_backward") as (at, _, _x):
        (one,) = at.told().regions
        shares = torch.zeros(1, 2, 64, 77, dtype=torch.float16)
        assert float(energy({"a": [shares]}, [(one, one.named)])) == 1, "nothing anywhere is not inside"


def test_nothing_to_push_changes_nothing(tiny):
    plain = made(tiny)
    never = made(tiny, regions=HALVES, how="layout_backward", knobs={"until": 0})
    assert torch.equal(never, plain)
    assert torch.equal(made(tiny, regions=(Region(ALL, "a dog"),), how="layout_backward", knobs={"enough": 0.0}), plain)


def test_spatial_inversion_looks_at_taught_words_alone(tiny, cat):
    voice = {"one": stir(voices.build(tiny, [use("token")], [cat]))}
    regions = (Region(LEFT, "a <tom> cat", artefact="one"), HALVES[1])
    with begun(tiny, voice, prompt="", regions=regions, how="spatial_inversion") as (at, (guidance,), _):
        told = at.told()
        words = [guidance._words(one, told) for one in told.regions]
        assert words[0].nonzero()[:, 1].tolist() == list(told.words.spans[0]["<tom>"])
        assert torch.equal(words[1], told.regions[1].named)
        assert not told.regions[0].named[0, 0] and at.regions[0].named[0].sum() == 0


def test_spatial_inversion_gives_the_other_word_its_place_whatever_the_seed(keen, cat):
    """What the word beside the taught one is off its place falls for at least four seeds of five."""
    voice = {"one": stir(voices.build(keen, [use("token")], [cat]))}
    regions, scene = (Region(LEFT, "a <tom> cat", artefact="one"), HALVES[1]), dict(how="spatial_inversion", prompt="")
    with begun(keen, voice, t=981, regions=regions, width=128, height=128, **scene) as (at, _, _x), torch.no_grad():
        told, better = at.told(), 0
        other = [(told.regions[1], told.regions[1].named)]
        for seed in range(5):
            x, pushed = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(seed)), []
            MapEnergy(rate=1000.0, enough=0.0, taught=True).step(x, at, lambda x, at, kept=pushed: kept.append(x) or x)
            before, after = (float(_felt(latents, told, other)[0]) for latents in (x, *pushed))
            better += after < before
    assert better >= 4


def test_a_place_smaller_than_a_cell_is_the_nearest_cell():
    place = Place(Region((0.55, 0.3, 0.1, 0.1)), 64, 64)
    assert place.inside(16, torch.ones(1)).nonzero().tolist() == [[6]]
    corner = Place(Region((0.99, 0.99, 0.01, 0.01)), 64, 64)
    assert corner.inside(16, torch.ones(1)).nonzero().tolist() == [[15]]
