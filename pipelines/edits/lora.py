"""Low-rank change of linear layers: y' = y + (alpha / rank)·B·A·x, with PEFT's own mathematics.

LoRA (arXiv 2106.09685, section 4.1). B starts at zero, so nothing changes until it is trained.
"""

import torch
from peft import LoraConfig
from peft.tuners.lora.layer import Linear
from torch import Tensor, nn

from pipelines.seams import Lesson


class Lora:
    """PEFT's LoRA on frozen linear layers.

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

    def build(self, layer: nn.Linear, lesson: Lesson) -> nn.Module:
        """A pair of matrices (rank, in) and (out, rank) for a linear layer."""
        config = LoraConfig(r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, init_lora_weights="gaussian")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=lesson.chance)))
            return _LowRank(Linear(_Answered(layer), "taught", config, r=self.rank, lora_alpha=self.alpha))


class _Answered(nn.Linear):
    """Stands where PEFT expects the frozen layer, and repeats what that layer has answered already."""

    def __init__(self, layer: nn.Linear):
        super().__init__(layer.in_features, layer.out_features, bias=False, device="meta")
        self.weight = layer.weight
        self.answer: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        answer, self.answer = self.answer, None
        return answer


class _LowRank(nn.Module):
    def __init__(self, tuner: Linear):
        super().__init__()
        self.down, self.up = tuner.lora_A["taught"].float(), tuner.lora_B["taught"].float()
        self.scale = tuner.scaling["taught"]
        object.__setattr__(self, "tuner", tuner)  # unregistered, because it holds the frozen layer's weight

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        self.tuner.base_layer.answer = y
        return self.tuner(x)

    def low_rank(self) -> tuple[Tensor, Tensor, float]:
        """(rank, in), (out, rank) and alpha: the exact form other programs read."""
        return self.down.weight, self.up.weight, self.scale * self.down.weight.shape[0]
