"""What a benchmark notes of its people's faces, with readers that learnt it from their photos."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from pipelines.cells import code, content, mark, read, write
from pipelines.readers import Noted, taught
from pipelines.scoring import Scoring
from pipelines.spec import Photo, Subject
from pipelines.suites import Suite


class NotedFaces:
    """Of one benchmark, by one judge of faces; learnt when first asked, and kept where cells are."""

    def __init__(self, scoring: Scoring, suite: Suite, home: Path):
        self.scoring, self.suite, self.home = scoring, suite, home

    def of(self, subject: Subject) -> Noted | None:
        """What is noted of the photo that stands for a person; None where nothing is, or nobody can read faces."""
        truth = self.suite.noted.get(subject.photos[0].image) if subject.photos else None
        if truth is None or "faces" not in self.scoring.eyes.recipes or self._weights is None:
            return None
        return Noted(truth, self._weights)

    @cached_property
    def name(self) -> str:
        """A name for all that its readers follow from."""
        noted = [[content(one.image), self.suite.noted[one.image]] for _, one in self._photos]
        return mark("noted", self.scoring.eyes.name, code("set_metrics"), noted)

    @property
    def _photos(self) -> list[tuple[Subject, Photo]]:
        return [(who, one) for who in self.suite.subjects for one in who.photos if one.image in self.suite.noted]

    @cached_property
    def _weights(self) -> Tensor | None:
        """None where no photo shows a face."""
        place = self.home / "sets" / f"{self.name}.json"
        facts = read(place)
        if facts is None:
            found = [(faces[0], self.suite.noted[one.image]) for who, one in self._photos
                     if len(faces := self._faces(who, one))]  # fmt: skip
            learnt = (
                [torch.stack([face for face, _ in found]), torch.tensor([truth for _, truth in found])] if found else ()
            )
            write(place, facts := {"weights": taught(*learnt).tolist() if found else []})
        return torch.tensor(facts["weights"]) if facts["weights"] else None

    def _faces(self, who: Subject, photo: Photo) -> Tensor:
        pixels, _ = self.scoring.photos(replace(who, photos=(photo,)))
        return self.scoring.eyes.faces(pixels)[0]
