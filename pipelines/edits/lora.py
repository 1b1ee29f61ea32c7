"""Low-rank change of linear layers and convolutions: y' = y + (alpha / rank)·B·A·x, with PEFT's own mathematics.

LoRA (arXiv 2106.09685, section 4.1). B starts at zero, so nothing changes until it is trained. Of a convolution A has
the kernel, and B is one cell wide.
"""

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Conv2d, Linear
from torch import Tensor, nn

from pipelines.seams import Lesson


class Lora:
    """PEFT's LoRA on frozen linear layers and convolutions.

    Args:
        where: which layers; see `seams.layers`.
        rank: inner width, 1 or more.
        alpha: strength; the change is scaled by alpha / rank. None means equal to the rank.
        dropout: share of the input left out while training, 0 to 1.
        rate: learning rate; None takes the phase's.
    """

    decay, silent = 0.01, True

    def __init__(
        self,
        where: str = "attention",
        rank: int = 4,
        alpha: float | None = None,
        dropout: float = 0.0,
        rate: float | None = None,
    ):
        self.where, self.rank, self.rate = where, rank, rate
        self.alpha = rank if alpha is None else alpha
        self.dropout = dropout

    def build(self, layer: nn.Linear | nn.Conv2d, lesson: Lesson) -> nn.Module:
        """A pair of matrices (rank, in) and (out, rank) for a layer; kernels (rank, in, k, k) and (out, rank, 1, 1) for
        a convolution."""
        config = LoraConfig(r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, init_lora_weights="gaussian")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=lesson.chance)))
            kind = Conv2d if isinstance(layer, nn.Conv2d) else Linear
            return _LowRank(kind(_standing(layer), "taught", config, r=self.rank, lora_alpha=self.alpha))


def _standing(layer: nn.Linear | nn.Conv2d) -> nn.Module:
    """Stands where PEFT expects the frozen layer, and repeats what that layer has answered already."""
    if isinstance(layer, nn.Conv2d):
        shape = layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding, layer.dilation
        stand = nn.Conv2d(*shape, bias=False, device="meta")
    else:
        stand = nn.Linear(layer.in_features, layer.out_features, bias=False, device="meta")
    stand.weight, stand.answer = layer.weight, None

    def repeat(x: Tensor) -> Tensor:
        answer, stand.answer = stand.answer, None
        return answer

    stand.forward = repeat  # PEFT makes its own matrices of the stand's class, so it may be no class of ours
    return stand


class _LowRank(nn.Module):
    def __init__(self, tuner: Linear | Conv2d):
        super().__init__()
        self.down, self.up = tuner.lora_A["taught"].float(), tuner.lora_B["taught"].float()
        self.scale = tuner.scaling["taught"]
        object.__setattr__(self, "tuner", tuner)  # unregistered, because it holds the frozen layer's weight

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.tuner.base_layer.answer = y
        return self.tuner(x)

    def low_rank(self) -> tuple[Tensor, Tensor, float]:
        """(rank, in), (out, rank) and alpha, kernels of a convolution: the exact form other programs read."""
        return self.down.weight, self.up.weight, self.scale * self.down.weight.shape[0]
