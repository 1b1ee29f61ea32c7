"""Reading what a toy picture shows, each thing where it stands: the heads of the oracles that name things.

Every cell of the tower's map tells which class it shows and the attributes of that thing, learnt from the exact masks;
the whole picture tells place, style, light and weather. So two things in one picture are read apart, with their sides.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pipelines import toybox
from pipelines.starter.tower import Tower

THINGS = {
    "noun": toybox.NOUNS,
    "colour": toybox.COLOURS,
    "pattern": toybox.PATTERNS,
    "second": toybox.COLOURS,
    "pose": toybox.POSES,
    "accessory": ("", *toybox.ACCESSORIES),
    "expression": ("", *toybox.EXPRESSIONS),
}
"""What is read of a thing; `second` is the colour of its pattern, which captions never name."""
WHOLE = {"place": toybox.PLACES, "style": toybox.STYLES, "light": toybox.LIGHTS, "weather": toybox.WEATHERS}
"""What is read of a picture."""
WORDS = THINGS | WHOLE
COLOUR = list(THINGS).index("colour")
MOST = 4
"""Things a picture may hold."""
BLANK = -1


class Reader(nn.Module):
    """Reads a tower's map of features (B, 256, h, w)."""

    def __init__(self):
        super().__init__()
        self.norm, self.pooled = nn.GroupNorm(1, Tower.WIDTH), nn.LayerNorm(Tower.WIDTH)
        self.cells = nn.Conv2d(Tower.WIDTH, 1 + sum(map(len, THINGS.values())), 1)
        self.whole = nn.Linear(Tower.WIDTH, sum(map(len, WHOLE.values())))

    def forward(self, features: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Logits of every cell by the names of THINGS, (B, K, h, w) with one more noun at the end for no thing; logits
        of the whole by the names of WHOLE, (B, K)."""
        flat = self.cells(self.norm(features)).float()
        sizes = [len(toybox.NOUNS) + 1, *(len(k) for k in list(THINGS.values())[1:])]
        whole = self.whole(self.pooled(features.mean((2, 3)))).float()
        return (
            dict(zip(THINGS, flat.split(sizes, 1), strict=True)),
            dict(zip(WHOLE, whole.split([len(k) for k in WHOLE.values()], 1), strict=True)),
        )

    def cover(self, features: Tensor) -> Tensor:
        """(B, 24, h, w): how surely each cell shows each class."""
        return self(features)[0]["noun"].softmax(1)[:, :-1]

    def read(self, features: Tensor) -> dict[str, Tensor]:
        """Probabilities (B, K) by the names of WORDS, of the main thing where they belong to a thing.

        Beside them, for pictures of several: `there` (B, 24), how surely each class is in the picture; `side` (B, 24),
        where it stands across it, from -1 at the left to 1, and `down` (B, 24), from -1 at the top to 1; `colour of`
        (B, 24, colours) and `pattern of`, of the thing of each class.
        """
        cells, whole = self(features)
        nouns = cells["noun"].softmax(1)
        mass = 1 - nouns[:, -1:]
        shown = nouns[:, :-1].flatten(2)
        found = {"noun": shown.sum(-1) / shown.sum((1, 2))[:, None].clamp(min=1e-6)}
        high, wide = nouns.shape[2:]
        across = torch.linspace(-1, 1, wide, device=features.device).repeat(high)
        down = torch.linspace(-1, 1, high, device=features.device).repeat_interleave(wide)
        share = shown / shown.sum(-1, keepdim=True).clamp(min=1e-6)
        for name in list(THINGS)[1:]:
            spread = cells[name].log_softmax(1)
            found[name] = ((spread * mass).sum((2, 3)) / mass.sum((2, 3))).softmax(1)
            if name in ("colour", "pattern"):
                found[f"{name} of"] = torch.einsum("bnc,bkc->bnk", share, spread.flatten(2)).softmax(-1)
        found |= {name: logits.softmax(1) for name, logits in whole.items()}
        where = {"side": (share * across).sum(-1), "down": (share * down).sum(-1)}
        return found | {"there": shown.topk(2, -1).values.mean(-1)} | where


def labels(notes: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    """The pool's notes as numbers: of things (N, MOST, len(THINGS)) and of pictures (N, len(WHOLE)), int8, `BLANK` for
    what is not there or does not show."""
    count = len(notes)
    things, whole = np.full((count, MOST, len(THINGS)), BLANK, np.int8), np.empty((count, len(WHOLE)), np.int8)
    for k, note in enumerate(notes):
        whole[k] = [words.index(note[name]) for name, words in WHOLE.items()]
        for n, thing in enumerate(note["things"]):
            things[k, n] = [words.index(thing[name]) if name in thing else BLANK for name, words in THINGS.items()]
        if note["style"] in toybox.GREY_STYLES:
            things[k, :, COLOUR] = BLANK
    return things, whole


def cells(owner: Tensor, side: int) -> Tensor:
    """The share of each of the side x side cells that each thing covers: owner (B, S, S) to (B, MOST, side, side)."""
    names = torch.arange(1, MOST + 1, device=owner.device, dtype=owner.dtype)
    return F.adaptive_avg_pool2d((owner[:, None] == names[:, None, None]).float(), side)


def loss(reader: Reader, features: Tensor, shares: Tensor, things: Tensor, whole: Tensor) -> tuple[Tensor, dict]:
    """How wrong the reader is, and how often it is right about pictures of one thing.

    Args:
        features: (B, 256, h, w). shares: (B, MOST, h, w), what each thing covers of each cell. things: (B, MOST, names)
            and whole: (B, names), int64, as `labels` gives them.
    """
    found, about = reader(features)
    value, right = torch.zeros((), device=features.device), {}
    alone = (things[:, :, 0] >= 0).sum(1) == 1
    for place, (name, logits) in enumerate(found.items()):
        label = things[:, :, place]
        known = (label >= 0)[:, :, None, None] * shares
        if name == "noun":
            value = value + _thing_or_none(logits, known.sum(1))
            logits = logits[:, :-1]
        goal = torch.zeros_like(logits)
        goal.scatter_add_(1, label.clamp(min=0)[:, :, None, None].expand_as(shares), known)
        wrong = -(goal * logits.log_softmax(1)).sum((1, 2, 3)) / goal.sum((1, 2, 3)).clamp(min=1.0)
        value = value + wrong.mean() * (1.0 if name in ("noun", "colour", "pattern") else 0.4)
        told = logits.softmax(1) * shares[:, :1]
        seen = alone & (label[:, 0] >= 0)
        right[name] = ((told.sum((2, 3)).argmax(1) == label[:, 0]) & seen).sum() / seen.sum().clamp(min=1)
    for place, (name, logits) in enumerate(about.items()):
        value = value + F.cross_entropy(logits, whole[:, place]) * (0.5 if name in ("place", "style") else 0.2)
        right[name] = (logits.argmax(1) == whole[:, place]).float().mean()
    return value, right


def _thing_or_none(logits: Tensor, share: Tensor) -> Tensor:
    """How badly cells (B, 25, h, w) tell by how much (B, h, w) a thing covers them."""
    thing, none = logits[:, :-1].logsumexp(1), logits[:, -1]
    return F.binary_cross_entropy_with_logits(thing - none, share)
