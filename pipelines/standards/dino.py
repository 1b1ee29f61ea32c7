"""DINO: how much two pictures look alike, learnt without a word (arXiv 2104.14294); DINO-I is defined with ViT-S/16."""

from functools import cached_property
from pathlib import Path

from safetensors import safe_open
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor
from torch.nn import functional as F

from pipelines.errors import BadInput
from pipelines.standards.fitting import CUT, IMAGENET, fitted, within
from pipelines.standards.judge import Judge

SHORT, CROP = 256, 224
SIZES = {192: "Ti", 384: "S", 768: "B"}
HEAD = 64
"""Width of an attention head, the same in all of them."""


class Dino(Judge):
    """Unit vectors of the class token. The size is read from the weights: ViT-S/16 is what DINO-I means, others give
    other numbers, and bear other names."""

    GIVES = ("likeness", "likeness_within")
    PLACE = "dino"

    def __init__(self, folder: Path):
        super().__init__(folder)
        with safe_open(self.weights, "pt") as file:
            names = set(file.keys())
            if not {"cls_token", "pos_embed", "patch_embed.proj.weight"} <= names:
                raise BadInput("The weights in dino are no DINO.", "Take those of timm/vit_small_patch16_224.dino.")
            self.width = file.get_slice("cls_token").get_shape()[-1]
            self.cells = file.get_slice("pos_embed").get_shape()[1] - 1
            self.patch = file.get_slice("patch_embed.proj.weight").get_shape()[-1]
        self.depth = len({name.split(".")[1] for name in names if name.startswith("blocks.")})
        size = SIZES.get(self.width, f"{self.width}-wide")
        self.name = f"dino-{size.lower()}{self.patch}@{self.mark}"
        seen = (
            f"DINO ViT-{size}/{self.patch}, class token; shorter side to {SHORT}, bicubic by PIL, the "
            f"middle {CROP}, ImageNet's mean and deviation, float32, unit length."
        )
        self.recipes = {"likeness": seen, "likeness_within": f"{CUT} {seen}"}

    def likeness_within(self, pixels: Tensor, masks: Tensor) -> Tensor:
        """`likeness` of what is inside masks (B, h, w), 0 to 1, of any size."""
        return self.likeness(within(pixels, masks))

    def likeness(self, pixels: Tensor | list[Tensor]) -> Tensor:
        look = lambda x: F.normalize(self._model(x), dim=-1)  # noqa: E731
        return self.over(pixels, lambda x: fitted(x, SHORT, CROP, *IMAGENET), look)

    @cached_property
    def _model(self) -> VisionTransformer:
        model = VisionTransformer(
            round(self.cells**0.5) * self.patch, self.patch, num_classes=0, embed_dim=self.width, depth=self.depth,
            num_heads=self.width // HEAD, dynamic_img_size=True,
        )  # fmt: skip
        return self.ready(model, self.read())
