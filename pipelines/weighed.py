"""The photos as a masked loss weighs them, to look at: as bright as each latent cell counts, before crops and flips."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from pipelines import artefact
from pipelines.examples import Example, on_grid
from pipelines.spec import Plan

LOSS = "masked_denoise"
DIM = 0.12
"""How bright a cell is shown that does not count at all, so that one still sees what it is."""


def floor(plan: Plan) -> float | None:
    """What cells outside the mask weigh in the first masked loss of a plan, 0 to 1; None where no loss is masked."""
    uses = (use for phase in plan.phases for use in phase.objectives)
    return next((use.settings.get("background", 0.0) for use in uses if use.name == LOSS), None)


def write(photos: Sequence[Example], plan: Plan, factor: int, out: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write a picture of every photo with a mask, beside the artefact `out`; `factor` is pixels along a latent cell.

    Yields:
        its file, and {"photo": its place, "counts": the share of the loss's weight that lies inside the mask}.
    """
    background = floor(plan)
    for place, photo in enumerate(photos if background is not None else ()):
        mask = photo.mask()
        if mask is None or photo.pixels is None:
            continue
        height, width = photo.pixels.shape[1:]
        inside = on_grid(mask[None].float(), height // factor, width // factor)
        weight = inside.clamp(min=background)
        path = out.with_name(f"{out.stem}-samples") / f"weighed-{place:02d}.webp"
        bright = F.interpolate(weight[None], (height, width), mode="nearest")[0]
        with artefact.replacing(path) as temporary:
            _picture(photo.pixels * (DIM + (1 - DIM) * bright)).save(temporary, quality=90)
        share = float((weight * inside).sum() / weight.sum().clamp(min=1e-6))
        yield str(path), {"photo": place, "counts": round(share, 4)}


def _picture(pixels: Tensor) -> Image.Image:
    return Image.fromarray((pixels.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy())
