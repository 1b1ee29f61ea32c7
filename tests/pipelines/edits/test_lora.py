import copy

import torch
from peft import LoraConfig, inject_adapter_in_model

from pipelines import voices
from pipelines.spec import use
from tests.pipelines.probes import ask, stir


def test_it_is_pefts_own_lora(tiny, cat):
    """The same matrices in a UNet that PEFT injected into answer the same, to the bit."""
    voice = stir(voices.build(tiny, [use("lora", rank=3, alpha=6)], [cat]))
    with tiny.adapted({"a": voice}) as stage:
        ours = ask(tiny, stage=stage)
    theirs = copy.deepcopy(tiny.unet)
    config = LoraConfig(r=3, lora_alpha=6, target_modules=["to_q", "to_k", "to_v", "to_out.0"])
    inject_adapter_in_model(config, theirs, "default")
    with torch.no_grad():
        for key, module in voice.modules.items():
            layer = theirs.get_submodule(key.removeprefix("lora/unet."))
            layer.lora_A["default"].weight.copy_(module.down.weight)
            layer.lora_B["default"].weight.copy_(module.up.weight)
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    said = theirs(x, torch.tensor([300, 700]), tiny.encode(["a cat"] * 2).text).sample
    assert torch.equal(said, ours)


def test_merging_it_gives_the_same_to_rounding(tiny, cat):
    voice = stir(voices.build(tiny, [use("lora", rank=2)], [cat]), amount=0.1)
    with tiny.adapted({"a": voice}) as stage:
        spoken = ask(tiny, stage=stage)
    merged = copy.deepcopy(tiny.unet)
    with torch.no_grad():
        for key, module in voice.modules.items():
            down, up, alpha = module.low_rank()
            merged.get_submodule(key.removeprefix("lora/unet.")).weight += alpha / 2 * up @ down
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    said = merged(x, torch.tensor([300, 700]), tiny.encode(["a cat"] * 2).text).sample
    torch.testing.assert_close(said, spoken, rtol=1e-4, atol=1e-5)


def test_its_size_is_counted_in_ranks(tiny, cat):
    few = voices.build(tiny, [use("lora", rank=1)], [cat]).parameters()
    many = voices.build(tiny, [use("lora", rank=5)], [cat]).parameters()
    assert sum(p.numel() for p in many.values()) == 5 * sum(p.numel() for p in few.values())
