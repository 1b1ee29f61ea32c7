"""Which regions of a scene take part: those that cannot are found before a picture is begun, and told of.

They stay in the scene, silent, so that the others keep their numbers.
"""

from collections.abc import Collection
from dataclasses import replace

import torch

from pipelines import catalogue, masks, voices
from pipelines.artefact import Header
from pipelines.backbone import Backbone
from pipelines.conditioning import Place, stranger
from pipelines.errors import BadInput
from pipelines.seams import Voice
from pipelines.spec import Region, Scene

Opened = dict[str, tuple[Header, Voice]]
"""Tuned files by path, each opened once."""


def place(region: Region, scene: Scene, backbone: Backbone) -> Place:
    """Where a region is in a scene's picture.

    Raises:
        BadInput: when its mask is gone or unreadable.
    """
    wide, high = scene.width or backbone.size, scene.height or backbone.size
    drawn = None
    if region.mask:
        mask = torch.from_numpy(masks.from_png(region.mask)).float()
        drawn = torch.nn.functional.interpolate(mask[None, None], (high, wide), mode="area")[0, 0]
    return Place(region, high, wide, drawn)


def absent(scene: Scene, backbone: Backbone, opened: Opened | None = None) -> dict[int, BadInput]:
    """By number from 1, the regions that cannot take part: each why, and what to do.

    Args:
        scene: with the sides of its picture. opened: where tuned files are put that were opened; None takes it for
            granted that all can be, and that they know every word.

    Raises:
        BadInput: when a tuned file that speaks in the whole picture, and in no region, cannot be opened.
    """
    lost = {}
    for number, one in enumerate(scene.regions, 1):
        if fault := _fault(one, scene, backbone, opened):
            what, advice = fault
            lost[number] = BadInput(f"Region {number} {what}", advice)
    if opened is None:
        return lost
    rest = without(scene, lost, opened)
    for path, _ in rest.artefacts:
        if path not in opened:
            opened[path] = voices.load(path, backbone)
    how = catalogue.how(scene.how).with_knobs(scene.knobs)
    read = how.read(rest) if any(one.prompt for one in rest.regions) else rest
    for number, one in enumerate(read.regions, 1):
        heard = [path for path in (one.artefact, *(path for path, _ in read.artefacts)) if path]
        known = {word for path in heard for word in opened[path][1].words()}
        away = "" if read.scale == 1 or not one.prompt.strip() else one.negative or read.negative
        if word := stranger(one.prompt, known) or stranger(away, known):
            what = f"Region {number} was left out. Nobody taught it the word {word}."
            lost[number] = BadInput(what, "Choose the subject that answers to it, or say it otherwise.")
    return lost


def without(scene: Scene, lost: Collection[int], opened: Opened | None = None) -> Scene:
    """The scene with some regions silent. Files of regions that could not be opened do not speak elsewhere, either."""
    regions = tuple(
        replace(one, prompt="", artefact=None) if number in lost else one for number, one in enumerate(scene.regions, 1)
    )
    named = {one.artefact for one in scene.regions}
    kept = [one for one in scene.artefacts if opened is None or one[0] in opened or one[0] not in named]
    return replace(scene, regions=regions, artefacts=tuple(kept))


def _fault(region: Region, scene: Scene, backbone: Backbone, opened: Opened | None) -> tuple[str, str] | None:
    """What is wrong, to follow "Region 1", and what to do."""
    if not region.prompt.strip():
        return "has no words and was left out.", "Say what is in it."
    try:
        covers = place(region, scene, backbone).covers(scene.width * scene.height // backbone.factor**2)
        if region.artefact and opened is not None and region.artefact not in opened:
            opened[region.artefact] = voices.load(region.artefact, backbone)
    except BadInput as error:
        return f"was left out. {error.message}", error.advice
    return None if covers else ("is too small, or outside the picture, and was left out.", "Draw it larger.")
