"""Single training steps for tests: photos on disk, examples, and a Glimpse of a tiny model."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pipelines.backbone import Backbone
from pipelines.batches import Batches
from pipelines.events import Silent
from pipelines.examples import Example, Kit, gather
from pipelines.glimpse import Glimpse
from pipelines.seams import Stage
from pipelines.spec import Phase, Photo, Subject

ALL = frozenset({"prediction", "maps", "masks"})


def shot(folder: Path, trigger: str = "<tom>", noun: str = "cat", count: int = 3, masked: bool = True) -> Subject:
    """A subject whose photos show a coloured square on noise, with the square as mask."""
    folder.mkdir(parents=True, exist_ok=True)
    dice, photos = np.random.default_rng(len(noun) + count), []
    for k in range(count):
        pixels = dice.integers(0, 255, (96, 120, 3), dtype=np.uint8)
        mask = np.zeros((96, 120), np.uint8)
        top, left = dice.integers(0, 46, 2)
        mask[top : top + 50, left : left + 50] = 255
        pixels[mask > 0] = (40 * k + 50) % 256, 120, 30
        image, outline = folder / f"{noun}{k}.png", folder / f"{noun}{k}-mask.png"
        Image.fromarray(pixels).save(image)
        Image.fromarray(mask).save(outline)
        photos.append(Photo(str(image), str(outline) if masked else None))
    return Subject(noun, noun.title(), noun, trigger, tuple(photos))


def kit(backbone: Backbone, subjects: tuple[Subject, ...], cache: Path | None = None) -> Kit:
    return Kit(backbone, subjects, Silent(), 0, cache)


def examples(backbone: Backbone, subject: Subject) -> list[Example]:
    return kit(backbone, (subject,)).develop(gather([subject], backbone.size))


def together(backbone: Backbone, one: Subject, two: Subject) -> list[Example]:
    """Their photos, and one whose left half is the first's and whose right half the second's."""
    found = gather([one, two], backbone.size)
    left, right, half = found[0], found[-1], backbone.size // 2
    pixels, masks = torch.cat([left.pixels[..., :half], right.pixels[..., half:]], -1), {}
    for example, side in ((left, slice(half)), (right, slice(half, None))):
        for word, mask in example.masks.items():
            masks[word] = torch.zeros_like(mask)
            masks[word][:, side] = mask[:, side]
    prompt = f"{one.trigger} {one.noun} and {two.trigger} {two.noun}"
    both = Example(prompt, pixels, masks, source="both", subjects=(one, two))
    return kit(backbone, (one, two)).develop([*found, both])


def glimpse(
    backbone: Backbone, found: list[Example], stage: Stage, needs: frozenset[str] = ALL, batch: int = 2
) -> Glimpse:
    """The first step of a phase."""
    subjects = found[0].subjects
    batches = Batches(Phase(1, 1e-3, batch), (0, 0), found, (), needs, kit(backbone, subjects), True)
    return batches.glimpse(stage, 0)
