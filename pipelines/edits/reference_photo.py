"""One photo of each subject stays in the artefact, for what looks at a reference when pictures are made.

Kept as latents, with its mask on their grid; nothing of it is learnt. Encoders read it, see `references`.
"""

import torch
from torch import Tensor, nn

from pipelines.errors import BadInput
from pipelines.examples import Example, gather, on_grid
from pipelines.seams import Lesson, Stage
from pipelines.spec import Subject


class ReferencePhoto:
    """Holds a photo, cut around its subject as for training.

    Args:
        which: which of the photos, from 1.
        white: whether what is outside the mask becomes white first.
    """

    where, rate, decay, silent, learns = "pictures", None, 0.0, True, False

    def __init__(self, which: int = 1, white: bool = False):
        self.which, self.white = which, white

    def build(self, layer: nn.Module, lesson: Lesson) -> nn.Module:
        """Latents (C, h, w) and a mask (h, w) for each subject; zeros where they will be read from a file."""
        held = [self._held(subject, lesson) for subject in lesson.subjects]
        return _Photos(lesson.subjects, *zip(*held, strict=True))

    def _held(self, subject: Subject, lesson: Lesson) -> tuple[Tensor, Tensor]:
        if not lesson.fresh or not subject.photos:
            return torch.zeros(lesson.latent), torch.ones(lesson.latent[1:])
        if self.which > len(subject.photos):
            advice = f"It goes from 1 to {len(subject.photos)}."
            raise BadInput(f"{subject.name} has no photo {self.which} to be the reference.", advice)
        alone = Subject(subject.id, subject.name, subject.noun, subject.trigger, subject.photos[self.which - 1 :][:1])
        (example,) = gather([alone], lesson.side)
        return lesson.develop(self._pixels(example)[None])[0].float().cpu(), _mask(example, lesson.latent[1:])

    def _pixels(self, example: Example) -> Tensor:
        mask = example.mask()
        return example.pixels if mask is None or not self.white else example.pixels * mask + (1 - mask)


def _mask(example: Example, grid: tuple[int, ...]) -> Tensor:
    mask = example.mask()
    return torch.ones(grid) if mask is None else on_grid(mask[None], *grid)[0]


class _Photos(nn.Module):
    def __init__(self, subjects: tuple[Subject, ...], photos: tuple[Tensor, ...], masks: tuple[Tensor, ...]):
        super().__init__()
        self.nouns_of = {one.trigger: one.noun for one in subjects}
        self.triggers = list(self.nouns_of)
        self.photos, self.masks = (
            nn.ParameterList([nn.Parameter(one, requires_grad=False) for one in held]) for held in (photos, masks)
        )

    def caption(self, subject: int, stage: Stage) -> str:
        """What a subject's photo shows, in words that those who speak know."""
        word = self.triggers[subject]
        said = f"{word} {self.nouns_of[word]}" if word in stage.lexicon() else f"a {self.nouns_of[word]}"
        return f"a photo of {said}"
