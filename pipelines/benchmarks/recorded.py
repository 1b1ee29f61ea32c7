"""What a tuning run drew in each of its steps, so that another loop can be given the very same."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.backbone import Backbone
from pipelines.schedule import Schedule


@dataclass
class Drawn:
    """One batch: what was said, x_t (B, C, h, w), t (B,), the words as read (B, M, D), and what should be answered."""

    prompts: tuple[str, ...]
    x: Tensor
    t: Tensor
    text: Tensor
    target: Tensor


@contextmanager
def recorded(backbone: Backbone) -> Iterator[list[Drawn]]:
    """Within, every batch that is looked at is noted, frozen ones included; the backbone is as before afterwards."""
    found: list[Drawn] = []
    said: list[tuple[str, ...]] = [()]
    plain = backbone.predict, backbone.encode, backbone.schedule

    class Heard(Schedule):
        def target(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
            answer = super().target(x0, noise, t)
            found[-1].target = answer
            return answer

    def encode(prompts, stage=None):
        said[0] = tuple(prompts)
        return plain[1](prompts, stage)

    def predict(x, t, words):
        found.append(Drawn(said[0], x, t, words.text.detach().clone(), torch.empty(0)))
        return plain[0](x, t, words)

    backbone.predict, backbone.encode, backbone.schedule = predict, encode, Heard(**vars(plain[2]))
    try:
        yield found
    finally:
        del backbone.predict, backbone.encode
        backbone.schedule = plain[2]


def stepped(drawn: list[Drawn]) -> list[Drawn]:
    """Those of the steps of a tuning run: without the frozen batch, which is looked at first and whenever the run has
    stood still, as for a checkpoint."""
    frozen = drawn[0]
    return [one for one in drawn if one.x.shape != frozen.x.shape or not torch.equal(one.x, frozen.x)]
