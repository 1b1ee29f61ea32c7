"""The second subject of a class, from its photos to its tuned file, beside a script that begins from nothing.

DreamBooth-LoRA with prior preservation, in the measure of 16 class images of 20 sampling steps to 60 steps of training.
One thread, CPU time. `fresh` is the script as it stands: class images made, decoded and written as JPEG, then read and
encoded in every step. `fair` lets it find that folder filled, as a user may point it to one. How far the base's loss on
the latents kept here is from that on the JPEGs is told beside: a VAE does not give back all that it was given.
"""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import tune
from pipelines.backbone import PROCESSOR, Backbone
from pipelines.bank import bank
from pipelines.benchmarks import official
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.jpegs import photographed
from pipelines.benchmarks.lora_step import FALL, RANK, RATE, asked
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.turns import one_thread
from pipelines.events import Silent
from pipelines.examples import Kit
from pipelines.glimpse import importance
from pipelines.spec import Subject
from pipelines.tasks import Tune

IMAGES, STEPS, SAMPLED, SCALE = 4, 15, 20, 5.0
PROMPT = "a photo of a {}"
CLOSE = 0.02  # share by which the base's losses on latents and on JPEGs may differ
HOPED = {"fresh": 4.0, "fair": 1.6}
"""How many times as long theirs may take."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """Both ratios, and the seconds of ours."""

    def look() -> dict[str, float]:
        backbone = Backbone.load("starter", PROCESSOR)
        return measured(backbone, parts.home / "photos", *((1, 3, 4) if quick else (IMAGES, STEPS, SAMPLED)))

    told = parts.part("second", look)
    return [
        figure("second_concept_fresh_ratio", told["fresh"], "times", HOPED["fresh"]),
        figure("second_concept_fair_ratio", told["fair"], "times", HOPED["fair"]),
        figure("second_concept_s", told["ours"], "s"),
        figure("second_concept_prior_apart", told["apart"], "share", CLOSE, most=True),
    ]


def measured(backbone: Backbone, folder: Path, images: int, steps: int, sampled: int) -> dict[str, float]:
    """`ours` (CPU seconds of the second subject), `fresh` and `fair` (theirs to ours), `apart` (share of the loss)."""
    with one_thread():
        subject = photographed("cat", 1, folder)
        kit, prompt = Kit(backbone, (subject,), Silent(), cache=folder / "cache"), PROMPT.format(subject.noun)
        latents, painting = timed(lambda: bank(kit, prompt, [prompt] * images, sampled, SCALE, "making class images"))
        kept, writing = timed(lambda: written(backbone, latents, folder))
        far = apart(backbone, latents, kept, prompt)
        _, ours = timed(lambda: tune.tune(task(subject, folder, images, steps), backbone, Silent()))
        photos, unet = [one.image for one in subject.photos], official.low_rank(backbone, RANK)
        _, training = timed(
            lambda: official.dreambooth_lora(
                backbone, unet, photos, f"a photo of sks {subject.noun}", steps, RATE, FALL, (), kept, prompt
            )
        )
        return {
            "ours": ours, "fresh": (painting + writing + training) / ours, "fair": training / ours, "apart": far,
        }  # fmt: skip


def task(subject: Subject, folder: Path, images: int, steps: int) -> Tune:
    """Our run for the second subject; the first left its class images in the cache."""
    return replace(asked(subject, folder, steps, prior=1.0, images=images), cache=str(folder / "cache"))


def timed(work) -> tuple:
    """What a function answers, and the CPU seconds it took."""
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


def written(backbone: Backbone, latents: Tensor, folder: Path) -> list[str]:
    """Class images as JPEG files."""
    files = []
    for k, one in enumerate(latents):
        pixels = (backbone.to_pixels(one[None])[0] * 255).round().byte().permute(1, 2, 0).numpy()
        files.append(str(folder / f"class-{k}.jpg"))
        Image.fromarray(np.ascontiguousarray(pixels)).save(files[-1], quality=95)
    return files


@torch.no_grad()
def apart(backbone: Backbone, latents: Tensor, kept: list[str], prompt: str) -> float:
    """By what share the base's mean loss on the JPEGs differs from that on the latents, on the same draws."""
    words, means = backbone.encode([prompt]), []
    for found in ([one[None] for one in latents], [official.latent(backbone, path) for path in kept]):
        chance, losses = torch.Generator().manual_seed(0), []
        for clean in found:
            for t in torch.tensor([[100], [350], [600], [850]]):
                noise = torch.randn(clean.shape, generator=chance)
                answer = backbone.predict(backbone.schedule.noised(clean, noise, t), t, words)
                square = (answer - backbone.schedule.target(clean, noise, t)).square().mean()
                losses.append(float(square * importance(backbone.schedule, t)))
        means.append(sum(losses) / len(losses))
    return abs(means[1] / means[0] - 1)
