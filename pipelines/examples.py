"""From photos, masks and captions to what a training step looks at: square pictures, aligned masks, words, latents."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from pipelines import artefact, masks
from pipelines.backbone import Backbone
from pipelines.errors import BadInput, DiskFull, EmptyMask
from pipelines.events import Report
from pipelines.spec import Photo, Subject
from pipelines.upright import upright

SUBJECT, PRIOR = "subject", "prior"
TIGHT = 1.5
"""How much longer than the subject a crop is: things that fill the frame are learnt, small ones are not."""


@dataclass(frozen=True)
class Example:
    """One training picture.

    Fields:
        prompt: what is said of it, taught words included.
        pixels: (3, H, W), 0 to 1; None where only latents are kept.
        masks: taught word → (H, W), 0 to 1, where its subject is. No entry for a word whose place nobody marked.
        role: "subject" for photos, "prior" for pictures of the class that the base made itself; a technique may bring
            roles of its own. Every step draws as many examples of each role.
        caption: what the person wrote about the photo, empty if nothing.
        source: the photo's file, or what stands for it.
        subjects: who is in it.
        posterior: (2, C, h, w), mean and deviation of its latents. None means that `Kit.develop` has to encode the
            pixels: whoever changes `pixels` sets it to None.
    """

    prompt: str
    pixels: Tensor | None = None
    masks: Mapping[str, Tensor] = field(default_factory=dict)
    role: str = SUBJECT
    caption: str = ""
    source: str = ""
    subjects: tuple[Subject, ...] = ()
    posterior: Tensor | None = None

    def mask(self) -> Tensor | None:
        """(H, W): where any of its subjects is; None where nothing is marked."""
        return torch.stack(list(self.masks.values())).amax(0) if self.masks else None


class Augment(Protocol):
    """Examples in, examples out. Both calls are optional in effect: return what was given to change nothing.

    `prepare` runs once a phase, before training: it may add examples (class images, crops, mixtures) or leave some
    out. `draw` runs each time an example is looked at; whatever is left to chance comes from `chance`, which is
    seeded anew for each step, so that a resumed run draws the same. Pixels and masks move together.
    """

    def prepare(self, examples: Sequence[Example], kit: "Kit") -> Sequence[Example]: ...

    def draw(self, example: Example, among: Sequence[Example], chance: np.random.Generator) -> Example:
        """`among` are all examples of the phase, for techniques that mix two of them."""
        ...


@dataclass(frozen=True)
class Kit:
    """What an augmentation may use.

    Fields:
        backbone: the frozen model; nothing speaks on it while `prepare` runs.
        subjects: who is taught.
        report: where progress goes; ask its `stop` in long work.
        seed: of the task.
        cache: folder for what other runs can use again, or None.
    """

    backbone: Backbone
    subjects: tuple[Subject, ...]
    report: Report
    seed: int = 0
    cache: Path | None = None
    _known: OrderedDict = field(default_factory=OrderedDict, repr=False)

    def recall(self, room: str, key: str) -> dict[str, Tensor] | None:
        """Tensors that this or another run kept in the cache folder, or None."""
        file = self.cache / room / f"{key}.safetensors" if self.cache else None
        return artefact.load(file) if file is not None and file.is_file() else None

    def keep(self, room: str, key: str, **tensors: Tensor) -> None:
        """Keep tensors in the cache folder, if there is one, and room on the disk."""
        if self.cache:
            with suppress(DiskFull):
                artefact.write(self.cache / room / f"{key}.safetensors", tensors, {})

    def see(self, pixels: Tensor) -> Tensor:
        """What pictures (n, 3, H, W) show, as unit vectors (n, D) of the contrastive judge.

        Raises:
            MissingWeights: when the judges are not there.
        """
        from pipelines.eyes import Eyes

        return Eyes.load().pictures(pixels)

    def develop(self, examples: Sequence[Example], keep: bool = False) -> list[Example]:
        """The same examples with posteriors. Each picture is encoded once: found again by its content and the VAE's
        hash, in memory, and in the cache folder where `keep` says so."""
        return [one if one.posterior is not None else self._developed(one, keep) for one in examples]

    def _developed(self, example: Example, keep: bool) -> Example:
        content = (example.pixels * 255).round().byte().contiguous().numpy().tobytes()
        shape = f"{tuple(example.pixels.shape)}".encode()
        key = f"{self.backbone.vae_hash}-{hashlib.sha256(shape + content).hexdigest()[:32]}"
        if key not in self._known:
            kept = self.recall("latents", key) or {"posterior": self.backbone.posterior(example.pixels[None])[0].cpu()}
            self._known[key] = kept["posterior"]
            if keep:
                self.keep("latents", key, **kept)
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return replace(example, posterior=self._known[key])


REMEMBERED = 1024
"""Posteriors a run keeps in memory for pictures that are drawn again and again."""


def gather(subjects: Sequence[Subject], side: int) -> list[Example]:
    """One example a photo, cut square around whom it shows and scaled to `side` pixels. A photo that several subjects
    share is one example, with a mask for each.

    Raises:
        BadInput: when a subject has no photos, or a photo cannot be read.
        EmptyMask: when a mask shows nothing, or everything.
    """
    shown: dict[str, list[tuple[Subject, Photo]]] = {}
    for subject in subjects:
        if not subject.photos:
            raise BadInput(f"{subject.name} has no photos.", "Add three to eight of it.")
        for photo in subject.photos:
            shown.setdefault(photo.image, []).append((subject, photo))
    return [_example(path, who, side) for path, who in shown.items()]


def _example(path: str, who: Sequence[tuple[Subject, Photo]], side: int) -> Example:
    image, subjects = _read(path), tuple(subject for subject, _ in who)
    drawn = {one.trigger: _drawn(photo, image) for one, photo in who if photo.mask}
    everybody = np.any(list(drawn.values()), axis=0) if len(drawn) == len(who) else None
    box = square(image.width, image.height, everybody, side)
    pixels = np.asarray(image.resize((side, side), Image.LANCZOS, box), dtype=np.float32) / 255
    cut = {}
    for trigger, mask in drawn.items():
        share = Image.fromarray(mask.astype(np.float32)).resize((side, side), Image.BOX, box)
        cut[trigger] = torch.from_numpy(np.asarray(share).copy())
    pixels = torch.from_numpy(pixels).permute(2, 0, 1).contiguous()
    caption = next((photo.caption for _, photo in who if photo.caption), "")
    return Example(said(subjects[0], caption, *subjects[1:]), pixels, cut, SUBJECT, caption, path, subjects)


def whole(example: Example, side: int) -> tuple[Example, tuple[int, int]]:
    """All of the photo that an example was cut from, its long side as long as the picture's, in the middle of black;
    and its height and width there. Whose place nobody marked gets that of the photo as a mask."""
    image = _read(example.source)
    wide, high = (max(1, round(side * n / max(image.size))) for n in image.size)
    left, top = (side - wide) // 2, (side - high) // 2
    around = (left, side - wide - left, top, side - high - top)
    pixels = np.asarray(image.resize((wide, high), Image.LANCZOS), dtype=np.float32) / 255
    masks = {}
    for one in example.subjects:
        drawn = [_drawn(photo, image) for photo in one.photos if photo.image == example.source and photo.mask]
        marked = Image.fromarray((drawn[0] if drawn else np.ones((high, wide))).astype(np.float32))
        masks[one.trigger] = F.pad(torch.from_numpy(np.array(marked.resize((wide, high), Image.BOX))), around)
    laid = F.pad(torch.from_numpy(pixels).permute(2, 0, 1), around)
    return replace(example, pixels=laid, masks=masks, source=f"{example.source}, whole", posterior=None), (high, wide)


def _drawn(photo: Photo, image: Image.Image) -> np.ndarray:
    """A photo's mask, (H, W) of its size."""
    mask, name = masks.from_png(photo.mask), Path(photo.image).name
    if mask.shape != (image.height, image.width):
        raise BadInput(f"The mask of {name} has another size than the photo.", "Draw it again.")
    if not mask.any():
        raise EmptyMask(f"The mask of {name} is empty.", "Click the subject in it, or tune without masks.")
    if mask.all():
        raise EmptyMask(f"The mask of {name} covers the whole photo.", "Outline the subject, or take it away.")
    return mask


def _read(path: str) -> Image.Image:
    try:
        return upright(path)
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"The photo {Path(path).name} cannot be read.", "Add it again.") from error


def square(width: int, height: int, mask: np.ndarray | None, side: int) -> tuple[int, int, int, int]:
    """The square (left, top, right, bottom) of a photo that a run looks at: in the middle, or around the mask (H, W),
    a little larger than what it shows, but never so small that it would have to be blown up to `side` pixels."""
    short = min(width, height)
    middle, length = (width / 2, height / 2), short
    if mask is not None:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        long = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
        middle = (columns[0] + columns[-1] + 1) / 2, (rows[0] + rows[-1] + 1) / 2
        length = int(min(short, max(TIGHT * long, side)))
    left = round(min(max(0, middle[0] - length / 2), width - length))
    top = round(min(max(0, middle[1] - length / 2), height - length))
    return left, top, left + length, top + length


def said(subject: Subject, caption: str = "", *others: Subject) -> str:
    """What is said of a photo: its caption with each trigger before its noun, or "a photo of <pip> robot and …"."""
    unsaid: list[str] = []
    nouns = [one.noun for one in (subject, *others)]
    for one in (subject, *others):
        if says(caption, one.trigger):
            continue
        word = f"{one.trigger} {one.noun}"
        found = re.search(rf"(?<!\w){re.escape(one.noun)}(?!\w)", caption, re.IGNORECASE)
        if found and nouns.count(one.noun) == 1:
            caption = f"{caption[: found.start()]}{word}{caption[found.end() :]}"
        else:
            unsaid.append(word)
    if not unsaid:
        return caption
    shown = f"a photo of {' and '.join(unsaid)}"
    return f"{shown}, {caption}" if caption else shown


def says(caption: str, trigger: str) -> bool:
    """Whether a caption says a trigger as a word of its own, in whatever case: "caterpillar" does not say "cat"."""
    return bool(re.search(rf"(?<![\w<]){re.escape(trigger)}(?![\w>])", caption, re.IGNORECASE))


def on_grid(masks: Tensor, height: int, width: int) -> Tensor:
    """Masks (B, H, W) on a latent grid: (B, height, width), each cell the share of its pixels that is inside."""
    return F.adaptive_avg_pool2d(masks, (height, width))
