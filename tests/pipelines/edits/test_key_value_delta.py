import torch

from pipelines import anatomy, voices
from pipelines.edits.key_value_delta import KeyValueDelta
from pipelines.spec import use
from tests.pipelines.edits.test_spectral_shift import SD15
from tests.pipelines.probes import ask, stir


def test_only_keys_and_values_of_cross_attention_change_and_the_file_has_the_papers_size():
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        unet = UNet2DConditionModel(**SD15)
    found = anatomy.layers({"unet": unet}, KeyValueDelta().where)
    assert len(found) == 32 and all(".attn2.to_k" in name or ".attn2.to_v" in name for name in found)
    edit = KeyValueDelta()
    held = sum(p.numel() for layer in found.values() for p in edit.build(layer, None).parameters())
    assert held == 2 * 768 * 12_480
    assert 75e6 < held * 4 < 77e6


def test_it_is_a_change_of_the_weight(tiny, cat):
    voice = stir(voices.build(tiny, [use("key_value_delta")], [cat]))
    other = voices.build(tiny, [use("weight_delta", where="cross.kv")], [cat])
    with torch.no_grad():
        for one, two in zip(voice.modules.values(), other.modules.values(), strict=True):
            two.change.weight.copy_(one.change)
    with tiny.adapted({"a": voice}) as stage:
        said = ask(tiny, stage=stage)
    with tiny.adapted({"a": other}) as stage:
        assert torch.equal(ask(tiny, stage=stage), said)


def test_the_first_position_teaches_nothing_and_is_answered_all_the_same():
    layer, chance = torch.nn.Linear(6, 4, bias=False), torch.Generator().manual_seed(0)
    module, x = KeyValueDelta().build(layer, None), torch.randn(2, 5, 6, generator=chance)
    with torch.no_grad():
        module.change.normal_(generator=chance)
    answer = module(x, layer(x).detach())
    torch.testing.assert_close(answer, x @ (layer.weight + module.change).T)
    (first,) = torch.autograd.grad(answer[:, 0].sum() + 0 * answer.sum(), module.change, retain_graph=True)
    (second,) = torch.autograd.grad(answer[:, 1].sum(), module.change)
    assert not first.any() and second.abs().sum() > 0
