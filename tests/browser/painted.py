"""A door for pages under test: where a model would sample, it paints a toybox scene, and what it would find or learn it
draws or leaves out; pace, steps and files are real."""

import base64
import hashlib
import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipelines import artefact, toybox
from pipelines.artefact import Header, told
from pipelines.cells import grounds
from pipelines.errors import BadInput, Stopped
from pipelines.events import Made, Preview, Progress, Report, Started
from pipelines.tasks import Compare, Fuse, Sample, Segment, Task, Tune
from tests.tuned import headed

PACE = 0.04  # seconds a step takes


def run(task: Task, report: Report) -> dict[str, Any]:
    """Carry out a Segment, a Tune, a Sample, a Compare or a Fuse; the word `refuse` in a prompt fails half-way."""
    report(Started("Painting"))
    if isinstance(task, Segment):
        return segment(task, report)
    if isinstance(task, Tune):
        return tune(task, report)
    if isinstance(task, Fuse):
        return fuse(task, report)
    return sample(task, report) if isinstance(task, Sample) else compare(task, report)


def segment(task: Segment, report: Report) -> dict[str, Any]:
    """The upper left ninth of a photo, whatever it shows, where a mask is to be kept."""
    if not task.out:
        return {}
    with Image.open(task.photo) as photo:
        mask = Image.new("L", photo.size)
    mask.paste(255, (0, 0, mask.width // 3, mask.height // 3))
    mask.save(task.out, "PNG")
    report(Made("mask", task.out, {"score": 0.9, "share": 1 / 9}))
    return {"mask": task.out}


def tune(task: Tune, report: Report) -> dict[str, Any]:
    """A file whose header knows the subjects; nothing is learnt."""
    for step in range(1, 21):
        if report.stop():
            raise Stopped(f"step {step - 1}")
        report.wait()
        time.sleep(PACE)
        report(Progress(step, 20, "learning"))
    edits = [{"name": "token", "settings": {}}]
    headed(task.out, Header(task.recipe, task.knobs, told(task.subjects), task.base, "painted", edits=edits))
    report(Made("artefact", task.out, {"steps": 20}))
    return {"artefact": task.out}


def sample(task: Sample, report: Report) -> dict[str, Any]:
    """Noise that clears into a toybox scene drawn from the seed."""
    began = time.perf_counter()
    maps = tuple(_map(number, one.box) for number, one in enumerate(task.scene.regions, 1)) if task.maps else ()
    refuse = "refuse" in task.scene.prompt
    picture = Image.fromarray(_painted(f"{task.scene.seed}", report, task.scene.steps, refuse, maps))
    if task.keep:
        anew = Image.open(task.keep.anew).convert("L").resize(picture.size)
        picture = Image.composite(picture, Image.open(task.keep.picture).convert("RGB"), anew)
    picture.save(task.out)
    unread = _unread(task.scene.prompt, "The picture’s")
    facts = {"seconds": time.perf_counter() - began, "subjects": [], "regions": _found(task), "unread": unread}
    report(Made("picture", task.out, facts))
    return {"picture": task.out}


def fuse(task: Fuse, report: Report) -> dict[str, Any]:
    """A file whose header knows the subjects of all; its weights are not worked out."""
    began, headers = time.perf_counter(), [artefact.read_header(path) for path, _ in task.artefacts]
    for step in range(1, 21):
        report.wait()
        time.sleep(PACE)
        report(Progress(step, 20, "fusing"))
    subjects = [one for header in headers for one in header.subjects]
    headed(task.out, replace(headers[0], subjects=subjects, edits=[one for h in headers for one in h.edits]))
    facts = {"subjects": [one["id"] for one in subjects], "seconds": time.perf_counter() - began}
    report(Made("artefact", task.out, facts))
    return {"artefact": task.out}


def _found(task: Sample) -> list[dict[str, Any]]:
    """As the sampler tells of regions: everybody is in their place, but a bit of the first in the second's."""
    found, names = [], [one.id for one in task.subjects]
    for number, region in enumerate(task.scene.regions, 1):
        who = next((one.id for one in task.subjects if one.trigger in region.prompt), "")
        others = {name: 0.41 if name == names[0] else 0.04 for name in names if name != who} if who else {}
        x, y, w, h = region.box
        own = (0.84 if number == 1 else 0.52) if who else None
        facts = {"number": number, "room": w * h, "inside": min(1.0, 2.5 * w * h), "own": own}
        found.append({**facts, "subject": who, "others": others, "unread": _unread(region.prompt, "Its")})
    return found


def _unread(words: str, whose: str) -> list[str]:
    """As the sampler tells of words that it does not read: here, what stands behind the first 300 letters."""
    end = words[300:]
    return [f"{whose} words are too many for this base: “{end}” was not read. Say it shorter."] if end else []


def compare(task: Compare, report: Report) -> dict[str, Any]:
    """The folder of a wall, cell by cell; what is there already stays."""
    wall = Path(task.out)
    for room in ("cells", "rows", "pictures"):
        (wall / room).mkdir(parents=True, exist_ok=True)
    plain = {
        "subjects": [{"id": s.id, "name": s.name, "noun": s.noun, "trigger": s.trigger} for s in task.subjects],
        "recipes": [{"name": name, "knobs": knobs} for name, knobs in task.recipes],
        "prompts": list(task.prompts), "seeds": list(task.seeds), "base": task.base, "created": time.time(),
        "judge": "painter", "metrics": {name: _told(name) for name in ("likeness", "prompt_following", "identity")},
    }  # fmt: skip
    (wall / "wall.json").write_text(json.dumps(plain))
    total = len(task.subjects) * len(task.recipes) * len(task.prompts) * len(task.seeds)
    done = 0
    for subject in task.subjects:
        for place, (recipe, knobs) in enumerate(task.recipes):
            row = {"subject": subject.id, "recipe": recipe, "knobs": knobs, "artefact": ""}
            row |= {"seconds": 58.0 + place * 30, "bytes": 310_000 * (place + 1), "peak_memory": 900_000_000}
            _write(wall / "rows", row)
            for index, prompt in enumerate(task.prompts):
                for seed in task.seeds:
                    done += 1
                    cell = {"subject": subject.id, "recipe": recipe, "prompt": prompt, "seed": seed}
                    cell["prompt_index"] = index
                    if (wall / "cells" / f"{_hash(cell)}.json").exists() and not task.scores_only:
                        continue
                    file = f"pictures/{_hash(cell)}.png"
                    if not task.scores_only:
                        picture = _painted(f"{seed} {prompt}", report, 4, "refuse" in prompt and recipe != "base")
                        Image.fromarray(picture).save(wall / file)
                    scores = {"likeness": 0.4 + 0.1 * place + 0.01 * index, "prompt_following": 0.33 - 0.02 * place}
                    scores |= {"identity": 0.2 + 0.05 * index, "judge": "painter", "held": grounds(subject)}
                    path = _write(wall / "cells", cell, {"picture": file, "seconds": 0.2, **scores})
                    report(Made("cell", str(path), scores))
                    report(Progress(done, total, recipe))
    report(Made("wall", str(wall), {"cells": total}))
    return {"wall": str(wall), "cells": total}


def _told(name: str) -> dict[str, str]:
    label = name.replace("_", "-").capitalize()
    return {"label": f"{label} (painted)", "how": "As it was painted.", "better": "more", "judge": "painter"}


def _map(number: int, box: tuple[float, float, float, float]) -> dict[str, Any]:
    """Where a region was looked for, as the sampler shows it: here, in its box."""
    x, y, w, h = (round(16 * side) for side in box)
    cells = np.zeros((16, 16), np.uint8)
    cells[y : y + h, x : x + w] = 255
    return {"number": number, "image": base64.b64encode(_png(cells)).decode()}


def _painted(words: str, report: Report, steps: int, refuse: bool, maps: tuple = ()) -> np.ndarray:
    number = int.from_bytes(hashlib.sha256(words.encode()).digest()[:3], "big")
    goal = toybox.render(toybox.draw(number)).pixels.astype(np.float32)
    noise = np.random.default_rng(number).normal(0, 90, goal.shape)
    for step in range(1, steps + 1):
        if report.stop():
            raise Stopped(f"step {step - 1}")
        report.wait()
        if refuse and step > steps // 2:
            raise BadInput("The picture cannot be made.", "Take the word out.")
        time.sleep(PACE)
        frame = (goal + noise * (steps - step) / steps * 1.5).clip(0, 255).astype(np.uint8)
        report(Preview(step, steps, base64.b64encode(_png(frame)).decode(), maps=maps))
    return goal.astype(np.uint8)


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _hash(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _write(room: Path, facts: dict[str, Any], more: dict[str, Any] | None = None) -> Path:
    path = room / f"{_hash(facts)}.json"
    with artefact.replacing(path) as beside:
        beside.write_text(json.dumps({**facts, **(more or {})}))
    return path
