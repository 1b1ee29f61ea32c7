import copy

import torch

from pipelines import voices
from pipelines.spec import use
from tests.pipelines.probes import ask, stir


def test_it_equals_a_network_whose_weights_were_changed(tiny, cat):
    """Convolutions, linear layers and normalisations alike: base plus twin is the fine-tuned network."""
    voice = stir(voices.build(tiny, [use("weight_delta", where="unet")], [cat]), amount=0.02)
    with tiny.adapted({"a": voice}) as stage:
        spoken = ask(tiny, stage=stage)
    changed = copy.deepcopy(tiny.unet)
    with torch.no_grad():
        for key, module in voice.modules.items():
            layer = changed.get_submodule(key.removeprefix("weight_delta/unet."))
            for name, parameter in module.change.named_parameters():
                layer.get_parameter(name).add_(parameter)
    x = torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(7))
    said = changed(x, torch.tensor([300, 700]), tiny.encode(["a cat"] * 2).text).sample
    torch.testing.assert_close(said, spoken, rtol=1e-3, atol=1e-4)
    assert (said - ask(tiny)).abs().max() > 1e-2


def test_it_holds_as_many_numbers_as_the_network(tiny, cat):
    voice = voices.build(tiny, [use("weight_delta", where="unet")], [cat])
    assert sum(p.numel() for p in voice.parameters().values()) == sum(p.numel() for p in tiny.unet.parameters())
