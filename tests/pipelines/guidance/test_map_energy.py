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


def test_pushing_brings_words_into_their_places():
    model = Backbone.tiny(1)
    with torch.no_grad():  # words that attend keenly, so that there is something to move
        for site in sites(model.unet):
            if site.kind == "cross":
                site.attention.to_q.weight.mul_(3)
                site.attention.to_k.weight.mul_(3)
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


def test_a_place_smaller_than_a_cell_is_the_nearest_cell():
    place = Place(Region((0.55, 0.3, 0.1, 0.1)), 64, 64)
    assert place.inside(16, torch.ones(1)).nonzero().tolist() == [[6]]
    corner = Place(Region((0.99, 0.99, 0.01, 0.01)), 64, 64)
    assert corner.inside(16, torch.ones(1)).nonzero().tolist() == [[15]]
