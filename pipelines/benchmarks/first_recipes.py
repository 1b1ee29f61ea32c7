"""The first recipes on eight test subjects: how surely each is known again, how well words still count, at what cost.

Every recipe sees five photos with masks. Identity: in the identity judge's space, whether a picture's nearest among 16
subjects of the class is the one that was taught. Prompt-following: the share of what the prompt names (class, place,
style, and what it wears or does) that the oracles read in the picture. The base speaks the class word alone.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from pipelines import run as door
from pipelines import toybox
from pipelines.benchmarks.drawing import draw, pictures, pixels
from pipelines.benchmarks.figures import Figure, figure, mean, share
from pipelines.benchmarks.parts import Parts
from pipelines.events import Silent
from pipelines.eyes import Eyes
from pipelines.spec import Photo, Scene, Subject
from pipelines.tasks import Tune
from pipelines.toybox.stage import framed

NOUNS = ("robot", "duck", "cat", "penguin", "car", "castle", "teapot", "girl")
RECIPES = ("textual_inversion", "dreambooth", "dreambooth_lora")
OTHERS, PHOTOS, STEPS, SIDE = 16, 5, 25, 256
TAUGHT, SHOWN = 0, 700
"""Shoots: the one that is taught, and the first of those that the judge knows subjects from. They are not the same, or
a copied photo would count as a likeness."""
PROMPTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("a photo of {} on a beach", {"place": "beach", "style": "photo"}),
    ("a watercolour of {} in the snow", {"place": "snow", "style": "watercolour"}),
    ("a photo of {} wearing a top hat in a kitchen", {"place": "kitchen", "accessory": "top hat"}),
    ("a cartoon of {} on grass", {"place": "grass", "style": "cartoon"}),
    ("a photo of {} on the moon", {"place": "moon", "style": "photo"}),
    ("a photo of {} upside down in a studio", {"place": "studio", "pose": "upside down"}),
    ("an oil painting of {} in a forest", {"place": "forest", "style": "oil painting"}),
    ("a photo of {} on a wooden floor", {"place": "wooden floor", "style": "photo"}),
)
"""What is asked, and what of it the oracles can confirm beside the class."""
HOPED = {"identity": 0.60, "kept": 0.85, "seconds": 60.0}
"""What DreamBooth-LoRA should reach: identity, the share of the base's prompt-following, and seconds."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """Figures of the base and of every recipe."""
    nouns, prompts = (NOUNS[:2], PROMPTS[:4]) if quick else (NOUNS, PROMPTS)
    results: dict[str, list[dict]] = {}
    for noun in nouns:
        subject = photographed(noun, parts.home / "subjects" / noun)
        for name in ("base", *RECIPES):
            made = parts.part(f"{noun}-{name}", lambda s=subject, n=name: _judged(s, n, prompts, parts))
            results.setdefault(name, []).append(made)
    figures, base = [], _mean(results["base"], "follows")
    for name, made in results.items():
        hoped = HOPED if name == "dreambooth_lora" else {}
        figures.append(share(f"{name}_identity", [x for one in made for x in one["known"]], hoped.get("identity")))
        figures.append(mean(f"{name}_prompt_following", [x for one in made for x in one["follows"]], "share"))
        if name != "base":
            kept = _mean(made, "follows") / max(base, 1e-6)
            figures.append(figure(f"{name}_prompt_following_kept", kept, "of the base's", hoped.get("kept")))
            seconds = [one["seconds"] for one in made]
            figures.append(mean(f"{name}_seconds", seconds, "s", hoped.get("seconds"), most=True))
            figures.append(figure(f"{name}_mb", max(one["bytes"] for one in made) / 1e6, "MB"))
    best = [_ceiling(noun, prompts, parts) for noun in nouns]
    return [
        *figures,
        share("renders_identity", [x for one in best for x in one["known"]]),
        mean("renders_prompt_following", [x for one in best for x in one["follows"]], "share"),
    ]


def photographed(noun: str, folder: Path) -> Subject:
    """The first test subject of a class: photos and masks in the folder, made when missing."""
    photos = []
    folder.mkdir(parents=True, exist_ok=True)
    for k, scene in enumerate(toybox.shoot(toybox.subject(noun, 0, "test"), PHOTOS, TAUGHT)):
        image, mask = folder / f"{k}.png", folder / f"{k}-mask.png"
        if not mask.exists():
            picture = toybox.render(scene, SIDE)
            Image.fromarray(picture.pixels).save(image)
            Image.fromarray(picture.masks[0].astype(np.uint8) * 255).save(mask)
        photos.append(Photo(str(image), str(mask)))
    kind = "person" if noun in toybox.PEOPLE else "object"
    return Subject(f"{noun}-0", noun.capitalize(), noun, f"<{noun.replace(' ', '')}1>", tuple(photos), kind)


def _judged(subject: Subject, name: str, prompts: tuple, parts: Parts) -> dict[str, Any]:
    """Teach (unless it is the base), draw every prompt and judge what was drawn."""
    home, told = parts.home / f"{subject.noun}-{name}", {"seconds": 0.0, "bytes": 0}
    word, voices = subject.noun, ()
    if name != "base":
        artefact = home / "taught.safetensors"
        home.mkdir(parents=True, exist_ok=True)
        task = Tune((subject,), name, str(artefact), samples_every=0, stop="fixed")
        told = {key: value for key, value in door.run(task, Silent()).items() if key in told}
        word, voices = f"{subject.trigger} {subject.noun}", ((str(artefact), 1.0),)
    scenes = [
        Scene(prompt.replace("{}", word), artefacts=voices, seed=100 + k, steps=STEPS)
        for k, (prompt, _) in enumerate(prompts)
    ]
    seen = pictures(draw(scenes, home / "pictures", parts.say))
    nearest = (Eyes.load().identity(seen) @ gallery(subject.noun).T).argmax(1)
    asked = [{"noun": subject.noun} | named for _, named in prompts]
    return {**told, "known": [int(k) == 0 for k in nearest], "follows": _follows(seen, asked)}


def _follows(seen: torch.Tensor, asked: list[dict[str, str]]) -> list[float]:
    """Of each picture the share of what was asked that is read in it."""
    found, shares = Eyes.load().read(seen), []
    for k, named in enumerate(asked):
        right = [Eyes.WORDS[name][found[name][k].argmax()] == word for name, word in named.items()]
        shares.append(sum(right) / len(right))
    return shares


def gallery(noun: str) -> torch.Tensor:
    """Mean vectors (OTHERS, D) of photos of the first test subjects of a class; the taught one is the first, in other
    photos than it is taught from."""
    return torch.stack([_vectors(noun, k, SHOWN + k).mean(0) for k in range(OTHERS)])


def _ceiling(noun: str, prompts: tuple, parts: Parts) -> dict[str, list]:
    """The same judgement of true renders of the subject as prompts ask for it: what a perfect recipe would reach."""

    def look() -> dict[str, list]:
        asked = [{"noun": noun} | named for _, named in prompts]
        seen = pixels([toybox.render(_scene(noun, k, named), 128).pixels for k, named in enumerate(asked)])
        nearest = (Eyes.load().identity(seen) @ gallery(noun).T).argmax(1)
        return {"known": [int(k) == 0 for k in nearest], "follows": _follows(seen, asked)}

    return parts.part(f"{noun}-renders", look)


def _scene(noun: str, number: int, named: dict[str, str]) -> toybox.Scene:
    """The taught subject by day where and as a prompt says."""
    scene = toybox.shoot(toybox.subject(noun, 0, "test"), 1, 900 + number)[0]
    pose, accessory = named.get("pose", "standing"), named.get("accessory", "")
    things = (replace(scene.things[0], pose=pose, accessory=accessory),)
    camera = framed(things, scene.camera, 0.84, (0.0, 0.0))
    plain = replace(scene, things=things, camera=camera, light="day", weather="clear")
    return replace(plain, place=named["place"], style=named.get("style", "photo"))


def _vectors(noun: str, individual: int, seed: int) -> torch.Tensor:
    shoot = toybox.shoot(toybox.subject(noun, individual, "test"), PHOTOS, seed)
    return Eyes.load().identity(pixels([toybox.render(scene, 128).pixels for scene in shoot]))


def _mean(made: list[dict], name: str) -> float:
    values = [x for one in made for x in one[name]]
    return sum(values) / max(len(values), 1)
