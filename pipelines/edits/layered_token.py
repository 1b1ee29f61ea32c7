"""A word of two parts that means something else in each cross-attention: one vector for every layer and part.

Mix-of-Show's ED-LoRA embedding (arXiv 2305.18292, section 3.2), after P+ (arXiv 2303.09522): the first part starts
at random and takes in what this subject is, the second starts as the class noun, in whose place it is said. Use it
where one vector holds too little and the model's own words should still work around it.
"""

import torch
from torch import Tensor, nn

from pipelines.conditioning import number
from pipelines.seams import Lesson

PARTS = 2


class LayeredToken:
    """Two vectors a layer for each subject; the noun after the word is taken into it.

    Args:
        spread: how far the random part starts from zero, in units of the table's own spread; the paper's σ of 0.013 is
            1 for Stable Diffusion's table.
        apart: whether the random part is drawn anew for each layer (the authors' research code) or once for all.
        ceiling: once the vectors' mean length is this many times that of the table's rows, they learn no more, as in
            the authors' code (0.55 there, about 1.5 times); None never stops them.
        rate: learning rate of the vectors; None takes the phase's.
    """

    where, decay, silent = "words", 0.0, False

    def __init__(
        self, spread: float = 1.0, apart: bool = False, ceiling: float | None = None, rate: float | None = None
    ):
        self.spread, self.apart, self.ceiling, self.rate = spread, apart, ceiling, rate

    def build(self, layer: nn.Embedding, lesson: Lesson) -> nn.Module:
        """Words for the subjects of a lesson, as wide as the token embedding `layer` (V, D)."""
        table, depth = layer.weight.float(), lesson.depth
        grown = []
        for subject in lesson.subjects:
            drawn = torch.randn(depth if self.apart else 1, table.shape[1], generator=lesson.chance).to(table)
            rare = (drawn * table.std(0).mean() * self.spread).expand(depth, -1)
            noun = table[lesson.ids(subject.noun)].mean(0).expand(depth, -1)
            grown.append(nn.Parameter(torch.stack([rare, noun], dim=1).contiguous()))
        stop = None if self.ceiling is None else self.ceiling * float(table.norm(dim=1).mean())
        return _Words([(s.trigger, s.noun) for s in lesson.subjects], grown, stop)


class _Words(nn.Module):
    """`vectors` holds (layers, parts, D) for each subject."""

    def __init__(self, subjects: list[tuple[str, str]], vectors: list[nn.Parameter], stop: float | None):
        super().__init__()
        self.vectors, self.nouns, self.stop = nn.ParameterList(vectors), dict(subjects), stop
        self.words = dict.fromkeys(self.nouns, PARTS)
        self.deep = {word: len(rows) for word, rows in zip(self.nouns, vectors, strict=True)}

    def forward(self, ids: Tensor, y: Tensor) -> Tensor:
        """ids (R, M), a row for each layer, with taught words negative; y (R, M, D) → y with the words put in."""
        for word, rows in zip(self.words, self.vectors, strict=True):
            flat = rows.flatten(0, 1)
            k = number(word, 0) - ids
            here = (k >= 0) & (k < len(flat))
            if here.any():
                if self.stop is not None and float(flat.detach().norm(dim=1).mean()) >= self.stop:
                    flat = flat.detach()
                y = torch.where(here[..., None], flat[k.clamp(0, len(flat) - 1)].to(y.dtype), y)
        return y
