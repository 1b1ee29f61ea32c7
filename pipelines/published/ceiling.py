"""How alike the photos of a subject are among themselves: what a method reaches only by copying."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import torch

from pipelines.cells import content, mark, read, write
from pipelines.scoring import Scoring
from pipelines.spec import Subject

SEEN = {"likeness": "DINO-I", "pictures": "CLIP-I"}
"""Methods of judges that see photos alone, and what the mean of their cosines is called."""


def ceiling(scoring: Scoring, subjects: Sequence[Subject], home: Path) -> str:
    """DINO-I and CLIP-I of real photos, pairs of a photo with itself left out: the mean over a subject's pairs, then
    over subjects. DreamBooth's paper prints .774 and .885 (arXiv 2208.12242, table 1). Each subject is looked at once,
    and kept in `home`.

    Returns:
        A sentence; empty where nobody has two photos, or no judge sees them.
    """
    names = [name for name in SEEN if name in scoring.eyes.recipes]
    found = [_alike(scoring, one, names, home) for one in subjects if len(one.photos) > 1] if names else []
    if not found:
        return ""
    means = ", ".join(f"{SEEN[name]} {fmean(one[name] for one in found):.3f}" for name in names)
    return (
        f"Real photos among themselves, none with itself: {means}, mean over {len(found)} subjects. A photo given "
        "back is compared with itself, too, and so stands higher."
    )


def _alike(scoring: Scoring, subject: Subject, names: Sequence[str], home: Path) -> dict[str, float]:
    key = mark(scoring.name, names, "among themselves", [content(one.image) for one in subject.photos])
    place = home / "sets" / f"{key}.json"
    facts = read(place)
    if facts is None:
        photos = scoring.photos(subject)[0]
        others = ~torch.eye(len(photos), dtype=torch.bool)
        vectors = {name: getattr(scoring.eyes, name)(photos) for name in names}
        write(place, facts := {name: float((x @ x.T)[others].mean()) for name, x in vectors.items()})
    return facts
