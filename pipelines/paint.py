"""Plain pictures of words: class images for a prior, samples that show how a tuning goes."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pipelines.backbone import Backbone
from pipelines.schedule import Walk
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
    """Latents (B, C, h, w) of one picture a prompt, each from its own seed, with classifier-free guidance.

    Args:
        stage: where the voices that may speak are attached; None asks the base as it is.
        between: called after every step; it may raise to end the work.
    """
    side, count = backbone.size // backbone.factor, len(prompts)
    drawn = [torch.randn(backbone.channels, side, side, generator=torch.Generator().manual_seed(s)) for s in seeds]
    x = torch.stack(drawn).to(backbone.device)
    words = backbone.encode([""] * count + list(prompts), stage)
    walk = Walk(backbone.schedule, steps)
    for i, t in enumerate(walk.times.tolist()):
        at = torch.full((2 * count,), t, device=backbone.device)
        plain, told = backbone.predict(x.repeat(2, 1, 1, 1), at, words).chunk(2)
        clean = backbone.schedule.clean(x, plain + scale * (told - plain), at[:count])
        x = walk.step(x, clean, i)
        between()
    return x
