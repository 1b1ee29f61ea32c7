"""What the tests ask a network, to see whether it answers as before."""

import torch
from torch import Tensor

from pipelines.backbone import Backbone
from pipelines.conditioning import beside
from pipelines.seams import Stage, Voice


def ask(
    backbone: Backbone, prompt: str = "a cat", stage: Stage | None = None, side: int = 8, seen: bool = False
) -> Tensor:
    """A noise prediction (2, C, side, side) for fixed latents and a prompt; voices that look at pictures look at those
    latents if `seen`."""
    x = torch.randn(2, backbone.channels, side, side, generator=torch.Generator().manual_seed(7))
    words = backbone.encode([prompt, prompt], stage)
    words = beside(words, stage.aside(x)) if stage and seen else words
    return backbone.predict(x, torch.tensor([300, 700]), words)


def stir(voice: Voice, seed: int = 0, amount: float = 0.2) -> Voice:
    """Move every parameter of a voice a little, as training would."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in voice.parameters().values():
            parameter.add_(torch.randn(parameter.shape, generator=chance) * amount)
    return voice


def weights(backbone: Backbone) -> dict[str, Tensor]:
    """A copy of every weight."""
    return {f"{part}.{k}": v.clone() for part, model in backbone.parts.items() for k, v in model.state_dict().items()}
