"""OWL: where in a picture a thing is that words name (arXiv 2205.06230, 2306.09683), and with SAM, its outline."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines.artefact import fingerprint
from pipelines.doors import open_doors
from pipelines.errors import BadInput
from pipelines.segmenters import Prompt
from pipelines.segmenters.sam import PUBLISHED, Sam
from pipelines.standards.clip import COLOURS
from pipelines.standards.fitting import normal
from pipelines.standards.judge import Judge

open_doors()

from transformers import (  # noqa: E402
    CLIPTokenizer,
    Owlv2ForObjectDetection,
    OwlViTForObjectDetection,
    PreTrainedModel,
)

KINDS = {"owlv2": Owlv2ForObjectDetection, "owlvit": OwlViTForObjectDetection}
SURE = 0.25
"""How sure of its best box OWL must be for a thing to count as found, as MuDI has it (arXiv 2404.04243)."""
ASKED, LENGTH = "a photo of a {}", 16
GREY = 128


class Owl(Judge):
    """`seen`: how surely things are there. `cover`: the outline of the surest one, where the folder holds SAM, too."""

    GIVES = ("seen", "cover")
    PLACE = "owl"

    def __init__(self, folder: Path):
        super().__init__(folder)
        kind = json.loads((folder / "config.json").read_text("utf-8")).get("model_type")
        if kind not in KINDS:
            raise BadInput("The weights in owl are no OWL.", "Take those of google/owlv2-base-patch16-ensemble.")
        self.kind = KINDS[kind]
        sight = self.kind.config_class.from_pretrained(folder, local_files_only=True).vision_config
        self.side, self.padded = sight.image_size, kind == "owlv2"
        self.name = f"{kind}-{sight.hidden_size}-wide{sight.patch_size}-{self.side}@{self.mark}"
        shape = "filled up to a square with grey, right and below" if self.padded else "squashed to a square"
        words = (
            f"{kind}, {sight.hidden_size} wide, patches of {sight.patch_size}; {shape}, {self.side} pixels, bicubic by "
            f"PIL, CLIP's mean and deviation, float32; asked for “{ASKED.format('NOUN')}”"
        )
        self.recipes = {"seen": f"Its surest box by {words}."}
        self.sam = next((one for one in (folder / name for name in ("sam.safetensors", *PUBLISHED.values()))
                         if one.is_file()), None)  # fmt: skip
        if self.sam:
            published = {name: sha256 for sha256, name in PUBLISHED.items()}  # Sam reads none of these with another sum
            drawn = f"sam-{(published.get(self.sam.name) or fingerprint([self.sam]))[:12]}"
            self.name += f" {drawn}"
            self.recipes["cover"] = (
                f"Found by {words}; the surest box, from {SURE} on, and in it the single answer of SAM ({drawn})."
            )

    def seen(self, pixels: Tensor, things: Sequence[str]) -> Tensor:
        """(B, K), 0 to 1: how sure the surest box is of each of K things."""
        return torch.stack([sure.amax(0) for sure, _ in self._boxes(pixels, things)])

    def cover(self, pixels: Tensor, noun: str) -> Tensor:
        """(B, H, W), 0 or 1: the outline of the surest thing of a class; all 0 where none is sure enough."""
        masks = torch.zeros(len(pixels), *pixels.shape[-2:])
        whole = [one for part in self.parts(pixels, lambda x: x) for one in part]
        for k, (sure, boxes) in enumerate(self._boxes(pixels, [noun])):
            best = int(sure[:, 0].argmax())
            if sure[best, 0] >= SURE:
                masks[k] = self._outline(whole[k], boxes[best])
        return masks

    @torch.no_grad()
    def _boxes(self, pixels: Tensor, things: Sequence[str]) -> list[tuple[Tensor, Tensor]]:
        """Of each picture how sure (N, K) every box is of each thing, and the boxes (N, 4): x0, y0, x1, y1, pixels, as
        far as they lie in the picture; one that lies in what fills it up shows nothing, and is sure of nothing."""
        high, wide = pixels.shape[-2:]
        sides = torch.tensor([max(high, wide)] * 4 if self.padded else [wide, high] * 2, dtype=torch.float32)
        texts = [ASKED.format(one) for one in things]
        words = self._tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
        found = []
        for part in self.parts(pixels, self._square):
            asked = {name: value.repeat(len(part), 1).to(self.device) for name, value in words.items()
                     if name in ("input_ids", "attention_mask")}  # fmt: skip
            answer = self._model(pixel_values=part, **asked)
            centres, sizes = answer.pred_boxes.float().cpu().split(2, dim=-1)
            boxes = torch.cat([centres - sizes / 2, centres + sizes / 2], -1) * sides
            boxes = torch.minimum(boxes.clamp(min=0), torch.tensor([wide, high] * 2))
            there = (boxes[..., 2:] - boxes[..., :2]).amin(-1, keepdim=True) >= 1  # a pixel and more
            found += zip(answer.logits.float().sigmoid().cpu() * there, boxes, strict=True)
        return found

    def _square(self, pixels: Tensor) -> Tensor:
        squares = []
        for one in pixels:
            image = Image.fromarray((one.cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())
            if self.padded:
                whole = Image.new("RGB", (max(image.size),) * 2, (GREY,) * 3)
                whole.paste(image, (0, 0))
                image = whole
            seen = np.array(image.resize((self.side, self.side), Image.Resampling.BICUBIC), dtype=np.float32)
            squares.append(torch.from_numpy(seen / 255).permute(2, 0, 1))
        return normal(torch.stack(squares), *COLOURS)

    def _outline(self, pixels: Tensor, box: Tensor) -> Tensor:
        image = (pixels.cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
        reading = self._sam.read(image, self._sam.encode(image), Prompt(box=tuple(box.tolist())))[0]
        return torch.from_numpy(reading.mask).float()

    @cached_property
    def _model(self) -> PreTrainedModel:
        model = self.kind.from_pretrained(self.folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)
        return model.requires_grad_(False).eval().to(self.device)

    @cached_property
    def _tokenizer(self) -> CLIPTokenizer:
        return CLIPTokenizer.from_pretrained(self.folder, local_files_only=True)

    @cached_property
    def _sam(self) -> Sam:
        return Sam(str(self.sam), str(self.device))
