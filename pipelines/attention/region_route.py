"""Each region of the picture listens to its own words.

Mix-of-Show's regionally controllable sampling (arXiv 2305.18292, section 3.3): in every cross-attention, the cells of
a region ask the region's prompt instead of the picture's; where regions overlap, their answers are averaged. Here a
region also brings its own voices, so that each subject is spoken by the artefact that knows it.
"""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from pipelines.seams import Call


class RegionRoute:
    """Answers for covered cells come from the region's words; see `conditioning.Place` for which cells those are."""

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
        """(B, N, C) → (B, N, C); a region's strength below 1 blends with the picture's own words."""
        out = proceed(call)
        portions = call.stage.portions
        if call.site.kind == "self" or not portions:
            return out
        shares = [portion.place.on(call.hidden.shape[1], out) for portion in portions]
        total = sum(shares)
        out = out * (1 - total.clamp(max=1))
        for portion, share in zip(portions, shares, strict=True):
            cells = share[:, 0].nonzero()[:, 0]
            if len(cells):
                inside = replace(call, hidden=call.hidden[:, cells], context=portion.text, bias=None, edit=None)
                with call.stage.speaking({**call.stage.everywhere, **portion.voices}):
                    answer = proceed(inside)
                out = out.index_add(1, cells, answer * (share / total.clamp(min=1))[cells])
        return out
