"""Plain pictures of words: class images for a prior, samples that show how a tuning goes."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import torch
from torch import Tensor

from pipelines.backbone import Backbone
from pipelines.denoise import At, denoise, noise
from pipelines.seams import Stage


@torch.no_grad()
def paint(
    backbone: Backbone,
    prompts: Sequence[str],
    seeds: Sequence[int],
    stage: Stage | None = None,
    steps: int = 20,
    scale: float = 5.0,
    between: Callable[[], None] = lambda: None,
) -> Tensor:
    """Latents (B, C, h, w) of one picture a prompt, each from its own seed; `scale` is not 1.

    Args:
        stage: where the voices that may speak are attached; None asks the base as it is.
        between: called after every step; it may raise to end the work.
    """
    with nullcontext(stage) if stage else backbone.adapted() as stage:
        words = backbone.encode([""] * len(prompts) + list(prompts), stage)
        at = At(backbone, stage, words, scale, dict(stage.now), steps=steps)
        return denoise(at, noise(backbone, seeds), watch=lambda done, clean: between())
