"""CLIP: whether a picture shows what a sentence says, and what two pictures have in common (arXiv 2103.00020)."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from pipelines.doors import open_doors
from pipelines.standards.fitting import CUT, fitted, within
from pipelines.standards.judge import Judge

open_doors()

from transformers import CLIPConfig, CLIPModel, CLIPTokenizer  # noqa: E402

COLOURS = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
LENGTH = 77


class Clip(Judge):
    """Pictures and sentences as unit vectors of one space: CLIP-T and CLIP-I."""

    GIVES = ("pictures", "sentences", "pictures_within")
    PLACE = "clip"

    def __init__(self, folder: Path):
        super().__init__(folder)
        sight = json.loads((folder / "config.json").read_text("utf-8")).get("vision_config", {})
        self.side, patch = sight.get("image_size", 224), sight.get("patch_size", 32)
        size = {768: "B", 1024: "L", 1280: "H"}.get(sight.get("hidden_size", 768), f"{sight.get('hidden_size')}-wide ")
        self.name = f"clip-{size.strip().lower()}{patch}-{self.side}@{self.mark}"
        seen = (
            f"CLIP ViT-{size}/{patch} at {self.side} pixels; shorter side to {self.side}, bicubic by PIL, the middle "
            "square, CLIP's mean and deviation, float32, unit length"
        )
        words = f"Its text half: at most {LENGTH} tokens, the trigger word removed, unit length."
        self.recipes = dict(zip(self.GIVES, (f"{seen}.", words, f"{CUT} {seen}."), strict=False))

    def pictures_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        """`pictures` of what is inside masks (B, h, w), 0 to 1, of any size."""
        return self.pictures(within(pixels, masks))

    def pictures(self, pixels: Tensor | list[Tensor]) -> Tensor:
        look = lambda x: F.normalize(self._model.get_image_features(pixel_values=x).pooler_output, dim=-1)  # noqa: E731
        return self.over(pixels, lambda x: fitted(x, self.side, self.side, *COLOURS), look)

    @torch.no_grad()
    def sentences(self, texts: Sequence[str]) -> Tensor:
        tokens = self._tokenizer(
            list(texts), padding="longest", truncation=True, max_length=LENGTH, return_tensors="pt"
        ).to(self.device)
        answer = self._model.get_text_features(**tokens)
        return F.normalize(answer.pooler_output, dim=-1).float().cpu()

    @cached_property
    def _model(self) -> CLIPModel:
        model = CLIPModel(CLIPConfig.from_pretrained(self.folder, local_files_only=True)).float()
        return self.ready(model, self.read())

    @cached_property
    def _tokenizer(self) -> CLIPTokenizer:
        return CLIPTokenizer.from_pretrained(self.folder, local_files_only=True)


class LargeClip(Clip):
    """The CLIP that CMMD is defined with, ViT-L/14 at 336 pixels; it sees pictures only."""

    GIVES = ("gist",)
    PLACE = "clip-336"

    def gist(self, pixels: Tensor) -> Tensor:
        return self.pictures(pixels)
