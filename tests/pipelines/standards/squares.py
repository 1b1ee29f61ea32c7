"""The networks of MTCNN with weights by hand: to them a face is a light square on black, its points at set places."""

import torch
from torch import nn

from pipelines.standards.mtcnn import Points, Proposals, Refined

SHARES = ((0.35, 0.65, 0.5, 0.4, 0.6), (0.4, 0.4, 0.5, 0.6, 0.6))
"""Of the window, x and y of each point; the window is about twice the square."""


def picture(*squares: tuple[int, int, int]) -> torch.Tensor:
    """(3, 160, 200), 0 to 1: light squares at (x, y) on black, each of green (0) or blue (1) inside."""
    drawn = torch.zeros(3, 160, 200)
    for x, y, colour in squares:
        drawn[:, y : y + 40, x : x + 40] = 1
        drawn[1 + colour, y + 8 : y + 32, x + 8 : x + 32] = 0
    return drawn


def seekers() -> dict[str, nn.Module]:
    """By the names of their files. All of them look at red alone."""
    nets = {"pnet": Proposals(), "rnet": Refined(), "onet": Points()}
    for net in nets.values():
        for name, weight in net.named_parameters():
            nn.init.constant_(weight, 1.0 if "prelu" in name else 0.0)
        for layer in (one for one in net.children() if isinstance(one, nn.Conv2d) and one.kernel_size != (1, 1)):
            layer.weight.data[0, 0] = 1 / layer.weight[0, 0].numel()
    pnet, rnet, onet = nets.values()
    around = [(y, x) for y in range(3) for x in range(3) if (y, x) != (1, 1)]
    pnet.conv3.weight.data[0] = 0
    pnet.conv3.weight.data[0, 0, 1, 1] = 1  # the middle ...
    for k, (y, x) in enumerate(around, 1):  # ... against eight places as far out as can be
        pnet.conv2.weight.data[k, 0, y, x] = 1
        pnet.conv3.weight.data[0, k, y, x] = -1 / 8
    _sure(pnet.conv4_1, 2, -2)
    for wide, first, last in ((64, rnet.dense4, rnet.dense5_1), (128, onet.dense5, onet.dense6_1)):
        first.weight.data[0, 4 * wide] = 1  # the middle of three by three places
        _sure(last, 4, 0)
    onet.dense6_3.bias.data = torch.tensor(SHARES).flatten()
    return nets


def _sure(layer: nn.Module, weight: float, bias: float) -> None:
    layer.weight.data[1, 0], layer.bias.data[1] = weight, bias
