"""Pictures made elsewhere: a folder with a list of what to make, photos to learn from, and places for the pictures.

`write` makes it; somebody else's program fills it: a picture under each cell's `picture`, and `method` and what else it
wants to say of itself in manifest.json. `read` checks it and hands the pictures on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from pipelines.cells import write as keep
from pipelines.errors import BadInput
from pipelines.toybench import plan
from pipelines.toybench.shots import SIDE, photographed

FORMAT, FILE = "likeness-toybench", "manifest.json"
HOW = (
    "Teach each subject from its photos alone (masks are white where it is; use them or not). For every cell make one "
    "picture of `prompt` with the noise of `seed`, at least 128 pixels, square, and save it under `picture`. In "
    "`prompt`, {0} and {1} stand for the subjects: put in what names them for your method; `plain` says it without. "
    "`boxes` are where each subject belongs, as shares x, y, width, height. Then write your method's name in `method`."
)


@dataclass(frozen=True)
class Filled:
    """A folder that somebody filled: the method's name, what it says of itself, the cases and their split, and picture
    files by cell name; `missing` names the cells without one, `broken` those whose picture cannot be used."""

    method: str
    about: dict[str, Any]
    cases: tuple[plan.Case, ...]
    split: str
    quick: bool
    pictures: dict[str, Path]
    missing: tuple[str, ...]
    broken: tuple[str, ...]


def name(case: plan.Case, number: int, seed: int) -> str:
    """A cell's name: track, subjects, number of the prompt, seed."""
    return f"{case.track}-{case.id}-{number}-{seed}"


def write(folder: Path, tracks: Sequence[str], split: str, quick: bool = False) -> dict[str, Any]:
    """Write the list and the photos.

    Returns:
        {"manifest", "subjects", "cells"}.

    Raises:
        BadInput: when the folder already holds a manifest: a filled one is not written over.
    """
    if (folder / FILE).exists():
        raise BadInput(f"{folder} already holds a manifest.", "Choose another folder, or move it away.")
    cases = plan.cases(tracks, split, quick)
    toys = {one.id: one for case in cases for one in case.toys}
    subjects = []
    for toy in toys.values():
        learnt = photographed(toy, folder / "photos")
        photos = [{"image": _below(folder, one.image), "mask": one.mask and _below(folder, one.mask)}
                  for one in learnt.photos]  # fmt: skip
        subjects.append({"id": toy.id, "noun": toy.noun, "kind": toy.kind, "photos": photos})
    cells = [
        {
            "name": name(case, number, seed), "track": case.track, "subjects": [one.id for one in case.toys],
            "prompt": ask.prompt, "plain": ask.plain, "boxes": ask.boxes, "seed": seed,
            "picture": f"pictures/{name(case, number, seed)}.png",
        }
        for case in cases
        for number, ask in enumerate(case.asks)
        for seed in plan.seeds(quick)
    ]  # fmt: skip
    told = {
        "format": FORMAT, "version": plan.VERSION, "protocol": plan.protocol(cases, quick), "split": split,
        "tracks": [track for track in plan.TRACKS if track in tracks], "quick": quick, "how": HOW,
        "method": "", "base": "", "note": "", "subjects": subjects, "cells": cells,
    }  # fmt: skip
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    keep(folder / FILE, told)
    return {"manifest": str(folder / FILE), "subjects": len(subjects), "cells": len(cells)}


def read(folder: Path | str) -> Filled:
    """A filled folder.

    Raises:
        BadInput: when there is no manifest, it is damaged or of another ToyBench, names no method or files elsewhere,
            or when there is no picture at all.
    """
    folder = Path(folder).expanduser()
    advice = "Write one with: launch.py bench toybench --manifest FOLDER."
    if not (folder / FILE).is_file():
        raise BadInput(f"There is no {FILE} in {folder}.", advice)
    try:
        told = json.loads((folder / FILE).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{FILE} cannot be read: {error}.", advice) from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadInput(f"{FILE} is not ToyBench's.", advice)
    tracks, split, quick = told.get("tracks") or (), str(told.get("split")), told.get("quick") is True
    cases = plan.cases([str(one) for one in tracks], split, quick)
    if told.get("version") != plan.VERSION or told.get("protocol") != plan.protocol(cases, quick):
        what = f"The manifest is of another ToyBench ({told.get('version')}, {told.get('protocol')})."
        raise BadInput(what, "Its pictures answer other questions; write a new manifest and make them again.")
    method = str(told.get("method") or "").strip()
    if not method:
        raise BadInput("The manifest does not say which method made the pictures.", f"Fill in “method” in {FILE}.")
    named = {
        one["name"]: one.get("picture") for one in told.get("cells", ()) if isinstance(one, dict) and "name" in one
    }
    found, missing, broken = {}, [], []
    for case in cases:
        for number in range(len(case.asks)):
            for seed in plan.seeds(quick):
                cell = name(case, number, seed)
                file = _inside(folder, str(named.get(cell) or f"pictures/{cell}.png"))
                state = _state(file)
                if state:
                    (missing if state == "missing" else broken).append(cell)
                else:
                    found[cell] = file
    if not found:
        raise BadInput(f"There is no picture in {folder}.", "Save each under the name its cell gives as `picture`.")
    about = {key: str(told.get(key) or "") for key in ("base", "note")}
    return Filled(method, about, cases, split, quick, found, tuple(missing), tuple(broken))


def _below(folder: Path, path: str) -> str:
    return Path(path).relative_to(folder).as_posix()


def _inside(folder: Path, path: str) -> Path:
    parts = PurePosixPath(path.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts:
        raise BadInput(f"The manifest names the picture {path}, which lies elsewhere.", "Keep them in its folder.")
    return folder / parts


def _state(file: Path) -> str:
    """Empty for a usable picture, else "missing" or "broken"."""
    if not file.is_file():
        return "missing"
    try:
        with Image.open(file) as picture:
            picture.load()
            wide, high = picture.size
    except (OSError, SyntaxError, ValueError):
        return "broken"
    return "" if wide == high and wide >= SIDE else "broken"
