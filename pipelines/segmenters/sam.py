"""Segment with SAM (Kirillov et al., arXiv 2304.02643): the ViT-B, L and H checkpoints, or any file of that shape."""

import re
from functools import partial

import numpy as np
from segment_anything.modeling import ImageEncoderViT
from segment_anything.modeling import Sam as Model
from torch import Tensor, nn

from pipelines.clicks import Clicks, sam_around
from pipelines.errors import BadInput
from pipelines.segmenters import Prompt, Reading
from pipelines.weights import checksum, read_weights

PUBLISHED = {
    "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912": "sam_vit_b_01ec64.pth",
    "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622": "sam_vit_l_0b3195.pth",
    "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e": "sam_vit_h_4b8939.pth",
}
"""sha256 of the files the paper's authors published."""


class Sam:
    """A SAM checkpoint behind the one protocol; see `pipelines.segmenters.Segmenter`.

    Args:
        checkpoint: a published `.pth`, or a `.safetensors` file with the same names in it.
        device: where it runs.
    """

    def __init__(self, checkpoint: str, device: str = "cpu"):
        self.clicks = Clicks(model_of(read_weights(checkpoint, PUBLISHED)), device)
        self.side, self.signature = self.clicks.square, f"sam-{checksum(checkpoint)[:16]}"

    def encode(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        return {"features": self.clicks.encode(pixels)}

    def read(self, pixels: np.ndarray, encoding: dict[str, np.ndarray], prompt: Prompt) -> list[Reading]:
        if prompt == Prompt():
            return self.clicks.find(pixels, encoding["features"])[:3]
        return self.clicks.read(pixels.shape, encoding["features"], prompt)

    def refine(self, pixels: np.ndarray, prompt: Prompt, readings: list[Reading]) -> list[Reading]:
        """Nothing to add: its edges are as good as its picture is large."""
        return readings


def model_of(weights: dict[str, Tensor]) -> Model:
    """Build the model whose weights these are; their shapes and names say how large it is.

    Raises:
        BadInput: when they are not the weights of a SAM.
    """
    try:
        return sam_around(_encoder(weights), weights, weights["image_encoder.pos_embed"].shape[1])
    except (KeyError, RuntimeError, ValueError) as error:
        raise BadInput("This file holds no SAM.", "Choose sam_vit_b, sam_vit_l or sam_vit_h.") from error


def _encoder(weights: dict[str, Tensor]) -> ImageEncoderViT:
    width, _, patch, _ = weights["image_encoder.patch_embed.proj.weight"].shape
    grid = weights["image_encoder.pos_embed"].shape[1]
    found = (re.fullmatch(r"image_encoder\.blocks\.(\d+)\.attn\.rel_pos_h", name) for name in weights)
    spans = {int(match[1]): weights[match[0]].shape for match in found if match}
    everywhere = [block for block, span in spans.items() if span[0] == 2 * grid - 1]
    windows = [(span[0] + 1) // 2 for block, span in spans.items() if block not in everywhere]
    return ImageEncoderViT(
        img_size=grid * patch, patch_size=patch, embed_dim=width, depth=len(spans), num_heads=width // spans[0][1],
        mlp_ratio=weights["image_encoder.blocks.0.mlp.lin1.weight"].shape[0] / width, qkv_bias=True, use_rel_pos=True,
        out_chans=weights["image_encoder.neck.0.weight"].shape[0], norm_layer=partial(nn.LayerNorm, eps=1e-6),
        window_size=windows[0] if windows else 0, global_attn_indexes=everywhere,
    )  # fmt: skip
