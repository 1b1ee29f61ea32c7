"""Moves the picture until the words of each region look at their region.

Layout-Control's backward guidance (arXiv 2304.03373, equations 5 and 6); Compositional Inversion (arXiv 2312.08048)
uses the same energy on taught words for its spatial inversion. For region i with token positions T_i and cells B,

    E = mean over sites, regions, T_i and heads of (1 - Σ_{u in B} A_uτ / Σ_u A_uτ)²,

and before each of the first steps z ← z - η·(1 - ᾱ_t)·∇E, several times, until E is small. The sites are the
cross-attentions of the middle block and of the first block up. Unlike the published code the guidance resumes when E
grows again, and η is halved where a move made things worse.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from pipelines.denoise import At, Guidance, Predict, Spoken
from pipelines.seams import sites


class MapEnergy(Guidance):
    """Costs a pass forward and back for every move.

    Args:
        rate: η. tries: moves in one step. until: share of the run that is guided. enough: E at which a step rests.
        taught: look only at the taught words of a region that has some, not at the rest of its phrase.
    """

    def __init__(
        self, rate: float = 30.0, tries: int = 5, until: float = 0.2, enough: float = 0.2, taught: bool = False
    ):
        self.rate, self.tries, self.until, self.enough, self.taught = rate, tries, until, enough, taught

    def step(self, x: Tensor, at: At, proceed: Predict) -> Tensor:
        told = at.told()
        placed = [(one, words) for one in told.regions if (words := self._words(one, told)) is not None]
        if at.i >= self.until * at.steps or not placed:
            return proceed(x, at)
        rate, best = self.rate * (1 - at.signal), None
        for _ in range(self.tries):
            energy, slope = _felt(x, told, placed)
            if best and energy.sum() > best[1].sum():
                rate, (x, energy, slope) = rate / 2, best
            far = energy > self.enough
            if not far.any():
                break
            best = x, energy, slope
            x = x - rate * slope * far[:, None, None, None]
        return proceed(x, at)

    def _words(self, one: Spoken, told: At) -> Tensor | None:
        """(B, M), the share of each position among those looked at."""
        if one.named is None or not self.taught:
            return one.named
        taught = torch.zeros_like(one.named)
        for row, spans in enumerate(told.words.spans):
            taught[row, [p for places in spans.values() for p in places]] = 1
        own = one.named * taught
        return own if own.any() else one.named


def energy(maps: Mapping[str, list[Tensor]], placed: list[tuple[Spoken, Tensor]]) -> Tensor:
    """(B,): 0 where all attention of the words (B, M) is inside their regions, 1 where none is."""
    terms = []
    for shares, *_ in maps.values():
        shares = shares.float()  # half precision does not hold what little attention a word may have
        for one, words in placed:
            inside = one.place.inside(shares.shape[2], shares)[:, None]
            share = (shares * inside).sum(2) / shares.sum(2).clamp(min=1e-12)
            off = (1 - share).square().mean(1)
            terms.append(one.region.strength * (off * words).sum(1) / words.sum(1).clamp(min=1))
    return torch.stack(terms).mean(0)


def _felt(x: Tensor, told: At, placed: list[tuple[Spoken, Tensor]]) -> tuple[Tensor, Tensor]:
    """The energy (B,) at x, and its slope."""
    crossing = [site.name for site in sites(told.backbone.unet) if site.kind == "cross"]
    rising = [name.split(".")[2] for name in crossing if name.startswith("unet.up_blocks.")]
    wanted = ("unet.mid_block.", *(f"unet.up_blocks.{block}." for block in rising[:1]))
    with torch.enable_grad(), told.stage.recording({name for name in crossing if name.startswith(wanted)}) as maps:
        x = x.detach().requires_grad_()
        told.answer(x)
        felt = energy(maps, placed)
        (slope,) = torch.autograd.grad(felt.sum(), x)
    return felt.detach(), slope
