"""The starter's text encoder, learnt against pictures and then frozen: it conditions the UNet and is half of the judge.

Contrastive learning as in CLIP (Radford et al., arXiv:2103.00020): in a batch of pictures with their captions, each
must find its own.
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from pipelines.starter import larder
from pipelines.starter.course import Course, quick
from pipelines.starter.larder import Larder, Make
from pipelines.starter.pool import Pool
from pipelines.starter.tower import Tower
from pipelines.starter.wear import worn
from pipelines.starter.words import LENGTH

WIDTH = 192
SIDE = 64
"""Pixels at which pictures are seen."""
SHARED = 128
"""Size of the space where pictures and sentences meet."""


def encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """A fresh text encoder of four layers for a tokenizer's vocabulary."""
    ends = dict(bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=4,
        num_attention_heads=6, max_position_embeddings=LENGTH, projection_dim=SHARED, hidden_act="quick_gelu",
        pad_token_id=tokenizer.pad_token_id, **ends,
    )  # fmt: skip
    return CLIPTextModel(config)


class Judge(nn.Module):
    """Pictures and sentences in one space: `image` (B, 3, S, S) from 0 to 1 and `text` token ids (B, L) become unit
    vectors (B, 128). `scale` is the learnt inverse temperature."""

    def __init__(self, tokenizer: CLIPTokenizer):
        super().__init__()
        self.words, self.tower = encoder(tokenizer), Tower()
        self.from_words = nn.Linear(WIDTH, SHARED, bias=False)
        self.from_tower = nn.Linear(Tower.WIDTH, SHARED, bias=False)
        self.scale = nn.Parameter(torch.tensor(2.7))

    def image(self, pixels: Tensor) -> Tensor:
        return F.normalize(self.from_tower(self.tower(pixels)).float(), dim=-1)

    def within(self, pixels: Tensor, shares: Tensor) -> Tensor:
        """`image` of a part of the pictures; `shares` as in `Tower.within`."""
        return F.normalize(self.from_tower(self.tower.within(pixels, shares)).float(), dim=-1)

    def text(self, ids: Tensor) -> Tensor:
        return F.normalize(self.from_words(self.words(input_ids=ids).pooler_output).float(), dim=-1)


def pairs(tokenizer: CLIPTokenizer) -> Make:
    """What is kept to learn sentences from: `pixels` (N, 3, SIDE, SIDE) uint8 and `ids` of the captions."""

    def make(pool: Pool, shard: int) -> dict[str, Tensor]:
        seen, _ = larder.pixels(torch.from_numpy(np.array(pool.rows(shard))))
        small = (F.avg_pool2d(seen, seen.shape[-1] // SIDE) * 255).round().byte()
        return {"pixels": small, "ids": torch.from_numpy(pool.ids(shard, tokenizer))}

    return make


def train(
    shelf: Larder,
    tokenizer: CLIPTokenizer,
    folder: Path,
    steps: int = 700,
    size: int = 160,
    seconds: float = math.inf,
    start: dict[str, Tensor] | None = None,
    device: str = "cpu",
    say=print,
) -> Judge:
    """Train text encoder and picture tower together on the larder's `pairs`; returns the averaged Judge.

    Pictures are seen at SIDE pixels, six in ten of them worn. Two captions in five name everything.

    Args:
        size: of the batch. seconds: see `Course`. start: weights of a Judge to begin from.
    """
    torch.manual_seed(1)
    judge = Judge(tokenizer)
    if start:
        judge.load_state_dict(start)
    judge = judge.to(device)
    noted = {"size": size, "begun": start is not None}
    course = Course(
        folder, "text", judge, steps, 4e-3, warm=100, fall=0.5, average=0.998, seconds=seconds, noted=noted, say=say
    )

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        some = shelf.some(rng, size)
        pixels = worn(some["pixels"].float() / 255, noise)
        ids = said(some["ids"], rng, full=0.4)
        with quick(device):
            seen, meant = judge.image(pixels), judge.text(ids)
        likeness = judge.scale.exp().clamp(max=100) * seen @ meant.T
        own = torch.arange(size, device=device)
        value = (F.cross_entropy(likeness, own) + F.cross_entropy(likeness.T, own)) / 2
        right = (likeness[:64, :64].argmax(1) == own[:64]).float().mean()
        return value, {"of_64": right, "scale": judge.scale.detach().exp()}

    return course.run(loss)


def said(ids: Tensor, rng: np.random.Generator, full: float) -> Tensor:
    """One caption of each picture, (B, LENGTH) int64, of its (B, 1 + PHRASINGS, LENGTH): the full one so often."""
    count, phrasings = ids.shape[:2]
    which = np.where(rng.random(count) < full, 0, rng.integers(1, phrasings, count))
    rows = torch.arange(count, device=ids.device)
    return ids[rows, torch.from_numpy(which).to(ids.device, non_blocking=True)].long()
