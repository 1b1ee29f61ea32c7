"""What a subject adds to what its noun means, after the text was read: a few numbers, added where the noun is said.

Cones 2's residual token embedding (arXiv 2305.19327, section 3.2): a text encoder that was tuned on the subject, E_θ,
and the original, E_0, read the same sentences; Δ = mean of E_θ(s)_noun − E_0(s)_noun is kept and the tuned encoder is
not. Later, Δ is added to E_0's answer at the noun, which moves no other position, so that residuals of several subjects
go together that were never learnt together.

The taught word stands in the noun's place here: "<pip> robot" is read as "robot", and Δ added. A bare "robot" stays
what it was, and two subjects may share a noun. Each of a noun's tokens has a Δ of its own.
"""

import torch
from torch import Tensor, nn

from pipelines import corpus
from pipelines.conditioning import number
from pipelines.seams import Lesson
from pipelines.spec import Subject


class ResidualToken:
    """Residuals for each subject: those of the network just taught, where there is one, else zeros.

    Args:
        sentences: how many the mean is taken over; 1000 in the paper.
        learn: whether the residuals themselves are trained.
        rate: learning rate; None takes the phase's.
    """

    where, decay, silent = "words+sentences", 0.0, True

    def __init__(self, sentences: int = 256, learn: bool = True, rate: float | None = None):
        self.sentences, self.learn, self.rate = sentences, learn, rate

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """At the token embedding the nouns' own rows; at a text encoder D wide, D numbers for each token of a noun."""
        spelt = {subject: lesson.ids(subject.noun) for subject in lesson.subjects}
        if isinstance(layer, nn.Embedding):
            return _Nouns(spelt, layer.weight)
        wide = layer.config.hidden_size
        if lesson.taught is None:
            return _Residuals(spelt, [torch.zeros(len(ids), wide) for ids in spelt.values()], self.learn)
        if "worked out" not in lesson.shared:
            lesson.shared["worked out"] = _WorkedOut(lesson, self.sentences)
        return _Residuals(spelt, lesson.shared["worked out"].take(wide), self.learn)


class _WorkedOut(nn.Module):
    """Δ of all subjects, as wide as all text encoders together; handed out encoder by encoder."""

    def __init__(self, lesson: Lesson, sentences: int):
        super().__init__()
        self.whole, self.taken = [_residual(subject, lesson, sentences) for subject in lesson.subjects], 0

    def take(self, wide: int) -> list[Tensor]:
        first, self.taken = self.taken, self.taken + wide
        return [rows[:, first : self.taken] for rows in self.whole]


@torch.no_grad()
def _residual(subject: Subject, lesson: Lesson, sentences: int) -> Tensor:
    """Δ (tokens of the noun, D) of one subject."""
    added, said = 0, corpus.about(sentences)
    for begin in range(0, len(said), corpus.AT_ONCE):
        some = said[begin : begin + corpus.AT_ONCE]
        tuned = lesson.taught([one.format(f"{subject.trigger} {subject.noun}") for one in some])
        plain = lesson.listen([one.format(subject.noun) for one in some])
        for row, span in enumerate(tuned.spans):
            at = list(span[subject.trigger])
            added = added + (tuned.text[row, at] - plain.text[row, at]).float()
    return added / len(said)


class _Nouns(nn.Module):
    """Puts the nouns' own rows where the taught words stand."""

    vectors = ()

    def __init__(self, spelt: dict[Subject, list[int]], table: Tensor):
        super().__init__()
        self.words, self.nouns = _said(spelt)
        for k, ids in enumerate(spelt.values()):
            self.register_buffer(f"rows{k}", table[ids].detach().clone(), persistent=False)

    def forward(self, ids: Tensor, y: Tensor) -> Tensor:
        """ids (B, M), y (B, M, D) → y with the nouns put in."""
        for subject, (word, count) in enumerate(self.words.items()):
            rows = getattr(self, f"rows{subject}")
            for k in range(count):
                y = torch.where((ids == number(word, k))[..., None], rows[k].to(y), y)
        return y


class _Residuals(nn.Module):
    def __init__(self, spelt: dict[Subject, list[int]], rows: list[Tensor], learn: bool):
        super().__init__()
        self.words, self.nouns = _said(spelt)
        self.vectors = nn.ParameterList([nn.Parameter(one.clone(), requires_grad=learn) for one in rows])

    def forward(self, ids: Tensor, y: Tensor) -> Tensor:
        """ids (B, M), the encoder's answer y (B, M, D) → y with Δ added at the taught words."""
        for (word, count), rows in zip(self.words.items(), self.vectors, strict=True):
            for k in range(count):
                y = y + (ids == number(word, k))[..., None] * rows[k].to(y)
        return y


def _said(spelt: dict[Subject, list[int]]) -> tuple[dict[str, int], dict[str, str]]:
    """Each trigger with its number of tokens, and with its noun."""
    return {one.trigger: len(ids) for one, ids in spelt.items()}, {one.trigger: one.noun for one in spelt}
