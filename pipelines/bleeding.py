"""Who is in which region of a finished picture, and what of whom shows where it should not.

A region is cut out along its box, and the identity judge compares it with each subject's photos. A cosine alone says
little, for some subjects resemble each other to begin with; so it is set between two known ends:

    b(r, s) = (cos(r, s) - c) / (w_s - c),    c: what the photos of whom r belongs to score with s's photos,
                                              w_s: what s's photos score with each other.

0 is no more of s than belongs there anyhow, 1 is as much as s itself. On rendered toys b(r, s) is 0 within 0.1 on
average where r holds its own subject, and 1 where it holds s instead, also for two of one class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipelines import examples
from pipelines.conditioning import Place
from pipelines.crop import cut
from pipelines.errors import BadInput, EmptyMask, MissingWeights
from pipelines.eyes import Eyes
from pipelines.heat import Heat
from pipelines.spec import Region, Subject

SIDE = 96  # pixels along a photo that is compared
GRID = 64  # cells along both sides, to measure a region's room
LEAST = 0.05  # the two ends are kept at least so far apart, for subjects that no judge tells apart


@dataclass(frozen=True)
class Found:
    """What is seen of one region.

    Fields:
        number: of the region, from 1. room: its share of the picture. inside: the share of its words' attention that
            lies inside, or None where it was not watched.
        subject: id of whom belongs there, empty for nobody known. own: how much of them is there, 0 to 1, or None.
        others: id → how much of another subject shows there, 0 to 1.
    """

    number: int
    room: float
    inside: float | None = None
    subject: str = ""
    own: float | None = None
    others: dict[str, float] | None = None

    def told(self) -> dict[str, Any]:
        """Plain JSON, rounded to three places."""
        numbers = {"room": self.room, "inside": self.inside, "own": self.own}
        rounded = {name: None if value is None else round(value, 3) for name, value in numbers.items()}
        others = {one: round(value, 3) for one, value in (self.others or {}).items()}
        return {"number": self.number, **rounded, "subject": self.subject, "others": others}


def seen(cuts: Sequence[Tensor], photos: Sequence[Tensor], owner: Sequence[int], eyes: Eyes) -> Tensor:
    """b(r, s), (R, S), not clamped.

    Args:
        cuts: R parts of a picture, (3, H, W) each. photos: of S subjects, (n, 3, H, W) each. owner: which of the
            subjects belongs in each part.
    """
    here = torch.cat([eyes.identity(cut[None]) for cut in cuts])
    known = [eyes.identity(shots) for shots in photos]
    alike = torch.stack([torch.stack([(one @ other.T).mean() for other in known]) for one in known])
    itself = torch.stack([_within(one) for one in known])
    rows = []
    for vector, who in zip(here, owner, strict=True):
        shown = torch.stack([(other @ vector).mean() for other in known])
        strangers = [alike[k, who] for k in range(len(known)) if k != who]
        floor = alike[who].clone()
        floor[who] = torch.stack(strangers).mean() if strangers else 0.0
        rows.append((shown - floor) / (itself - floor).clamp(min=LEAST))
    return torch.stack(rows)


def _within(known: Tensor) -> Tensor:
    """What the photos (n, D) of one subject score with each other; a single one with itself."""
    others = ~torch.eye(len(known), dtype=torch.bool)
    return (known @ known.T)[others].mean() if len(known) > 1 else torch.ones(())


def find(
    regions: Sequence[tuple[int, Region, Place, str]], subjects: Sequence[Subject], pixels: Tensor, heat: Heat | None
) -> list[Found]:
    """Look at every region of a picture.

    Args:
        regions: number, region, place, and the id of whom belongs there (empty for nobody known).
        subjects: with their photos; those without are not compared. pixels: (3, H, W), 0 to 1.
    """
    rooms = {number: float(place.share(GRID, GRID).mean()) for number, _, place, _ in regions}
    inside = heat.inside({number: place for number, _, place, _ in regions}) if heat else {}
    people = {one.id: shots for one in subjects if (shots := _photos(one)) is not None}
    peopled = [one for one in regions if one[3] in people]
    shown = _compared(peopled, people, pixels)
    found = []
    for number, _, _, who in regions:
        row = shown.get(number, {})
        others = {other: value for other, value in row.items() if other != who}
        found.append(Found(number, rooms[number], inside.get(number), who, row.get(who), others))
    return found


def _compared(peopled: Sequence[tuple], people: dict[str, Tensor], pixels: Tensor) -> dict[int, dict[str, float]]:
    """Region number → subject id → how much of them is there, 0 to 1."""
    if not peopled:
        return {}
    names = list(dict.fromkeys(who for *_, who in peopled))
    try:
        eyes = Eyes.load()
    except MissingWeights:
        return {}
    cuts = [cut(pixels, region.box) for _, region, _, _ in peopled]
    values = seen(cuts, [people[who] for who in names], [names.index(who) for *_, who in peopled], eyes).clamp(0, 1)
    return {one[0]: dict(zip(names, row.tolist(), strict=True)) for one, row in zip(peopled, values, strict=True)}


def _photos(subject: Subject) -> Tensor | None:
    """(n, 3, S, S), cut around the subject; None where none can be used, or it is a style, which is nowhere."""
    if not subject.photos or subject.kind == "style":
        return None
    try:
        return torch.stack([one.pixels for one in examples.gather([subject], SIDE)])
    except (BadInput, EmptyMask):
        return None
