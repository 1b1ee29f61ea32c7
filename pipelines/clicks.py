"""Ask any segment-anything model: the photo goes in once, then every click, box or both is answered quickly."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from segment_anything.modeling import MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
from torch import Tensor, nn

from pipelines.segmenters import Prompt, Reading

MEAN, SPREAD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
"""Of the colours of ImageNet, 0 to 255, which every published SAM was trained with."""

GRID = 6
"""Side of the grid of clicks tried when nobody said where the thing is."""

HEADS = 8
"""Attention heads of the mask decoder, in every checkpoint published."""


def sam_around(encoder: nn.Module, weights: dict[str, Tensor], grid: int) -> Sam:
    """Build a SAM around an image encoder and fill it with weights, whose shapes say how wide the rest is.

    Args:
        encoder: maps (1, 3, S, S) to (1, C, grid, grid); has `img_size` = S.
        weights: named as in the published checkpoints.
        grid: side of the embedding.

    Raises:
        KeyError, RuntimeError: when the weights are not those of a SAM of this encoder.
    """
    width = weights["prompt_encoder.no_mask_embed.weight"].shape[1]
    prompts = PromptEncoder(
        embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(encoder.img_size,) * 2,
        mask_in_chans=weights["prompt_encoder.mask_downscaling.3.weight"].shape[0],
    )  # fmt: skip
    layers = {name.split(".")[3] for name in weights if name.startswith("mask_decoder.transformer.layers.")}
    mlp = weights["mask_decoder.transformer.layers.0.mlp.lin1.weight"].shape[0]
    decoder = MaskDecoder(
        transformer_dim=width, transformer=TwoWayTransformer(len(layers), width, HEADS, mlp),
        iou_head_hidden_dim=weights["mask_decoder.iou_prediction_head.layers.0.weight"].shape[0],
    )  # fmt: skip
    model = Sam(encoder, prompts, decoder, pixel_mean=MEAN, pixel_std=SPREAD)
    model.load_state_dict(weights)
    return model


class Clicks:
    """A `segment_anything.modeling.Sam` of any size, frozen, on one device.

    Args:
        model: the model; its `image_encoder.img_size` is the square, in pixels, that photos are fitted into.
        device: where it runs.
    """

    def __init__(self, model: Sam, device: str | torch.device = "cpu"):
        self.model = model.eval().requires_grad_(False).to(device)
        self.device, self.square = torch.device(device), model.image_encoder.img_size

    @torch.inference_mode()
    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB → (1, C, h, w) float16, the image embedding."""
        height, width = self._fitted(pixels.shape)
        fitted = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        image = torch.from_numpy(fitted).to(self.device).permute(2, 0, 1)[None]
        return self.model.image_encoder(self.model.preprocess(image)).half().cpu().numpy()

    @torch.inference_mode()
    def read(self, shape: Sequence[int], features: np.ndarray, prompt: Prompt) -> list[Reading]:
        """The model's readings of a prompt on a picture of `shape` (H, W, ...), best first; up to three.

        One click may mean a part or the whole, so the model is asked for three masks; a box, or several clicks, leave
        less doubt, so its single answer leads.
        """
        clear = prompt.box is not None or len(prompt.add) + len(prompt.remove) > 1
        logits, scores = self._decode(features, *self._spoken(prompt, shape))
        order = scores[0, 1:].argsort(descending=True) + 1
        chosen = [0, *order.tolist()[:2]] if clear else order.tolist()
        return [self._reading(logits[0, i], scores[0, i], shape) for i in chosen]

    @torch.inference_mode()
    def find(self, pixels: np.ndarray, features: np.ndarray) -> list[Reading]:
        """The main thing: clicks on a grid, and of the masks they give those that are sure, central and of one piece
        with clear edges, neither a speck nor the whole photo."""
        height, width = pixels.shape[:2]
        at = (np.arange(GRID) + 0.5) / GRID
        clicks = [(x * width, y * height) for y in at for x in at]
        points = torch.tensor(clicks, dtype=torch.float32, device=self.device)[:, None]
        ones = torch.ones(len(clicks), 1, device=self.device)
        logits, scores = self._decode(features, points * self._scale(pixels.shape), ones)
        logits, scores = logits[:, 1:].flatten(0, 1), scores[:, 1:].flatten()
        steady = (logits > 1).sum((1, 2)) / (logits > -1).sum((1, 2)).clamp(min=1)
        readings = []
        for i in (scores * steady).argsort(descending=True)[:12].tolist():
            reading = self._reading(logits[i], scores[i] * steady[i], pixels.shape)
            readings.append(Reading(reading.mask, round(reading.score * centrality(reading.mask), 3)))
        return sorted(readings, key=lambda reading: -reading.score)

    def _spoken(self, prompt: Prompt, shape: Sequence[int]) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """Points (1, N, 2), labels (1, N) and box (1, 4) on the model's own square."""
        prompt = prompt.scaled(self._scale(shape))
        box = torch.tensor([prompt.box], dtype=torch.float32, device=self.device) if prompt.box else None
        if not prompt.add + prompt.remove:
            return None, None, box
        points = torch.tensor([prompt.add + prompt.remove], dtype=torch.float32, device=self.device)
        labels = torch.tensor([[1] * len(prompt.add) + [0] * len(prompt.remove)], device=self.device)
        return points, labels, box

    def _decode(self, features, points, labels, box=None) -> tuple[Tensor, Tensor]:
        """Logits (B, 4, h, w), four times the embedding, and predicted IoU (B, 4); the first is the single answer."""
        clicks = None if points is None else (points, labels)
        sparse, dense = self.model.prompt_encoder(points=clicks, boxes=box, masks=None)
        return self.model.mask_decoder.predict_masks(
            image_embeddings=torch.from_numpy(features).to(self.device, dtype=dense.dtype),
            image_pe=self.model.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
        )

    def _reading(self, logits: Tensor, score: Tensor, shape: Sequence[int]) -> Reading:
        """Cut off the padding and bring one answer (h, w) to the picture's size."""
        height, width = (-(-v * logits.shape[0] // self.square) for v in self._fitted(shape))
        seen = logits[:height, :width].float().cpu().numpy()
        mask = cv2.resize(seen, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR) > self.model.mask_threshold
        return Reading(mask, round(float(score.clamp(0, 1)), 3))

    def _scale(self, shape: Sequence[int]) -> float:
        return self.square / max(shape[:2])

    def _fitted(self, shape: Sequence[int]) -> tuple[int, int]:
        """Height and width of the picture inside the square."""
        return tuple(max(1, round(v * self._scale(shape))) for v in shape[:2])


def centrality(mask: np.ndarray) -> float:
    """How much a mask looks like what a photo was taken of, 0 to 1: in the middle, not a speck, not everything."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return 0.0
    away = np.hypot(rows.mean() / height - 0.5, columns.mean() / width - 0.5)
    share = mask.mean()
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
    return float(np.exp(-((away / 0.25) ** 2)) * min(1.0, share / 0.05) * (1 - rim) * (1.0 if share < 0.7 else 0.3))
