import copy

import pytest
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel

from pipelines import anatomy, voices
from pipelines.benchmarks import svdiff
from pipelines.edits.spectral_shift import SpectralShift, factors
from pipelines.spec import use
from tests.pipelines.probes import ask, stir, weights

SD15 = dict(
    sample_size=64,
    block_out_channels=(320, 640, 1280, 1280),
    layers_per_block=2,
    cross_attention_dim=768,
    attention_head_dim=8,
    down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
)
"""Stable Diffusion 1.5's public configuration."""


def counted(unet, where: str) -> dict[int, int]:
    """Shifts by the number of dimensions of the weight that they belong to."""
    found, edit = {1: 0, 2: 0, 4: 0}, SpectralShift(where)
    for layer in anatomy.layers({"unet": unet}, where).values():
        found[layer.weight.ndim] += sum(p.numel() for p in edit.build(layer, None).parameters())
    return found


def test_its_size_on_stable_diffusion_is_the_papers():
    """Table of storage: 2-D, 4-D and 1-D weights of the whole UNet; the file is less than a 500th of the weights."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(**SD15)
    whole = counted(unet, "unet")
    assert whole == {2: 140_416, 4: 82_280, 1: 100_160} and sum(whole.values()) == 322_856
    assert sum(whole.values()) * 500 < sum(p.numel() for p in unet.parameters())
    assert sum(counted(unet, "cross.kv").values()) * 4 < 84.8 * 1024
    assert counted(unet, "unet.matrices") == {**whole, 1: 0} and counted(unet, "unet.norms") == {1: 100_160, 2: 0, 4: 0}


def test_it_counts_one_number_for_each_singular_value(tiny, cat):
    held = voices.build(tiny, [use("spectral_shift")], [cat]).parameters()
    weights = [layer.weight for layer in anatomy.layers(tiny.parts, "unet").values()]
    wanted = sum(len(w) if w.ndim == 1 else min(w.flatten(1).shape) for w in weights)
    assert sum(p.numel() for p in held.values()) == wanted


def test_unshifted_it_is_every_weight_exactly(tiny, cat):
    voice = voices.build(tiny, [use("spectral_shift", where="unet.matrices")], [cat])
    for module in voice.modules.values():
        assert not module.added().any()
        u, sigma, v = factors(module.layer)
        weight = module.layer.weight.flatten(1)
        assert ((u * sigma) @ v - weight).norm() < 1e-5 * weight.norm()


def test_shifted_weights_have_the_singular_values_it_says(tiny, cat):
    """ReLU(σ + δ), never below zero, with the base's own directions, also where shifts are larger than the values."""
    voice = stir(voices.build(tiny, [use("spectral_shift", where="cross.kv+unet.matrices")], [cat]), amount=1.0)
    bitten = 0
    for module in voice.modules.values():
        u, sigma, v = (part.double() for part in factors(module.layer))
        torch.testing.assert_close(u.T @ u, torch.eye(u.shape[1]).double(), atol=1e-5, rtol=0)
        wanted = F.relu(sigma + module.shift.detach())
        bitten += int((wanted == 0).sum())
        shifted = (module.layer.weight + module.added().detach()).flatten(1).double()
        found = torch.linalg.svdvals(shifted)
        torch.testing.assert_close(found, wanted.sort(descending=True).values, atol=1e-4, rtol=1e-4)
    assert bitten > 100


def test_it_equals_a_network_whose_weights_were_changed(tiny, cat):
    voice = stir(voices.build(tiny, [use("spectral_shift")], [cat]), amount=0.1)
    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        spoken = ask(tiny, stage=stage)
    changed = copy.deepcopy(tiny.unet)
    with torch.no_grad():
        for key, module in voice.modules.items():
            layer = changed.get_submodule(key.removeprefix("spectral_shift/unet."))
            layer.weight += module.shift if layer.weight.ndim == 1 else module.added()
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    said = changed(x, torch.tensor([300, 700]), tiny.encode(["a cat"] * 2).text).sample
    torch.testing.assert_close(said, spoken, rtol=1e-3, atol=1e-4)
    assert (said - ask(tiny)).abs().max() > 1e-2


def shifted(layer, seed=0):
    module = SpectralShift().build(layer, None)
    with torch.no_grad():
        module.shift.copy_(torch.randn(module.shift.shape, generator=torch.Generator().manual_seed(seed)) * 0.3)
    return module


@pytest.mark.parametrize("size", [1, 40])
@pytest.mark.parametrize(
    "layer", [torch.nn.Linear(24, 24), torch.nn.Linear(40, 8), torch.nn.Conv2d(24, 16, 3, stride=2, padding=1)], ids=str
)
def test_whichever_way_it_multiplies_the_answer_and_the_gradient_are_the_same(layer, size):
    """Few cells go through the factors, many through the whole change; what is spoken goes through the kept change."""
    shape = (2, 24, size, size) if isinstance(layer, torch.nn.Conv2d) else (2, size * size, layer.in_features)
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    y, module = layer(x).detach(), shifted(layer)
    learnt = module(x, y)
    learnt.square().sum().backward()
    plain = torch.func.functional_call(layer, {"weight": layer.weight + module.added()}, (x,))
    torch.testing.assert_close(learnt, plain, rtol=1e-4, atol=1e-4)
    (wanted,) = torch.autograd.grad(plain.square().sum(), module.shift)
    torch.testing.assert_close(module.shift.grad, wanted, rtol=1e-3, atol=1e-2)
    with torch.no_grad():
        torch.testing.assert_close(module(x, y), learnt, rtol=1e-4, atol=1e-4)


def test_what_is_kept_for_speaking_follows_the_optimiser():
    layer = torch.nn.Linear(12, 12)
    module, x = shifted(layer), torch.randn(1, 3, 12, generator=torch.Generator().manual_seed(1))
    optimiser = torch.optim.AdamW(module.parameters(), lr=0.1, fused=True)
    with torch.no_grad():
        before = module(x, layer(x))
        assert torch.equal(module(x, layer(x)), before)
    module(x, layer(x)).sum().backward()
    optimiser.step()
    with torch.no_grad():
        after = module(x, layer(x))
        torch.testing.assert_close(after, layer(x) + F.linear(x, module.added()))
    assert not torch.allclose(after, before)


def test_a_layer_is_taken_apart_once(tiny, cat, dog):
    one = stir(voices.build(tiny, [use("spectral_shift", where="cross.kv")], [cat]))
    two = stir(voices.build(tiny, [use("spectral_shift", where="cross.kv")], [dog]))
    for first, second in zip(one.modules.values(), two.modules.values(), strict=True):
        assert all(a is b for a, b in zip(factors(first.layer), factors(second.layer), strict=True))


def test_it_learns_as_a_network_does_whose_weights_are_built_anew(tiny, cat):
    """The shifts' gradients, whichever way a layer takes."""
    voice = voices.build(tiny, [use("spectral_shift", where="unet.matrices")], [cat])
    other = svdiff.rebuilt(tiny, svdiff.stirred(voice))
    with tiny.adapted({"a": voice}) as stage:
        ask(tiny, stage=stage).square().mean().backward()
    ask(other).square().mean().backward()
    for key, module in voice.modules.items():
        layer = other.unet.get_submodule(key.removeprefix("spectral_shift/unet."))
        wanted = layer.parametrizations.weight[0].shift.grad
        assert wanted.abs().max() > 0, key
        torch.testing.assert_close(module.shift.grad, wanted, rtol=2e-3, atol=2e-3 * float(wanted.abs().max()))


@pytest.mark.parametrize("learns", [True, False])
def test_the_frozen_weights_are_back_whatever_happens(tiny, cat, learns, monkeypatch):
    voice = stir(voices.build(tiny, [use("spectral_shift", where="unet.matrices")], [cat]), amount=0.1)
    before, plain, kept = weights(tiny), ask(tiny), dict(tiny.unet.named_parameters())
    layer, ours = tiny.unet.mid_block.resnets[0].conv1, []

    def breaks(x):
        ours.append(layer.weight is not kept["mid_block.resnets.0.conv1.weight"])
        raise RuntimeError("in the middle")

    with torch.set_grad_enabled(learns), tiny.adapted({"a": voice}) as stage:
        spoken = ask(tiny, stage=stage)
        assert (spoken - plain).abs().max() > 1e-2 and dict(tiny.unet.named_parameters()) == kept
        monkeypatch.setattr(layer, "forward", breaks)
        with pytest.raises(RuntimeError, match="middle"):
            ask(tiny, stage=stage)
        monkeypatch.undo()
    assert ours == [True], "other weights stood there"
    after = weights(tiny)
    assert all(torch.equal(after[key], before[key]) for key in before) and torch.equal(ask(tiny), plain)
    assert all(one is kept[name] for name, one in tiny.unet.named_parameters())


def test_a_visit_within_a_visit_adds_to_it(tiny, cat):
    one, two = (
        stir(voices.build(tiny, [use("spectral_shift", where="unet.matrices")], [cat]), k, 0.05) for k in (1, 2)
    )
    with torch.no_grad():
        with tiny.adapted({"a": one}), tiny.adapted({"b": two}) as stage:
            nested = ask(tiny, stage=stage)
        with tiny.adapted({"a": one, "b": two}) as stage:
            torch.testing.assert_close(ask(tiny, stage=stage), nested, rtol=1e-3, atol=1e-4)
