"""Segment with MobileSAM (Zhang et al., arXiv 2306.14289): SAM's answers from a 40 MB file, quick on a processor."""

import re

import numpy as np
import timm
from segment_anything.modeling import Sam
from segment_anything.modeling.common import LayerNorm2d
from torch import Tensor, nn

from pipelines.clicks import Clicks, sam_around
from pipelines.errors import BadInput
from pipelines.segmenters import Prompt, Reading
from pipelines.weights import checksum, read_weights

PUBLISHED = {"6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f": "mobile_sam.pt"}
"""sha256 of the file the paper's authors published."""

GRID, SIDE = 64, 1024


class MobileSam:
    """The MobileSAM checkpoint behind the one protocol; see `pipelines.segmenters.Segmenter`.

    Args:
        checkpoint: the published `mobile_sam.pt`, or a `.safetensors` file with the same names in it.
        device: where it runs.
    """

    def __init__(self, checkpoint: str, device: str = "cpu"):
        self.clicks = Clicks(model_of(read_weights(checkpoint, PUBLISHED)), device)
        self.side, self.signature = self.clicks.square, f"mobile-sam-{checksum(checkpoint)[:16]}"

    def encode(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        return {"features": self.clicks.encode(pixels)}

    def read(self, pixels: np.ndarray, encoding: dict[str, np.ndarray], prompt: Prompt) -> list[Reading]:
        if prompt == Prompt():
            return self.clicks.find(pixels, encoding["features"])[:3]
        return self.clicks.read(pixels.shape, encoding["features"], prompt)

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """Nothing to add: its edges are as good as its picture is large."""
        return readings


class TinyEncoder(nn.Module):
    """timm's TinyViT-5M as MobileSAM uses it: the last stage keeps its resolution, and SAM's neck follows.

    (B, 3, 1024, 1024) → (B, 256, 64, 64).
    """

    img_size = SIDE

    def __init__(self, width: int = 256):
        super().__init__()
        self.body = timm.create_model("tiny_vit_5m_224", pretrained=False, num_classes=0)
        self.body.head = nn.Identity()
        self.body.stages[3].downsample.conv2.conv.stride = (1, 1)
        self.neck = nn.Sequential(
            nn.Conv2d(self.body.num_features, width, 1, bias=False), LayerNorm2d(width),
            nn.Conv2d(width, width, 3, padding=1, bias=False), LayerNorm2d(width),
        )  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        seen = self.body.patch_embed(image)
        for stage in self.body.stages:
            seen = stage(seen)
        return self.neck(seen)


def model_of(weights: dict[str, Tensor]) -> Sam:
    """The model these weights belong to.

    Raises:
        BadInput: when they are not the weights of MobileSAM.
    """
    ours = {ours: value for name, value in weights.items() if (ours := _renamed(name))}
    try:
        return sam_around(TinyEncoder(), ours, GRID)
    except (KeyError, RuntimeError) as error:
        raise BadInput("This file holds no MobileSAM.", "Choose mobile_sam.pt.") from error


def _renamed(name: str) -> str:
    """MobileSAM's name of a tensor to timm's; empty for the classifier, which nobody asks."""
    if not name.startswith("image_encoder.") or name.startswith("image_encoder.neck."):
        return name
    if name.startswith(("image_encoder.head.", "image_encoder.norm_head.")):
        return ""
    name = name.replace("image_encoder.", "image_encoder.body.")
    name = name.replace("patch_embed.seq.0.", "patch_embed.conv1.").replace("patch_embed.seq.2.", "patch_embed.conv2.")
    name = re.sub(r"layers\.(\d)\.downsample", lambda match: f"stages.{int(match[1]) + 1}.downsample", name)
    return name.replace("layers.", "stages.").replace(".c.", ".conv.")
