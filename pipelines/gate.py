"""Stellar's gate against copying: a picture counts only where the prompt fits it better than it fits the photos.

How much better is measured by the whole run, all its subjects together: so a score is first a line of marks for each
picture, and a number only once the run is complete.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from pipelines.faces import alike
from pipelines.judging import Case

STRICT = 2.0
"""How many deviations better."""
CLOSED = "0 for a picture whose prompt does not fit it better than the photos by two deviations over the whole row."


def passes(made: Tensor, given: Tensor) -> Tensor:
    """Which of N pictures count (arXiv 2312.06116, as its released code has it: strictly above, with the deviation of a
    sample over the whole run).

    Args:
        made: (N,), cosine of each picture and its prompt. given: (N,), of the photos and that prompt.

    Returns:
        (N,) bool. N is at least 2.
    """
    return made > given + STRICT * given.std()


def pooled(marks: Tensor) -> float:
    """The score of a run: the mean over its pictures of what each is worth, 0 where the gate is closed.

    Args:
        marks: (N, 3), of every picture what it is worth, and its and the photos' cosine with the prompt.

    Returns:
        Not a number for fewer than two pictures, which have no deviation.
    """
    worth, made, given = marks.T
    return float((worth.clamp(min=0) * passes(made, given)).mean()) if len(marks) > 1 else math.nan


class Gated:
    """A score of many pictures together, see `pooled`. As it stands, a picture is worth its cosine with its prompt."""

    better: Literal["more", "less"] = "more"

    def __init__(self, case: Case):
        self.eyes, self.photos = case.eyes, case.eyes.pictures(case.photos)

    def __call__(self, pixels: Tensor, prompts: Sequence[str], against: Tensor | None = None) -> float:
        return self.pooled(self.marks(pixels, prompts))

    pooled = staticmethod(pooled)
    """The score of a run from the marks of all its pictures."""

    def marks(self, pixels: Tensor, prompts: Sequence[str]) -> Tensor:
        """(N, 3), see `pooled`, of pixels (N, 3, H, W) made from N prompts."""
        said = self.eyes.sentences(prompts)
        made, given = (self.eyes.pictures(pixels) * said).sum(1), (said @ self.photos.T).mean(1)
        return torch.stack([self.worth(pixels, made), made, given], 1)

    def worth(self, pixels: Tensor, made: Tensor) -> Tensor:
        """(N,): what pictures (N, 3, H, W) count; `made` are their cosines with their prompts."""
        return made


class GatedWho(Gated):
    """What a picture is worth is how sure it shows who the photos show: cosines to the photos, (N, photos), made one by
    `among`."""

    looks = ("pictures", "sentences", "identity")
    among: Callable[[Tensor], Tensor]

    def __init__(self, case: Case):
        super().__init__(case)
        self.known = self.see(case.photos)

    def worth(self, pixels: Tensor, made: Tensor) -> Tensor:
        return self.among(self.cosines(self.see(pixels)))

    def see(self, pixels: Tensor) -> Any:
        return self.eyes.identity(pixels)

    def cosines(self, seen: Any) -> Tensor:
        return seen @ self.known.T


class GatedFaces(GatedWho):
    """The same of faces, of which pictures and photos may show none or several; for people."""

    looks = ("pictures", "sentences", "faces")

    def see(self, pixels: Tensor) -> Any:
        return self.eyes.faces(pixels)

    def cosines(self, seen: Any) -> Tensor:
        return alike(seen, self.known)
