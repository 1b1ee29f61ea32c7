"""The toybox: a small rendered world whose every picture comes with its exact truth. Needs no torch.

scene = toybox.draw(7)                 # everything follows from a seed
picture = toybox.render(scene)         # pixels, masks, boxes
words = toybox.caption(scene)          # a sentence about it
who = toybox.subject("robot", 3)       # one particular robot
scenes = toybox.shoot(who, 5)          # five photos of it
"""

from pipelines.toybox.captions import caption, with_article
from pipelines.toybox.draw import SPLITS, Dice, ToySubject, draw, shoot, subject
from pipelines.toybox.identity import PATTERNS, SIZE
from pipelines.toybox.palette import NAMES as COLOURS
from pipelines.toybox.render import Picture, render
from pipelines.toybox.scene import (
    ACCESSORIES,
    EXPRESSIONS,
    GREY_STYLES,
    LIGHTS,
    OUTDOORS,
    PLACES,
    POSES,
    RELATIONS,
    STYLES,
    WEATHERS,
    Camera,
    Scene,
    Thing,
)  # fmt: skip
from pipelines.toybox.things import FACED, FAMILIES, LIMBED, NOUNS, PEOPLE, family

__all__ = [
    "ACCESSORIES", "COLOURS", "Camera", "Dice", "EXPRESSIONS", "FACED", "FAMILIES", "GREY_STYLES", "LIGHTS", "LIMBED",
    "NOUNS", "OUTDOORS", "PATTERNS", "PEOPLE", "PLACES", "POSES", "Picture", "RELATIONS", "SIZE", "SPLITS", "STYLES",
    "Scene", "Thing", "ToySubject", "WEATHERS", "caption", "draw", "family", "render", "shoot", "subject",
    "with_article",
]  # fmt: skip
