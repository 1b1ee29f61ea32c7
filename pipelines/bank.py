"""Pictures the base makes itself before it learns, kept as latents by base and prompts, and shared by all runs."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines.errors import Stopped
from pipelines.events import Progress
from pipelines.examples import Kit
from pipelines.paint import paint
from pipelines.seams import Stage

AT_ONCE = 4


def bank(
    kit: Kit, name: str, prompts: Sequence[str], steps: int, scale: float, doing: str, stage: Stage | None = None
) -> Tensor:
    """(len(prompts), C, h, w). Picture k comes from seed k, so a bank that is too short is only lengthened.

    Args:
        name: of the series of prompts; prompt k of a series is always the same.
        steps, scale: sampling steps and CFG scale.
        doing: what a person is told meanwhile.
        stage: who speaks while they are made; `name` has to tell it.

    Raises:
        Stopped: when the report asked to stop; what was made so far is kept.
    """
    backbone = kit.backbone
    said = f"{backbone.hash} {name} {steps} {scale} {backbone.size}"
    key = hashlib.sha256(said.encode()).hexdigest()[:32]
    made = (kit.recall("class-images", key) or {"latents": torch.empty(0)})["latents"]
    kept = len(made)
    while len(made) < len(prompts):
        if kit.report.stop():
            raise Stopped("Nothing was learnt yet; the pictures made so far are kept.")
        kit.report.wait()
        kit.report(Progress(len(made), len(prompts), doing, (len(made) - kept, len(prompts) - kept)))
        seeds = range(len(made), min(len(prompts), len(made) + AT_ONCE))
        more = paint(backbone, [prompts[k] for k in seeds], seeds, stage, steps, scale).cpu()
        made = torch.cat([made, more]) if len(made) else more
        kit.keep("class-images", key, latents=made)
    return made[: len(prompts)]


def still(latents: Tensor) -> Tensor:
    """The posterior (2, C, h, w) of latents (C, h, w) that are known exactly."""
    return torch.stack([latents, torch.zeros_like(latents)])
