"""A new word: vectors that the text encoder reads in place of the trigger.

Textual Inversion (arXiv 2208.01618, section 4): the only thing learnt is the embedding of one pseudo-word. Only these
rows exist here, so no other word can drift, whatever the optimiser does. Without learning, it is DreamBooth's rare
identifier (arXiv 2208.12242, section 3.2): a word with no meaning of its own.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pipelines.conditioning import number
from pipelines.seams import Lesson


class Token:
    """One word for each subject.

    Args:
        vectors: token positions the word takes, 1 or more; a list holds one number for each subject.
        start: "noun" starts as the mean of the class noun's rows, "rare" as a random row of the table's own spread.
        learn: whether the vectors are trained.
        rate: learning rate of the vectors; None takes the phase's.
        instead: whether the word says its noun too, so that a noun after it is left out.
    """

    where, decay, silent = "words", 0.0, False

    def __init__(
        self,
        vectors: int | Sequence[int] = 1,
        start: str = "noun",
        learn: bool = True,
        rate: float | None = None,
        instead: bool = False,
    ):
        self.vectors, self.start, self.learn, self.rate, self.instead = vectors, start, learn, rate, instead

    def build(self, layer: nn.Embedding, lesson: Lesson) -> nn.Module:
        """Words for the subjects of a lesson, as wide as the token embedding `layer` (V, D)."""
        rows = [self._row(layer.weight.float(), lesson, subject.noun) for subject in lesson.subjects]
        counts = [self.vectors] * len(rows) if isinstance(self.vectors, int) else self.vectors
        pairs = zip(rows, counts, strict=True)
        vectors = [nn.Parameter(row.expand(count, -1).clone(), requires_grad=self.learn) for row, count in pairs]
        anchors = torch.stack([layer.weight.float()[lesson.ids(subject.noun)].mean(0) for subject in lesson.subjects])
        nouns = {subject.trigger: subject.noun for subject in lesson.subjects if self.instead}
        return _Words([subject.trigger for subject in lesson.subjects], vectors, nouns, anchors)

    def _row(self, table: Tensor, lesson: Lesson, noun: str) -> Tensor:
        if self.start == "noun":
            return table[lesson.ids(noun)].mean(0)
        drawn = torch.randn(table.shape[1], generator=lesson.chance).to(table)
        return table.mean(0) + table.std(0) * drawn


class _Words(nn.Module):
    """`anchors` (subjects, D) are the class nouns' own vectors, for who wants to know how far a word has strayed."""

    def __init__(self, triggers: list[str], vectors: list[nn.Parameter], nouns: dict[str, str], anchors: Tensor):
        super().__init__()
        self.register_buffer("anchors", anchors, persistent=False)
        self.nouns = nouns
        self.vectors = nn.ParameterList(vectors)
        self.words = {trigger: len(rows) for trigger, rows in zip(triggers, vectors, strict=True)}

    def forward(self, ids: Tensor, y: Tensor) -> Tensor:
        """ids (B, M) with taught words negative, y (B, M, D) → y with the words put in."""
        for (trigger, count), rows in zip(self.words.items(), self.vectors, strict=True):
            for k in range(count):
                here = (ids == number(trigger, k))[..., None]
                y = torch.where(here, rows[k].to(y.dtype), y)
        return y
