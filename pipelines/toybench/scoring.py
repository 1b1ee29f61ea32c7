"""Scores of ToyBench's pictures: the studio's metrics, each asked about every subject that belongs in the picture."""

import hashlib
import math
from functools import cached_property
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import catalogue, examples
from pipelines.eyes import Eyes
from pipelines.judging import Case, Judges, Metric, told
from pipelines.spec import Subject
from pipelines.toybench.plan import Ask, Box
from pipelines.toybench.shots import SIDE


class Scoring:
    """The metrics, made ready once for each subject, each box it belongs in, and each company.

    Attributes:
        name: which judges and metrics these are; scores of others are made anew.
        how, labels, better: by metric, how it is measured, its name, and whether "more" or "less" of it is good.
    """

    def __init__(self) -> None:
        self.eyes = Eyes.load()
        self._photos: dict[str, tuple[Tensor, Tensor | None]] = {}
        self._ready: dict[tuple, Judges] = {}

    @cached_property
    def name(self) -> str:
        """The judges' name and a hash of the metrics' code."""
        code = hashlib.sha256()
        for path in sorted((catalogue.HERE / "metrics").glob("*.py")):
            code.update(path.read_bytes())
        return f"{self.eyes.name} {code.hexdigest()[:8]}"

    @cached_property
    def kinds(self) -> dict[str, type[Metric]]:
        """The metrics whose judges are there."""
        found = {name: catalogue.load("metrics", name) for name in catalogue.names("metrics")}
        return {name: kind for name, kind in found.items() if set(kind.looks) <= set(self.eyes.recipes)}

    @property
    def how(self) -> dict[str, str]:
        return {name: told(kind, self.eyes) for name, kind in self.kinds.items()}

    @property
    def labels(self) -> dict[str, str]:
        return {name: kind.label for name, kind in self.kinds.items()}

    @property
    def better(self) -> dict[str, str]:
        return {name: kind.better for name, kind in self.kinds.items()}

    def __call__(self, picture: Path, subjects: tuple[Subject, ...], ask: Ask) -> dict[str, float]:
        """Scores of one picture: of several subjects, the mean over them; what cannot be said is left out."""
        with Image.open(picture) as image:
            pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)[None].float() / 255
        boxes: tuple[Box | None, ...] = ask.boxes or (None,) * len(subjects)
        found = [
            self._judges(one, box, subjects)(pixels, [ask.text])[0] for one, box in zip(subjects, boxes, strict=True)
        ]
        names = [name for name in catalogue.names("metrics") if any(name in one for one in found)]
        scores = {name: fmean(one[name] for one in found if name in one) for name in names}
        return {name: round(value, 4) for name, value in scores.items() if math.isfinite(value)}

    def _judges(self, subject: Subject, box: Box | None, company: tuple[Subject, ...]) -> Judges:
        key = subject.id, box, tuple(one.id for one in company)
        if key not in self._ready:
            photos, masks = self._shown(subject)
            beside = tuple(self._shown(one)[0] for one in company if one.id != subject.id)
            self._ready[key] = Judges(Case(subject, photos, self.eyes, masks, box, beside))
        return self._ready[key]

    def _shown(self, subject: Subject) -> tuple[Tensor, Tensor | None]:
        """Photos (n, 3, S, S) and, where all are marked, masks (n, S, S)."""
        if subject.id not in self._photos:
            seen = examples.gather([subject], SIDE)
            marked = all(subject.trigger in one.masks for one in seen)
            masks = torch.stack([one.masks[subject.trigger] for one in seen]) if marked else None
            self._photos[subject.id] = torch.stack([one.pixels for one in seen]), masks
        return self._photos[subject.id]
