"""Where each subject is looked for: its share of the attention in every cell of the picture, without a second run."""

import base64
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from pipelines.conditioning import Conditioning, Place
from pipelines.denoise import At
from pipelines.seams import Call

SIDE = 48  # cells along both sides of a map


@dataclass(frozen=True)
class Sought:
    """One subject: the number it is shown under, the words it is named in, which of them name it, and its voices."""

    number: int
    words: Conditioning
    positions: tuple[int, ...]
    voices: dict[str, float]


class Heat:
    """An attention operation that only listens: every cell is asked how much it would heed each subject's words, with
    the subject's own voices, also where another region speaks.

    Args:
        height, width: of the picture in pixels.
    """

    def __init__(self, height: int, width: int):
        self.height, self.width = height, width
        self.sought: tuple[Sought, ...] = ()
        self._sums: dict[int, Tensor] = {}
        self._before: dict[int, Tensor] = {}

    def seek(self, at: At) -> None:
        """Look for the regions of a run, or, where it has none, for the taught words of its prompt."""
        told = at.told()
        last = told.words.rows([len(told.words.text) - 1])
        spans = last.spans[0].values() if last.spans else ()
        words = [Sought(k, last, span, told.voices) for k, span in enumerate(spans, 1) if span]
        self.sought = tuple(_region(one, told) for one in told.regions) or tuple(words)

    def __call__(self, call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
        if call.site.kind == "cross":
            for one in self.sought:
                self._add(one, call)
        return proceed(call)

    @torch.no_grad()
    def _add(self, one: Sought, call: Call) -> None:
        asked = replace(call, hidden=call.hidden[-1:], context=one.words.text)
        with call.stage.speaking(one.voices):
            shares = call.stage.scores(asked).softmax(-1)
        seen = shares[0, :, :, list(one.positions)].sum(-1).mean(0).float()
        side = math.sqrt(self.height * self.width / len(seen))
        grid = seen.view(1, 1, round(self.height / side), round(self.width / side))
        drawn = F.interpolate(grid, (SIDE, SIDE), mode="bilinear")[0, 0].cpu()
        self._sums[one.number] = self._sums.get(one.number, 0) + drawn

    def maps(self) -> tuple[dict[str, Any], ...]:
        """For each subject {"number", "image", "now"}: grey PNGs as base64 text, the strongest cell white. `image`
        is the mean over steps, layers and heads so far, `now` that of what was heard since the last call: one step."""
        told = tuple(
            {"number": number, "image": _png(total), "now": _png(total - self._before.get(number, 0))}
            for number, total in self._sums.items()
        )
        self._before = dict(self._sums)
        return told

    def inside(self, places: Mapping[int, Place]) -> dict[int, float]:
        """For each subject with a place, by number, the share of its attention so far that lies there, 0 to 1."""
        found = {}
        for number in self._sums.keys() & places.keys():
            total = self._sums[number]
            found[number] = float((total * places[number].share(SIDE, SIDE)).sum() / total.sum().clamp(min=1e-12))
        return found


def _region(one, told: At) -> Sought:
    """The taught words of a region, or all of its words where none is taught."""
    words = one.words.rows([len(one.words.text) - 1])
    taught = tuple(p for span in words.spans[0].values() for p in span) if words.spans else ()
    return Sought(one.number, words, taught or tuple(range(1, words.ends[0])), {**told.voices, **one.voices})


def _png(values: Tensor) -> str:
    low, high = values.min(), values.max()
    grey = ((values - low) / (high - low).clamp(min=1e-8) * 255).round().byte().numpy()
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
