"""How good the starter is: its autoencoder, what it draws when told, its judges, its segmenter, its speed and size;
and how long a picture of the toybox takes, which it learns from.

Everything is measured on test identities, which nothing was trained on. What the model draws is read by the oracles,
next to the same readings of true renders of the same scenes: the ceiling.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import benchmarks, toybox
from pipelines.backbone import Backbone
from pipelines.benchmarks.drawing import draw, pictures, pixels
from pipelines.benchmarks.figures import Figure, figure, mean, share
from pipelines.benchmarks.parts import STARTER, Parts
from pipelines.events import Silent
from pipelines.eyes import Eyes
from pipelines.judging import THERE
from pipelines.spec import Scene
from pipelines.tasks import Sample, Segment

PROMPTS, PAIRS, STEPS = 256, 128, 25
SIDE = 128
TOYS = 64
PAIR_SEEDS = 100_000
"""Where the seeds of scenes with two things begin."""
READ = {"noun": "class_right", "colour": "colour_right", "pattern": "pattern_right", "place": "place_right"}
HOPED = {"noun": 0.95, "colour": 0.90, "pattern": 0.80, "place": 0.95}


def run(parts: Parts, quick: bool) -> list[Figure]:
    """All figures."""
    size = 32 if quick else 1
    return [
        *_autoencoder(parts, 128 // size),
        *_one_thing(parts, PROMPTS // size),
        *_two_things(parts, PAIRS // size),
        *_judges(parts, 8 // min(size, 4), 16 // min(size, 4)),
        *_clicks(parts, 128 // size),
        *_photos(parts),
        *_speed(parts),
        _toybox(parts),
        figure("assets_mb", _megabytes(STARTER.parent), "MB", 64, most=True),
    ]


def _autoencoder(parts: Parts, count: int) -> list[Figure]:
    """PSNR of pictures that went through the autoencoder, each by itself."""

    def toys() -> dict[str, list[float]]:
        whole, inside = [], []
        for k in range(count):
            picture = toybox.render(toybox.draw(k, "test"), SIDE)
            error = _error(pixels([picture.pixels]))
            whole.append(_psnr(error.mean()))
            inside.append(_psnr(error[torch.from_numpy(picture.masks.any(0))].mean()))
        return {"whole": whole, "inside": inside}

    made = parts.part("autoencoder", toys)
    figures = [
        mean("vae_psnr_toybox", made["whole"], "dB", 31),
        mean("vae_psnr_things", made["inside"], "dB", 27),
    ]
    photos = sorted((benchmarks.SHARED / "photos" / "dreambooth").rglob("*.jp*g"))
    if not photos:
        parts.say("no real photos beside the repository: vae_psnr_photos is left out")
        return figures
    real = parts.part("autoencoder-photos", lambda: [_psnr(_error(_square(path)).mean()) for path in photos])
    return [*figures, mean("vae_psnr_photos", real, "dB", 22)]


def _error(pixels: Tensor) -> Tensor:
    """Squared error of each pixel (H, W) of a picture (1, 3, H, W) that was encoded and decoded."""
    backbone = Backbone.at_hand("starter")
    seen = backbone.to_pixels(backbone.posterior(pixels)[:, 0])
    return (seen.float().cpu() - pixels).square().mean((0, 1))


def _psnr(error: Tensor) -> float:
    return -10 * float(torch.log10(error))


def _square(path: Path) -> Tensor:
    """The middle square of a photo at SIDE pixels."""
    with Image.open(path) as photo:
        photo = photo.convert("RGB")
        edge = min(photo.size)
        x, y = (photo.width - edge) // 2, (photo.height - edge) // 2
        photo = photo.crop((x, y, x + edge, y + edge)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return pixels([np.asarray(photo)])


def _one_thing(parts: Parts, count: int) -> list[Figure]:
    """What full captions of one thing ask for, and what the oracles find in the pictures."""
    scenes = [toybox.draw(k, "test", count=1) for k in range(count)]
    prompts = [Scene(toybox.caption(scene, full=True), seed=1000 + k, steps=STEPS) for k, scene in enumerate(scenes)]
    drawn = draw(prompts, parts.home / "one", parts.say)
    readings = {
        "": parts.part("one-drawn", lambda: _told(pictures(drawn), scenes)),
        "_renders": parts.part("one-renders", lambda: _told(_renders(scenes), scenes)),
    }
    figures = []
    for kind, right in readings.items():
        for name, title in READ.items():
            figures.append(share(title + kind, [x for x in right[name] if x is not None], _if(not kind, HOPED[name])))
        figures.append(_style(right["style"], scenes, kind))
    return figures


def _told(seen: Tensor, scenes: Sequence[toybox.Scene]) -> dict[str, list[bool | None]]:
    """Whether each thing that a prompt names is read in its picture; None where it names none."""
    found, answers = Eyes.load().read(seen), {}
    for name in (*READ, "style"):
        best = [Eyes.WORDS[name][k] for k in found[name].argmax(1)]
        answers[name] = [_same(name, word, scene) for word, scene in zip(best, scenes, strict=True)]
    return answers


def _same(name: str, word: str, scene: toybox.Scene) -> bool | None:
    """A caption names no colours where the style shows none, and no pattern where there is none."""
    if name in ("place", "style"):
        return word == getattr(scene, name)
    unsaid = scene.style in toybox.GREY_STYLES if name == "colour" else name == "pattern" and _plain(scene)
    return None if unsaid else word == getattr(scene.things[0], name)


def _plain(scene: toybox.Scene) -> bool:
    return scene.things[0].pattern == "plain"


def _style(right: list[bool], scenes: Sequence[toybox.Scene], kind: str) -> Figure:
    """The mean over styles of the share that is right, for two pictures in three are photos."""
    shares = []
    for style in toybox.STYLES:
        own = [r for r, scene in zip(right, scenes, strict=True) if scene.style == style]
        if own:
            shares.append(sum(own) / len(own))
    within = share("", right)
    value = statistics.mean(shares)
    half = (within.high - within.low) / 2
    hoped = _if(not kind, 0.90)
    ok = None if hoped is None else value >= hoped
    return Figure(f"style_right{kind}", value, "share", value - half, min(1.0, value + half), hoped, ok)


def _two_things(parts: Parts, count: int) -> list[Figure]:
    """Two things of different classes beside one another, each named with its side."""
    scenes, seed = [], PAIR_SEEDS
    while len(scenes) < count:
        scene = toybox.draw(seed, "test", count=2)
        if scene.relation == "beside" and scene.things[0].noun != scene.things[1].noun:
            scenes.append(scene)
        seed += 1
    prompts = [Scene(toybox.caption(scene, full=True), seed=5000 + k, steps=STEPS) for k, scene in enumerate(scenes)]
    drawn = draw(prompts, parts.home / "two", parts.say)
    found = {
        "": parts.part("two-drawn", lambda: _placed(pictures(drawn), scenes)),
        "_renders": parts.part("two-renders", lambda: _placed(_renders(scenes), scenes)),
    }
    return [
        one
        for kind, (there, sides) in found.items()
        for one in (
            share(f"two_there{kind}", there, _if(not kind, 0.85)),
            share(f"two_sides{kind}", sides, _if(not kind, 0.80)),
        )
    ]


def _placed(seen: Tensor, scenes: Sequence[toybox.Scene]) -> tuple[list[bool], list[bool]]:
    """Whether both things are in each picture, and whether they are there on their right sides.

    Both are there when no other class is seen as surely as they are, and each is seen surely enough.
    """
    found, there, sides = Eyes.load().read(seen), [], []
    for k, scene in enumerate(scenes):
        left, right = (toybox.NOUNS.index(t.noun) for t in sorted(scene.things, key=lambda thing: thing.at[0]))
        sure, most = found["there"][k].topk(2)
        there.append({left, right} == set(most.tolist()) and bool(sure.min() >= THERE))
        sides.append(there[-1] and bool(found["side"][k, left] < found["side"][k, right]))
    return there, sides


def _renders(scenes: Sequence[toybox.Scene]) -> Tensor:
    return pixels([toybox.render(scene, SIDE).pixels for scene in scenes])


def _judges(parts: Parts, groups: int, subjects: int) -> list[Figure]:
    """How well the judges tell captions, subjects and likenesses apart, on true renders."""
    retrieval = parts.part("retrieval", lambda: _retrieval(groups))
    told = parts.part("identity", lambda: _identity(subjects))
    return [
        share("caption_retrieval_1_of_64", retrieval, 0.90),
        mean("identity_auc", told["identity"], "AUC", 0.95),
        share(f"identity_1_of_{subjects}", told["found"]),
        mean("likeness_auc", told["likeness"], "AUC"),
    ]


def _retrieval(groups: int) -> list[bool]:
    """Whether each picture finds its own full caption among 64."""
    eyes, right = Eyes.load(), []
    for group in range(groups):
        scenes = [toybox.draw(k, "test") for k in range(64 * group, 64 * group + 64)]
        said = eyes.sentences([toybox.caption(scene, full=True) for scene in scenes])
        best = (eyes.pictures(_renders(scenes)) @ said.T).argmax(1)
        right += [int(k) == own for own, k in enumerate(best)]
    return right


def _identity(subjects: int, photos: int = 5) -> dict[str, list]:
    """Of every class: the area under the curve of same against other subject over pairs of photos, of two judges; and
    whether the last photo of each subject finds its own among the mean vectors of the others' photos."""
    eyes, told = Eyes.load(), {"identity": [], "likeness": [], "found": []}
    for noun in toybox.NOUNS:
        shoots = [toybox.shoot(toybox.subject(noun, k, "test"), photos, k) for k in range(subjects)]
        seen = _renders([scene for shoot in shoots for scene in shoot])
        who = torch.arange(subjects).repeat_interleave(photos)
        for name in ("identity", "likeness"):
            vectors = getattr(eyes, name)(seen)
            told[name].append(auc(vectors @ vectors.T, who))
            if name == "identity":
                own = vectors.view(subjects, photos, -1)
                best = (own[:, -1] @ own[:, :-1].mean(1).T).argmax(1)
                told["found"] += [int(k) == n for n, k in enumerate(best)]
    return told


def auc(alike: Tensor, who: Tensor) -> float:
    """How often a pair of the same one is more alike (N, N) than a pair of two; ties count half."""
    above = torch.ones_like(alike, dtype=torch.bool).triu(1)
    same = who[:, None] == who[None]
    yes, no = alike[above & same], alike[above & ~same].sort().values
    below, upto = torch.searchsorted(no, yes), torch.searchsorted(no, yes, right=True)
    return float((below + upto).float().mean() / 2 / len(no))


def _clicks(parts: Parts, count: int) -> list[Figure]:
    """IoU of the SAM's best answer to one click in the middle of a thing, and to its box."""

    def ask() -> dict[str, list[float]]:
        from pipelines.segmenters import Prompt
        from pipelines.segmenters.starter import Starter

        sam, rng, found = Starter(), np.random.default_rng(0), {"click": [], "box": []}
        for k in range(count):
            picture = toybox.render(toybox.draw(k, "test"), 256)
            seen = [mask for mask in picture.masks if mask.mean() > 0.01]
            if not seen:
                continue
            mask = seen[rng.integers(len(seen))]
            encoding = sam.encode(picture.pixels)
            for name, prompt in (("click", Prompt(add=(_middle(mask),))), ("box", Prompt(box=_box(mask)))):
                readings = sam.clicks.read(picture.pixels.shape, encoding["features"], prompt)
                found[name].append(_iou(readings[0].mask, mask) if readings else 0.0)
        return found

    found = parts.part("sam", ask)
    return [mean("sam_iou_click", found["click"], "IoU", 0.85), mean("sam_iou_box", found["box"], "IoU", 0.93)]


def _middle(mask: np.ndarray) -> tuple[float, float]:
    """The point (x, y) deepest inside a mask."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return float(x) + 0.5, float(y) + 0.5


def _box(mask: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def _photos(parts: Parts) -> list[Figure]:
    """IoU of the default segmenter with a box prompt on real photos."""
    folder = benchmarks.SHARED / "photos" / "masks"
    if not folder.is_dir():
        parts.say("no masked photos beside the repository: segmenter_iou_photos is left out")
        return []

    def ask() -> list[float]:
        from pipelines import run

        found, out = [], parts.home / "mask.png"
        for path in sorted(folder.glob("*/mask*.png")):
            truth = np.asarray(Image.open(path).convert("L")) > 127
            run.run(Segment(str(path.with_name("img.jpg")), box=_box(truth), out=str(out)), Silent())
            found.append(_iou(np.asarray(Image.open(out).convert("L")) > 127, truth))
        return found

    return [mean("segmenter_iou_photos", parts.part("photos", ask), "IoU", 0.85)]


def _speed(parts: Parts) -> list[Figure]:
    """Seconds for one picture of 20 steps with CFG, the model at hand: the median of five after one to warm up."""

    def clock() -> list[float]:
        from pipelines import run

        taken, scene = [], Scene("a photo of a red robot on grass", steps=20)
        for _ in range(6):
            began = time.perf_counter()
            run.run(Sample(scene, str(parts.home / "speed.png"), previews=False), Silent())
            taken.append(time.perf_counter() - began)
        return sorted(taken[1:])

    taken = parts.part("speed", clock)
    value = statistics.median(taken)
    return [Figure("picture_seconds", value, "s", taken[0], taken[-1], 1.5, value <= 1.5)]


def _toybox(parts: Parts) -> Figure:
    """Milliseconds of one core for a picture of the toybox, made up and rendered: the median of 64 different ones."""

    def clock() -> list[float]:
        threads, taken = cv2.getNumThreads(), []
        cv2.setNumThreads(1)
        try:
            toybox.render(toybox.draw(TOYS, "test"), SIDE)  # what is drawn once for all pictures
            for k in range(TOYS):
                began = time.process_time()
                toybox.render(toybox.draw(k, "test"), SIDE)
                taken.append(1000 * (time.process_time() - began))
        finally:
            cv2.setNumThreads(threads)
        return taken

    return figure("toybox_ms", statistics.median(parts.part("toybox", clock)), "ms", 10, most=True)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _if(wanted: bool, value: float) -> float | None:
    return value if wanted else None
