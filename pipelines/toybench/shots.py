"""Drawn pictures of ToyBench: the photos a method learns from, and the pictures a perfect method would make."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from pipelines import toybox
from pipelines.artefact import replacing
from pipelines.spec import Photo, Subject
from pipelines.toybench.plan import Ask, Toy

PHOTO, SIDE = 256, 128
"""Pixels of a photo, and of a picture."""
FULL = 0.94
"""How much of its box a subject fills where it is as wide or as high as the box."""


def photographed(toy: Toy, room: Path) -> Subject:
    """A subject with its photos and masks in a folder of its own; drawn where they are not there yet."""
    photos = []
    for k, scene in enumerate(toy.photos):
        image, mask = room / toy.id / f"{k}.png", room / toy.id / f"{k}-mask.png"
        styled = toy.kind == "style"
        if not image.exists() or not (styled or mask.exists()):
            picture = toybox.render(scene, PHOTO)
            if not styled:
                keep(Image.fromarray(picture.masks[0].astype(np.uint8) * 255), mask)
            keep(Image.fromarray(picture.pixels), image)
        photos.append(Photo(str(image), None if styled else str(mask)))
    return Subject(toy.id, toy.id.replace("-", " "), toy.noun, toy.trigger, tuple(photos), toy.kind)


def perfect(ask: Ask, seed: int) -> Image.Image:
    """What a perfect method would make of a prompt; `seed` counts from 0. Subjects of a layout fill their boxes."""
    if not ask.boxes:
        return Image.fromarray(toybox.render(ask.truth[seed], SIDE).pixels)
    ground = _empty(ask.truth[0])
    for scene, box in zip(ask.truth, ask.boxes, strict=True):
        x, y, wide, high = (round(share * SIDE) for share in box)
        left, top, right, bottom = toybox.render(scene, SIDE).boxes[0]
        drawn = toybox.render(scene, round(SIDE * FULL * min(wide / (right - left), high / (bottom - top))))
        part = tuple(map(int, drawn.boxes[0]))
        mask = Image.fromarray(drawn.masks[0].astype(np.uint8) * 255).crop(part)
        at = x + (wide - mask.width) // 2, y + (high - mask.height) // 2
        ground.paste(Image.fromarray(drawn.pixels).crop(part), at, mask)
    return ground


def _empty(scene: toybox.Scene) -> Image.Image:
    """The place of a scene with nobody in sight."""
    away = (replace(scene.things[0], at=(400.0, -400.0), size=0.01),)
    return Image.fromarray(toybox.render(replace(scene, things=away), SIDE).pixels)


def keep(image: Image.Image, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with replacing(path) as temporary:
        image.save(temporary, "PNG")
