"""LPIPS: how different two pictures look to people (arXiv 1801.03924), with AlexNet, version 0.1."""

from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from pipelines.doors import open_doors
from pipelines.errors import BadInput
from pipelines.standards.fitting import fitted
from pipelines.standards.judge import Judge
from pipelines.weights import read_weights

open_doors()

from torchvision.models import AlexNet  # noqa: E402

SIDE, LAYERS = 256, 5
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Of pixels from -1 to 1."""
EPSILON = 1e-10
"""Added to lengths before they divide, as the official code does."""


class Lpips(Judge):
    """The five ReLU layers at unit length in each cell, times the roots of LPIPS's weights, so that its distance is the
    sum over layers of the mean over cells of squared differences."""

    GIVES = ("layers",)
    PLACE = "lpips"

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.name = f"lpips-alex@{self.mark}"
        words = f"LPIPS v0.1 with AlexNet; shorter side to {SIDE}, bicubic by PIL, the middle square."
        self.recipes = {"layers": words}

    @torch.no_grad()
    def layers(self, pixels: Tensor) -> list[Tensor]:
        """Five of (B, C, h, w)."""
        mean, std = [(v + 1) / 2 for v in SHIFT], [v / 2 for v in SCALE]  # the same for pixels from 0 to 1
        parts = self.parts(pixels, lambda x: fitted(x, SIDE, SIDE, mean, std))
        return [torch.cat(one) for one in zip(*(self._seen(part) for part in parts), strict=True)]

    def _seen(self, x: Tensor) -> list[Tensor]:
        features, roots = self._model
        found = []
        for layer in features:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                length = x.square().sum(1, keepdim=True).sqrt()
                found.append((x / (length + EPSILON) * roots[len(found)]).cpu())
        return found

    @cached_property
    def _model(self) -> tuple[nn.Sequential, list[Tensor]]:
        with torch.device("meta"):  # nobody needs the large layers that follow the features
            features = AlexNet().features
        weights = {name.removeprefix("features."): w for name, w in self.read().items()}
        features = self.ready(features.to_empty(device="cpu"), weights)
        lins = read_weights(self.folder / self.seat.files[1])
        names = [f"lin{k}.model.1.weight" for k in range(LAYERS)]
        if set(names) - set(lins):
            raise BadInput("lins.safetensors lacks weights of LPIPS.", "Take lpips/weights/v0.1/alex.pth.")
        return features, [lins[name].clamp(min=0).sqrt().to(self.device) for name in names]
