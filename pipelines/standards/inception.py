"""Inception as FID and the Inception score are defined with it: the TensorFlow network of 2015-12-05.

Its weights fit torchvision's Inception v3, but it pools otherwise: averages leave padding out, and the last block takes
maxima. It sees pictures as Clean-FID shows them (arXiv 2104.11222).
"""

from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from pipelines.doors import open_doors
from pipelines.standards.fitting import squashed
from pipelines.standards.judge import Judge

open_doors()

from torchvision.models.inception import Inception3, InceptionA, InceptionC, InceptionE  # noqa: E402

SIDE, CLASSES = 299, 1008


class Inception(Judge):
    """`features` are what the last pooling gives, 2048 numbers; `classes` the shares of 1008 classes, of logits without
    their bias, as the Inception score was first computed."""

    GIVES = ("features", "classes")
    PLACE = "inception"

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.name = f"inception-2015@{self.mark}"
        seen = f"{SIDE} pixels, each channel bicubic by PIL in floats (Clean-FID), (x - 128) / 128"
        self.recipes = {
            "features": f"Inception of 2015-12-05, last pooling, 2048 numbers; {seen}.",
            "classes": f"Inception of 2015-12-05, 1008 classes, logits without bias; {seen}.",
        }

    def features(self, pixels: Tensor) -> Tensor:
        return self.over(pixels, lambda x: (squashed(x, SIDE) - 128) / 128, self._pooled)

    def classes(self, pixels: Tensor) -> Tensor:
        weight = self._model.fc.weight.cpu()
        return (self.features(pixels) @ weight.T).softmax(1)

    def _pooled(self, x: Tensor) -> Tensor:
        seen: list[Tensor] = []
        hook = self._model.avgpool.register_forward_hook(lambda module, args, answer: seen.append(answer.flatten(1)))
        try:
            self._model(x)
        finally:
            hook.remove()
        return seen[0]

    @cached_property
    def _model(self) -> Inception3:
        model = Inception3(CLASSES, aux_logits=False, init_weights=False)
        return pooled_otherwise(self.ready(model, self.read()))


def pooled_otherwise(model: Inception3) -> Inception3:
    """The same network with the pooling of the TensorFlow one in every block that has a pooling branch."""
    blocks = [block for block in model.children() if isinstance(block, InceptionA | InceptionC | InceptionE)]
    for block in blocks:
        pool = _maxima if block is blocks[-1] else _averages
        block.register_forward_pre_hook(_remember(block, pool))
        block.branch_pool.register_forward_pre_hook(lambda module, args, block=block: (block.pooled,))
    return model


def _remember(block, pool):
    def keep(module, args) -> None:
        block.pooled = pool(args[0])

    return keep


def _averages(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def _maxima(x: Tensor) -> Tensor:
    return torch.max_pool2d(x, 3, stride=1, padding=1)
