"""Looks at a tuning run from outside now and then: samples of the prompts a person watches, and how alike they are."""

import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import fmean

import torch
from PIL import Image
from torch import Tensor

from pipelines import artefact, catalogue, verdict
from pipelines.backbone import Backbone
from pipelines.errors import DiskFull, MissingWeights, Stopped
from pipelines.events import Made, Measure, Preview, Report, Warned
from pipelines.examples import Example
from pipelines.eyes import Eyes
from pipelines.judging import Case
from pipelines.paint import paint
from pipelines.preview import preview
from pipelines.references import Encoder
from pipelines.seams import AttentionOp, Voice
from pipelines.tasks import Tune

STEPS = 12
SAME = 0.95
"""The cosine above which a sample counts as a copy of a photo that is the only one."""


class Watch:
    """Samples and measures of one run.

    Args:
        photos: the examples that show the subjects; samples are compared with them.
        ops, encoders: attention operations, and what looks at references, when the artefact is sampled with.

    Likeness is the mean cosine between a sample's and the photos' vectors of the self-supervised judge,
    prompt-following that between a sample and its prompt, with the noun for the subject, in the contrastive judge's
    space; both no less than 0. Beside them: how near the nearest photo is (`copy`), which share of samples is nearer to
    one than photos are to each other (`copied`) and to which (`copied_photo`, from 1), how far samples are from each
    other (`variety`), and how often a place of the photos comes along (`place_leakage`, where a prompt names another).
    Without the judges' weights samples are still made, and nothing is measured.

    On large bases prompt-following and places are left out, so likeness alone tells which step is kept. The judges know
    the starter's world: of 60 real photos, four each of 15 subjects, the self-supervised one finds another of the same
    subject nearest for 53 in 100, where lots would for 5; but the contrastive one, asked for the class among eight, is
    right for 16 in 100, where lots are for 12. A step that its number chose would be one drawn by lot.
    """

    def __init__(
        self,
        task: Tune,
        backbone: Backbone,
        photos: Sequence[Example],
        ops: Sequence[AttentionOp],
        report: Report,
        encoders: Sequence[Encoder] = (),
    ):
        self.task, self.backbone, self.ops, self.report, self.encoders = task, backbone, ops, report, encoders
        words = " and ".join(f"{one.trigger} {one.noun}" for one in task.subjects)
        nouns = " and ".join(one.noun for one in task.subjects)
        self.prompts = [prompt.replace("{}", words) for prompt in task.prompts]
        self.plain = [prompt.replace("{}", nouns) for prompt in task.prompts]
        self.photos, self.eyes, self.told = photos, None, set[str]()
        self.reads = not backbone.traits.large
        if self.prompts and task.samples_every:
            with suppress(MissingWeights):
                self.eyes = Eyes.load()
                case = Case(task.subjects[0], torch.stack([photo.pixels for photo in photos]), self.eyes)
                self.copy, self.places = (catalogue.load("metrics", name)(case) for name in ("copy", "place_leakage"))

    def base(self) -> dict[str, float]:
        """How the base draws the class, and how alike the photos are among themselves: marks for the curves, and the
        prompt-following that everything after is held against."""
        if self.eyes is None:
            return {}
        pixels = self.backbone.to_pixels(self._paint(self.plain, None))
        seen = self._real()
        among = (seen @ seen.T)[~torch.eye(len(seen), dtype=torch.bool, device=seen.device)]
        scores = self._scores(pixels)
        known = {f"{name}_base": value for name, value in scores.items() if name != "copied_photo"}
        known |= {name: value for name, value in scores.items() if name == "prompt_following"}
        return known | ({"likeness_real_photos": _share(among.mean())} if len(among) else {})

    def look(self, voice: Voice, step: int, extra: dict[str, float]) -> dict[str, float]:
        """Make one sample a prompt; returns what was measured, `extra` among it."""
        for module in voice.modules.values():
            module.eval()
        with self.backbone.adapted({"taught": voice}, self.ops, self.encoders) as stage:
            latents = self._paint(self.prompts, stage)
        self.report(Preview(step, step, preview(latents, self.backbone)))
        pixels = self.backbone.to_pixels(latents)
        values = self._scores(pixels)
        for k, (prompt, picture) in enumerate(zip(self.prompts, pixels, strict=True)):
            alone = self._scores(picture[None], k)
            try:
                path = self._write(picture, step, k)
            except DiskFull:
                self.report(Warned("The disk is full: a sample was not kept.", "Make room; the run goes on."))
                break
            self.report(Made("sample", str(path), {"step": step, "prompt": prompt} | alone))
        self.report(Measure(step, values | extra))
        return values

    def warn(self, measured: Sequence[verdict.Measured]) -> None:
        """Tell what the run has learnt that nobody wanted, each once."""
        masked = any(photo.mask for one in self.task.subjects for photo in one.photos)
        for name, words in verdict.faults(measured, masked).items():
            if name not in self.told:
                self.report(Warned(*words))
                self.told.add(name)

    def _paint(self, prompts: Sequence[str], stage) -> Tensor:
        seeds = range(self.task.seed, self.task.seed + len(prompts))
        return paint(self.backbone, prompts, seeds, stage, steps=STEPS, between=self._heed)

    def _heed(self) -> None:
        self.report.wait()
        if self.report.stop():
            raise Stopped("Stopped while a sample was made.")

    def _real(self) -> Tensor:
        """The photos in the self-supervised judge's space."""
        return self.copy.photos[: len(self.photos)]

    def _scores(self, pixels: Tensor, which: int | None = None) -> dict[str, float]:
        if self.eyes is None:
            return {}
        texts = self.plain if which is None else [self.plain[which]]
        seen = self.eyes.likeness(pixels)
        found = {"likeness": _share((seen @ self._real().T).mean())}
        if self.reads:
            follow = (self.eyes.pictures(pixels) * self.eyes.sentences(texts)).sum(-1)
            found["prompt_following"] = _share(follow.mean())
        return found if which is not None else found | self._signs(pixels, seen, texts)

    def _signs(self, pixels: Tensor, seen: Tensor, texts: Sequence[str]) -> dict[str, float]:
        """What tells that a run learns its photos and not its subject; `seen` are the samples in the judge's space."""
        near, edge = seen @ self.copy.photos.T, self.copy.ceiling
        copied = near.amax(1) > (SAME if math.isnan(edge) else edge)
        photo = int(near.amax(0).argmax()) % len(self.photos)
        found = {"copy": _share(near.amax(1).mean()), "copied": _share(copied.float().mean())}
        found["copied_photo"] = 1.0 + photo
        apart = (1 - seen @ seen.T)[~torch.eye(len(seen), dtype=torch.bool)]
        leaks = [one for one in self.places(pixels, texts) if not math.isnan(one)] if self.reads else []
        found |= {"variety": round(float(apart.mean()), 4)} if len(apart) else {}
        return found | ({"place_leakage": fmean(leaks)} if leaks and self.task.subjects[0].kind != "style" else {})

    def _write(self, picture: Tensor, step: int, k: int) -> Path:
        out = Path(self.task.out)
        path = out.with_name(f"{out.stem}-samples") / f"{step:05d}-{k}.webp"
        pixels = (picture.permute(1, 2, 0) * 255).round().byte().cpu().numpy()
        with artefact.replacing(path) as temporary:
            Image.fromarray(pixels).save(temporary, quality=90)
        return path


def _share(cosine: Tensor) -> float:
    return round(float(cosine.clamp(0, 1)), 4)
