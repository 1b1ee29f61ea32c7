"""The four sample subjects that come with the studio, as photo shoots: Pip, Dot, Juno and Comet.

`write(folder)` makes `assets/samples` again: a folder a subject with four photos of 384 pixels and `subject.json`. They
are individuals of the validation split, so nothing was trained on them.
"""

import json
from dataclasses import replace
from pathlib import Path

from PIL import Image

from pipelines import toybox
from pipelines.toybox.stage import framed

SUBJECTS = {"Pip": ("robot", 12), "Dot": ("duck", 11), "Juno": ("cat", 1), "Comet": ("rocket", 8)}
"""Name of each subject, its class, and which individual of the class it is."""
PLACES = ("grass", "wooden floor", "snow", "beach")
SIDE = 384
EMPTY = ("beach", "snow", "wooden floor", "moon")
"""The places the first run offers, shown with nobody in them."""


def write(folder: Path) -> dict:
    """Draw every sample subject standing by day in four places.

    Returns:
        {"out", "subjects"}.
    """
    for name, (noun, individual) in SUBJECTS.items():
        home = folder / name.lower()
        home.mkdir(parents=True, exist_ok=True)
        who = toybox.subject(noun, individual, "validation")
        for k, scene in enumerate(toybox.shoot(who, len(PLACES), individual, PLACES)):
            things = (replace(scene.things[0], pose="standing"),)
            camera = framed(things, scene.camera, 0.8, (0.0, 0.0))
            plain = replace(scene, things=things, camera=camera, light="day", weather="clear")
            Image.fromarray(toybox.render(plain, SIDE).pixels).save(home / f"{k:02d}.png", optimize=True)
        facts = {"name": name, "noun": noun, "trigger": f"<{name.lower()}>"}
        (home / "subject.json").write_text(json.dumps(facts, indent=1) + "\n")
    _places(folder / "places")
    return {"out": str(folder), "subjects": list(SUBJECTS), "places": list(EMPTY)}


def _places(home: Path) -> None:
    """Draw places by day with nothing in sight; the one thing a scene needs stands far away."""
    home.mkdir(exist_ok=True)
    scene = toybox.draw(1, "validation", count=1, style="photo")
    away = (replace(scene.things[0], at=(400.0, -400.0), size=0.01),)
    camera = replace(scene.camera, lift=9.0)
    for place in EMPTY:
        empty = replace(scene, things=away, camera=camera, place=place, light="day", weather="clear")
        file = home / f"{place.replace(' ', '-')}.png"
        Image.fromarray(toybox.render(empty, SIDE // 2).pixels).save(file, optimize=True)
