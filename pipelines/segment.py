"""The segmenting pipeline: look at a photo once, remember what was seen, answer clicks and boxes with masks."""

import hashlib
import math
import os
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save

from pipelines import catalogue, graphcut, masks
from pipelines.errors import BadInput, EmptyMask
from pipelines.events import Made, Progress, Report, Started
from pipelines.everything import everything
from pipelines.segmenters import Prompt, Reading, Segmenter
from pipelines.tasks import Segment

STARTER = Path(__file__).parent.parent / "assets" / "starter" / "sam.safetensors"

SHOWN = 512
"""Long side in pixels of the masks that are answered to a page; the file is as large as the photo."""


class Kept(OrderedDict):
    """The last few values somebody asked for, so that the next click finds photo, model and encoding at hand."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most

    def get_or(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > self.most:
            self.popitem(last=False)
        return self[key]


PHOTOS, SEGMENTERS, ENCODINGS = Kept(2), Kept(1), Kept(8)


def segment(task: Segment, report: Report) -> dict:
    """Carry out a Segment task.

    Returns:
        `width`, `height` (pixels of the photo), `segmenter`, `seconds`; `readings`, best first, each with `score`
        (0 to 1), `share` (of the photo, 0 to 1) and `box` (x0, y0, x1, y1 in photo pixels). Where `out` was given,
        `mask` is the file written; otherwise each reading holds its mask as `runs` (run lengths, row by row, first
        empty) on a grid of `w` x `h`. With `everything`, all things of the photo, largest first, never one in two.

    Raises:
        BadInput: when there is no such photo, a point or the box lies outside it, or the segmenter is unknown.
        EmptyMask: when nothing was found there.
        MissingWeights: when the segmenter's model file is not there.
    """
    began = time.perf_counter()
    report(Started("Finding the subject"))
    photo = PHOTOS.get_or(_stamp(task.photo), lambda: _pixels(task.photo))
    prompt = _prompt(task, photo.shape)
    name = usable(task.segmenter, task.checkpoint)
    segmenter = at_hand(name, task.checkpoint)
    small, scale = _fitted(photo, segmenter.side)
    report(Progress(0, 2, "looking at the photo"))
    key = (_stamp(task.photo), segmenter.signature)
    encoding = ENCODINGS.get_or(key, lambda: _remembered(segmenter, small, task.cache))
    about = {"width": photo.shape[1], "height": photo.shape[0], "segmenter": name}
    if task.encode_only:
        return {**about, "readings": [], "seconds": _since(began)}
    if task.everything:
        report(Progress(1, 2, "finding everything"))
        found = everything(lambda at: segmenter.read(small, encoding, Prompt(add=(at,))), *small.shape[:2])
        if not found:
            raise EmptyMask("Nothing was found in this photo.", "Click on the subject itself, or drag a box around it.")
        return {**about, "readings": [_told(one, scale, grid=True) for one in found], "seconds": _since(began)}
    report(Progress(1, 2, "finding its outline"))
    spoken = _with_box(prompt.scaled(scale), lambda: segmenter.read(small, encoding, Prompt()))
    readings = [reading for reading in segmenter.read(small, encoding, spoken) if reading.mask.any()]
    if task.refine:
        readings = segmenter.refine(small, spoken, readings)
    if not readings:
        raise EmptyMask("Nothing was found there.", "Click on the subject itself, or drag a box around it.")
    answer = {**about, "readings": [_told(reading, scale, grid=not task.out) for reading in readings]}
    if task.out:
        full = graphcut.enlarge(readings[0].mask, photo)
        _keep(Path(task.out), masks.to_png(full))
        answer["mask"] = task.out
        report(Made("mask", task.out, {"score": readings[0].score, "share": round(float(full.mean()), 4)}))
    return {**answer, "seconds": _since(began)}


def usable(name: str, checkpoint: str = "") -> str:
    """The segmenter that answers: grabcut where the starter is asked and its own weights are not there."""
    return "grabcut" if name == "starter" and not (checkpoint or STARTER.is_file()) else name


def at_hand(name: str, checkpoint: str = "") -> Segmenter:
    """A segmenter, the one asked for last again where it is the same."""
    kind = catalogue.load("segmenters", name)
    return SEGMENTERS.get_or((name, checkpoint), lambda: kind(checkpoint) if checkpoint else kind())


def _stamp(path: str) -> tuple[str, int]:
    """A photo's file and when it was written, so that a file that changed is read again."""
    try:
        return path, os.stat(path).st_mtime_ns
    except OSError as error:
        raise BadInput(f"The photo {Path(path).name} is not there.", "Add it again.") from error


def _pixels(path: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB of an upright photo; sideways or exotic files are for ingest to set right."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"{Path(path).name} cannot be read as a photo.", "Add it again.") from error


def _prompt(task: Segment, shape: tuple[int, ...]) -> Prompt:
    """The task's points and box, checked against the photo of `shape` (H, W, 3)."""
    height, width = shape[:2]
    for x, y, *_ in task.points:
        if not (math.isfinite(x) and math.isfinite(y) and 0 <= x <= width and 0 <= y <= height):
            raise BadInput(f"The point {x:g}, {y:g} lies outside the photo.", f"It is {width} by {height} pixels.")
    box = task.box
    if box is not None:
        if not all(math.isfinite(v) for v in box):
            raise BadInput("The box is not made of numbers.", "Give x0, y0, x1, y1 in pixels of the upright photo.")
        x0, y0, x1, y1 = box
        box = max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1)
        if box[2] - box[0] < 2 or box[3] - box[1] < 2:
            raise BadInput(
                f"The box {x0:g}, {y0:g}, {x1:g}, {y1:g} holds nothing of the photo.",
                f"Give x0, y0, x1, y1 with x0 < x1 and y0 < y1; the photo is {width} by {height} pixels.",
            )
    add, remove = (tuple((x, y) for x, y, label in task.points if bool(label) == wanted) for wanted in (True, False))
    return Prompt(add, remove, box)


def _with_box(prompt: Prompt, main: Callable[[], list[Reading]]) -> Prompt:
    """Points to leave out do not say what of: where there is nothing else, it is the main thing, in its box."""
    if not prompt.remove or prompt.add or prompt.box:
        return prompt
    boxes = (graphcut.surround(reading.mask) for reading in main())
    return replace(prompt, box=next(filter(None, boxes), None))


def _fitted(photo: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    """The photo no longer than `side` pixels, and the scale that made it so."""
    scale = min(1.0, side / max(photo.shape[:2]))
    if scale == 1:
        return photo, 1.0
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA), scale


def _remembered(segmenter: Segmenter, small: np.ndarray, cache: str) -> dict[str, np.ndarray]:
    """The encoding from the cache, named by the pixels and the model, or made now and kept there."""
    if not cache:
        return segmenter.encode(small)
    name = hashlib.sha256(f"{segmenter.signature} {small.shape}".encode() + small.tobytes()).hexdigest()
    path = Path(cache) / f"{name}.safetensors"
    if path.is_file():
        return load_file(path)
    encoding = segmenter.encode(small)
    if encoding:
        _keep(path, save({key: np.ascontiguousarray(value) for key, value in encoding.items()}))
    return encoding


def _told(reading: Reading, scale: float, grid: bool) -> dict:
    """A reading as plain JSON."""
    mask = reading.mask
    box = [round(edge / scale, 1) for edge in graphcut.surround(mask)]
    about = {"score": reading.score, "share": round(float(mask.mean()), 4), "box": box}
    if not grid:
        return about
    height, width = mask.shape
    shrink = min(1.0, SHOWN / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    shown = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5 if shrink < 1 else mask
    return {**about, "w": size[0], "h": size[1], "runs": masks.runs(shown)}


def _keep(path: Path, data: bytes) -> None:
    """Write so that the file is there whole or not at all: temporary file, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)
