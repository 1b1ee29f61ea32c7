"""Spectral shifts beside the way of the code that people use, which builds every weight anew in every forward.

SVDiff on every matrix of the UNet, batch 1. One thread, CPU time, ours and theirs in turn; both have their factors
already. First it is asserted that training gives the same losses and sampling the same picture. The reference is
U·diag(ReLU(σ + δ))·Vᵀ in place of the weight, worked out at each call.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from pipelines import voices
from pipelines.anatomy import layers
from pipelines.backbone import PROCESSOR, Backbone
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.turns import in_turn, one_thread
from pipelines.edits.spectral_shift import factors
from pipelines.paint import paint
from pipelines.seams import Voice
from pipelines.spec import Subject, use

WHERE, RATE, STEPS, PAIRS, PAINTED = "unet.matrices", 1e-3, 5, 2, 5
CLOSE = 1e-4  # greatest difference of two losses or latents of one thing
HOPED = {"train": 2.0, "sample": 5.0}
"""How many times as long theirs may take."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """Both ratios, and what a step of ours costs."""

    def look() -> dict[str, float]:
        backbone = Backbone.tiny(0) if quick else Backbone.load("starter", PROCESSOR)
        return measured(backbone, 2 if quick else STEPS, 1 if quick else PAIRS)

    told = parts.part("shifts", look)
    return [
        figure("svdiff_train_ratio", told["train"], "times", HOPED["train"]),
        figure("svdiff_sample_ratio", told["sample"], "times", HOPED["sample"]),
        figure("svdiff_train_step_ms", 1000 * told["step"], "ms"),
        figure("svdiff_loss_apart", told["loss_apart"], "", CLOSE, most=True),
        figure("svdiff_latents_apart", told["latents_apart"], "", CLOSE, most=True),
    ]


def measured(backbone: Backbone, steps: int, pairs: int) -> dict[str, float]:
    """`train` and `sample` (theirs to ours), `step` (CPU seconds of one of ours), and how far both are apart."""
    with one_thread():
        voice = voices.build(backbone, [use("spectral_shift", where=WHERE)], [Subject("cat", "Cat", "cat", "<cat>")])
        start = stirred(voice)
        other = rebuilt(backbone, start)
        apart = [abs(a - b) for a, b in zip(ours(backbone, voice, steps), theirs(other, steps), strict=True)]
        assert max(apart) <= CLOSE, f"the losses are not the same, by {max(apart)}"
        step, peer = in_turn(lambda: ours(backbone, voice, steps), lambda: theirs(other, steps), pairs)
        far = float((painted(backbone, voice) - paint(other, ["a cat"], [0], steps=PAINTED)).abs().max())
        assert far <= CLOSE, f"the pictures are not the same, by {far}"
        shown, built = in_turn(
            lambda: painted(backbone, voice), lambda: paint(other, ["a cat"], [0], steps=PAINTED), pairs
        )
        return {"train": peer / step, "sample": built / shown, "step": step / steps, "loss_apart": max(apart),
                "latents_apart": far}  # fmt: skip


@torch.no_grad()
def stirred(voice: Voice) -> dict[str, Tensor]:
    """Move the shifts a little, as training would; returns them by layer."""
    chance = torch.Generator().manual_seed(0)
    for parameter in voice.parameters().values():
        parameter.add_(torch.randn(parameter.shape, generator=chance) * 0.01)
    return {key.partition("/")[2]: module.shift.detach().clone() for key, module in voice.modules.items()}


class Rebuilt(nn.Module):
    """Stands before a layer's weight."""

    def __init__(self, layer: nn.Module, shift: Tensor):
        super().__init__()
        self.shift, self.factors = nn.Parameter(shift.clone()), factors(layer)

    def forward(self, weight: Tensor) -> Tensor:
        u, sigma, v = self.factors
        return ((u * torch.relu(sigma + self.shift)) @ v).view_as(weight)


def rebuilt(backbone: Backbone, shifts: dict[str, Tensor]) -> Backbone:
    """A backbone whose UNet builds its weights anew at each call."""
    other = copy.copy(backbone)
    other.unet = copy.deepcopy(backbone.unet)
    other.parts = {**backbone.parts, "unet": other.unet}
    plain = layers(backbone.parts, WHERE)
    for name, layer in layers(other.parts, WHERE).items():
        parametrize.register_parametrization(layer, "weight", Rebuilt(plain[name], shifts[name]), unsafe=True)
    return other


def ours(backbone: Backbone, voice: Voice, steps: int) -> list[float]:
    """The losses of so many steps."""
    for module in voice.modules.values():
        module.train().requires_grad_(True)
    with backbone.adapted({"taught": voice}) as stage:
        return taught(backbone, list(voice.parameters().values()), steps, stage)


def theirs(other: Backbone, steps: int) -> list[float]:
    """The same of the reference."""
    learnt = [one for name, one in other.unet.named_parameters() if name.endswith(".shift")]
    return taught(other, learnt, steps, None)


def taught(backbone: Backbone, learnt: list[nn.Parameter], steps: int, stage) -> list[float]:
    """The losses of so many steps on the same draws; what was learnt is taken back afterwards."""
    before = [one.detach().clone() for one in learnt]
    optimiser = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.0, fused=True)
    chance, side = torch.Generator().manual_seed(1), backbone.size // backbone.factor
    with torch.no_grad():
        words = backbone.encode(["a cat"], stage)
    losses = []
    for k in range(steps):
        clean, noise = torch.randn(2, 1, backbone.channels, side, side, generator=chance)
        t = torch.tensor([100 + 150 * (k % 5)])
        answer = backbone.predict(backbone.schedule.noised(clean, noise, t), t, words)
        loss = (answer - backbone.schedule.target(clean, noise, t)).square().mean()
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
    with torch.no_grad():
        for one, old in zip(learnt, before, strict=True):
            one.copy_(old)
    return losses


def painted(backbone: Backbone, voice: Voice) -> Tensor:
    """The latents of a picture, sampled as a studio does: nothing learns any more."""
    for module in voice.modules.values():
        module.eval().requires_grad_(False)
    with backbone.adapted({"taught": voice}) as stage:
        return paint(backbone, ["a cat"], [0], stage, steps=PAINTED)
