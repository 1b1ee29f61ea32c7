"""MTCNN: where faces are, and their eyes, noses and mouths (arXiv 1604.02878).

Three small networks: the first looks at every place of a picture at many sizes, each of the others at what the last one
left. Parameters are named as in facenet-pytorch, whose weights are the published ones.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SURE = (0.6, 0.7, 0.7)
"""How sure each network must be."""
LEAST, FACTOR = 20, 0.709
"""Side of the smallest face in pixels, and how much smaller each look at the picture is than the last."""
CELL, STRIDE = 12, 2
"""Side of what the first network sees at once, and its steps."""
WITHIN, AMONG = 0.5, 0.7
"""Overlap above which the less sure of two boxes goes: of one look, and of all together."""
SHARES = tuple[Tensor, Tensor]
"""How sure of a face each window is, (N,), and where its box belongs, in shares of the window, (N, 4)."""


class Proposals(nn.Module):
    """Windows of 12 pixels, everywhere: (1, 3, H, W) to how sure (h, w) and (4, h, w)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.prelu1, self.pool1 = nn.Conv2d(3, 10, 3), nn.PReLU(10), nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1, self.conv4_2 = nn.Conv2d(32, 2, 1), nn.Conv2d(32, 4, 1)

    def forward(self, x: Tensor) -> SHARES:
        x = self.prelu2(self.conv2(self.pool1(self.prelu1(self.conv1(x)))))
        x = self.prelu3(self.conv3(x))
        return self.conv4_1(x)[0].softmax(0)[1], self.conv4_2(x)[0]


class Refined(nn.Module):
    """Windows resized to 24 pixels, (N, 3, 24, 24)."""

    side = 24

    def __init__(self):
        super().__init__()
        self.conv1, self.prelu1, self.pool1 = nn.Conv2d(3, 28, 3), nn.PReLU(28), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2, self.prelu2, self.pool2 = nn.Conv2d(28, 48, 3), nn.PReLU(48), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv3, self.prelu3 = nn.Conv2d(48, 64, 2), nn.PReLU(64)
        self.dense4, self.prelu4 = nn.Linear(576, 128), nn.PReLU(128)
        self.dense5_1, self.dense5_2 = nn.Linear(128, 2), nn.Linear(128, 4)

    def forward(self, x: Tensor) -> SHARES:
        x = self.pool2(self.prelu2(self.conv2(self.pool1(self.prelu1(self.conv1(x))))))
        x = self.prelu4(self.dense4(_columns(self.prelu3(self.conv3(x)))))
        return self.dense5_1(x).softmax(1)[:, 1], self.dense5_2(x)


class Points(nn.Module):
    """Windows resized to 48 pixels, (N, 3, 48, 48); also five points (N, 10), in shares, all x before all y."""

    side = 48

    def __init__(self):
        super().__init__()
        self.conv1, self.prelu1, self.pool1 = nn.Conv2d(3, 32, 3), nn.PReLU(32), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2, self.prelu2, self.pool2 = nn.Conv2d(32, 64, 3), nn.PReLU(64), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv3, self.prelu3, self.pool3 = nn.Conv2d(64, 64, 3), nn.PReLU(64), nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv4, self.prelu4 = nn.Conv2d(64, 128, 2), nn.PReLU(128)
        self.dense5, self.prelu5 = nn.Linear(1152, 256), nn.PReLU(256)
        self.dense6_1, self.dense6_2, self.dense6_3 = nn.Linear(256, 2), nn.Linear(256, 4), nn.Linear(256, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.pool2(self.prelu2(self.conv2(self.pool1(self.prelu1(self.conv1(x))))))
        x = self.prelu4(self.conv4(self.pool3(self.prelu3(self.conv3(x)))))
        x = self.prelu5(self.dense5(_columns(x)))
        return self.dense6_1(x).softmax(1)[:, 1], self.dense6_2(x), self.dense6_3(x)


class Mtcnn:
    """The three together, frozen, on one device."""

    def __init__(self, proposals: Proposals, refined: Refined, points: Points):
        self.proposals, self.refined, self.points = proposals, refined, points

    @torch.no_grad()
    def __call__(self, picture: Tensor) -> Tensor:
        """The five points (F, 5, 2), x and y in pixels, of every face in a picture (3, H, W) from 0 to 255, the surest
        first: left eye, right eye, nose, left and right corner of the mouth."""
        picture = picture[None]
        boxes, sure = self._everywhere(picture)
        if len(boxes):
            sure, moves = self.refined(_windows(picture, boxes, self.refined.side))
            boxes, sure, moves = _kept(sure > SURE[1], boxes, sure, moves)
            boxes, moves = _kept(_apart(boxes, sure, AMONG), boxes, moves)
            boxes = _squares(_moved(boxes, moves, 1))
        if not len(boxes):
            return torch.zeros(0, 5, 2)
        sure, moves, points = self.points(_windows(picture, boxes, self.points.side))
        boxes, sure, moves, points = _kept(sure > SURE[2], boxes, sure, moves, points)
        shares = points.view(-1, 2, 5).transpose(1, 2)
        points = shares * (boxes[:, None, 2:] - boxes[:, None, :2] + 1) + boxes[:, None, :2] - 1
        return points[_apart(_moved(boxes, moves, 1), sure, AMONG, inner=True)].cpu()

    def _everywhere(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Square windows (N, 4) that may show a face, and how sure that is."""
        found = [self._look(picture, scale) for scale in _scales(*picture.shape[-2:])]
        if not found:
            return torch.zeros(0, 4), torch.zeros(0)
        boxes, sure, moves = (torch.cat(one) for one in zip(*found, strict=True))
        boxes, sure, moves = _kept(_apart(boxes, sure, AMONG), boxes, sure, moves)
        return _squares(_moved(boxes, moves, 0)), sure

    def _look(self, picture: Tensor, scale: float) -> tuple[Tensor, Tensor, Tensor]:
        """Windows at one size of the picture, how sure, and their moves."""
        size = tuple(int(v * scale + 1) for v in picture.shape[-2:])
        sure, moves = self.proposals(_seen(F.interpolate(picture, size=size, mode="area")))
        down, across = torch.nonzero(sure >= SURE[0], as_tuple=True)
        corner = STRIDE * torch.stack([across, down], 1)
        boxes = torch.cat([((corner + 1) / scale).floor(), ((corner + CELL) / scale).floor()], 1)
        there = boxes, sure[down, across], moves[:, down, across].T
        return _kept(_apart(*there[:2], WITHIN), *there)


def _scales(high: int, wide: int) -> Iterator[float]:
    """How much smaller the picture is looked at, so that a face of the least size, and larger ones, fill a window."""
    scale = CELL / LEAST
    while min(high, wide) * scale >= CELL:
        yield scale
        scale *= FACTOR


def _seen(pixels: Tensor) -> Tensor:
    return (pixels - 127.5) / 128


def _columns(x: Tensor) -> Tensor:
    """(N, C, H, W) in a row, column after column, as the published weights were trained."""
    return x.permute(0, 3, 2, 1).flatten(1)


def _windows(picture: Tensor, boxes: Tensor, side: int) -> Tensor:
    """What boxes (N, 4) show of a picture (1, 3, H, W), as far as they lie in it, each (3, side, side)."""
    high, wide = picture.shape[-2:]
    found = []
    for x0, y0, x1, y1 in boxes.trunc().long().tolist():
        x0, y0 = min(max(x0, 1), wide), min(max(y0, 1), high)
        part = picture[:, :, y0 - 1 : max(min(y1, high), y0), x0 - 1 : max(min(x1, wide), x0)]
        found.append(F.interpolate(part, size=(side, side), mode="area"))
    return _seen(torch.cat(found))


def _moved(boxes: Tensor, shares: Tensor, more: int) -> Tensor:
    """Boxes (N, 4) with each side moved by a share of their size; `more` is 1 where that counts both ends."""
    size = boxes[:, 2:] - boxes[:, :2] + more
    return boxes + shares * size.repeat(1, 2)


def _squares(boxes: Tensor) -> Tensor:
    """The same boxes as squares around their centres."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.amax(1, keepdim=True)
    corner = boxes[:, :2] + (size - side) / 2
    return torch.cat([corner, corner + side], 1)


def _kept(which: Tensor, *each: Tensor) -> tuple[Tensor, ...]:
    return tuple(one[which] for one in each)


def _apart(boxes: Tensor, sure: Tensor, most: float, inner: bool = False) -> Tensor:
    """Which of N boxes stay when of two that overlap by more than `most` only the surer may: as a share of their union,
    with `inner` of the smaller one. The surest first."""
    left, kept = sure.argsort(descending=True), []
    size = boxes[:, 2:] - boxes[:, :2]
    area = size.prod(1)
    while len(left):
        first, left = left[0], left[1:]
        kept.append(first)
        low = torch.maximum(boxes[first, :2], boxes[left, :2])
        both = (torch.minimum(boxes[first, 2:], boxes[left, 2:]) - low).clamp(min=0).prod(1)
        whole = torch.minimum(area[first], area[left]) if inner else area[first] + area[left] - both
        left = left[both <= most * whole]
    return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.long)
