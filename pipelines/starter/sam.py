"""Learns the starter's SAM: segment-anything's own prompt encoder, mask decoder and transformer blocks, made small.

It learns on toys, on toys cut out and put elsewhere, and on still lifes of things nobody has seen, from clicks, boxes
and corrections (Kirillov et al., arXiv:2304.02643, appendix A). `assets/starter/sam.safetensors` holds it.
"""

import math
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file
from segment_anything.modeling import MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
from segment_anything.modeling.image_encoder import Block as Attend
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from pipelines.errors import BadInput
from pipelines.starter import stills
from pipelines.starter.course import Course, quick
from pipelines.starter.pool import Pool
from pipelines.weights import read_weights

SIDE, GRID, MASK = 256, 32, 128
"""Pixels of the square a photo is fitted into, side of its embedding, side of the masks that come out."""
PADDING = (124, 116, 104)
"""What fills the square beside a photo: the mean colour, because `Sam.preprocess` pads after it has normalised."""
WIDTH, HEADS = 128, 8
PICTURES, PROMPTS = 4, 3
"""In a step, and for each picture."""
RATE = 4e-3


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a straight way."""

    def __init__(self, width: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(2))
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))


class Eye(nn.Module):
    """Pictures (B, 3, 256, 256), colours normalised, to embeddings (B, 128, 32, 32).

    Convolutions see edges, three transformer blocks on a 16 x 16 grid see the whole, and a way back joins them.
    """

    img_size = SIDE

    def __init__(self, widths: tuple[int, int, int] = (48, 96, 192), depth: int = 3):
        super().__init__()
        a, b, c = widths
        self.stem = nn.Sequential(nn.Conv2d(3, a, 4, 4), Residual(a))
        self.middle = nn.Sequential(nn.Conv2d(a, b, 2, 2), Residual(b), Residual(b))
        self.shrink = nn.Conv2d(b, c, 2, 2)
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, GRID // 2, GRID // 2, c))
        self.blocks = nn.Sequential(*(Attend(c, c // 32, mlp_ratio=3.0) for _ in range(depth)))
        self.norm = nn.LayerNorm(c)
        self.from_stem = nn.Conv2d(a, WIDTH, 2, 2)
        self.from_middle, self.from_blocks = nn.Conv2d(b, WIDTH, 1), nn.Conv2d(c, WIDTH, 1)
        self.join = nn.Sequential(Residual(WIDTH), nn.BatchNorm2d(WIDTH))

    def forward(self, pixels: Tensor) -> Tensor:
        fine = self.stem(pixels.contiguous(memory_format=torch.channels_last))
        middle = self.middle(fine)
        seen = self.norm(self.blocks(self.shrink(middle).permute(0, 2, 3, 1) + self.pos_embed)).permute(0, 3, 1, 2)
        whole = F.interpolate(self.from_blocks(seen), scale_factor=2.0, mode="bilinear")
        return self.join(self.from_stem(fine) + self.from_middle(middle) + whole)


def build(depth: int = 3) -> Sam:
    """An untrained `segment_anything.modeling.Sam` of 256-pixel pictures."""
    prompts = PromptEncoder(WIDTH, (GRID, GRID), (SIDE, SIDE), mask_in_chans=16)
    decoder = MaskDecoder(
        transformer_dim=WIDTH, transformer=TwoWayTransformer(2, WIDTH, HEADS, 2 * WIDTH), iou_head_hidden_dim=WIDTH,
    )  # fmt: skip
    return Sam(Eye(depth=depth), prompts, decoder)


def save(model: Sam, path: Path) -> None:
    """Write the weights in half precision, whole or not at all."""
    weights = {k: v.half() if v.is_floating_point() else v for k, v in model.state_dict().items()}
    rough = path.with_suffix(".part")
    save_file({k: v.contiguous() for k, v in weights.items()}, rough)
    rough.replace(path)


def load(path: Path) -> Sam:
    """The trained model of a file that `save` wrote, in float32 and eval mode.

    Raises:
        MissingWeights: when there is no such file. BadInput: when it is damaged or holds another model.
    """
    model = build()
    try:
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in read_weights(path).items()})
    except RuntimeError as error:
        raise BadInput(f"{path.name} is not the starter's SAM.", "Take assets/starter/sam.safetensors.") from error
    return model.eval().requires_grad_(False)


def picture(pool: Pool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Something to segment: pixels (256, 256, 3) uint8, owner (128, 128) uint8, padded below or right with PADDING as
    photos are."""
    lot = rng.random()
    if lot < 0.45:
        pixels, owner = stills.draw(rng)
    else:
        pixels, owner = pool.read(rng.integers(len(pool)))
        if lot < 0.65:
            there = cv2.GaussianBlur((owner > 0).astype(np.float32), (0, 0), 0.6)[..., None]
            pixels = (pixels * there + stills.backdrop(rng, len(owner)) * (1 - there)).astype(np.uint8)
    side = int(len(owner) * rng.uniform(0.55, 1.0)) if rng.random() < 0.5 else len(owner)
    y, x = rng.integers(0, len(owner) - side + 1, 2)
    short = int(side * rng.uniform(0.6, 1)) if rng.random() < 0.5 else side
    high, wide = (short, side) if rng.random() < 0.5 else (side, short)
    pixels, owner = pixels[y : y + high, x : x + wide], owner[y : y + high, x : x + wide]
    if rng.random() < 0.5:
        pixels, owner = pixels[:, ::-1], owner[:, ::-1]
    tone = np.exp(rng.normal(0, 0.15, 3)) * np.exp(rng.normal(0, 0.2))
    pixels = np.clip((pixels / 255.0) ** np.exp(rng.normal(0, 0.2)) * tone * 255, 0, 255).astype(np.uint8)
    scale = SIDE / side
    size = max(2, round(wide * scale)), max(2, round(high * scale))
    seen, mine = np.full((SIDE, SIDE, 3), PADDING, np.uint8), np.zeros((MASK, MASK), np.uint8)
    seen[: size[1], : size[0]] = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    half = max(1, size[0] // 2), max(1, size[1] // 2)
    mine[: half[1], : half[0]] = cv2.resize(owner, half, interpolation=cv2.INTER_NEAREST)
    return seen, mine


def targets(owner: np.ndarray, rng: np.random.Generator, count: int = PROMPTS) -> np.ndarray:
    """Masks (count, 128, 128) bool of things of some size, repeated when there are fewer; none when there is none."""
    names, sizes = np.unique(owner[owner > 0], return_counts=True)
    names = names[sizes > owner.size // 200]
    if not len(names):
        return np.zeros((0, *owner.shape), bool)
    return owner[None] == rng.choice(names, count, replace=len(names) < count)[:, None, None]


def click(region: np.ndarray, rng: np.random.Generator, deep: bool = False) -> tuple[float, float]:
    """A pixel (x, y) of the 256-pixel square inside a region (128, 128): anywhere, or in its depth."""
    inside = region
    if deep:
        depth = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        inside = depth >= min(depth.max(), max(0.5 * depth.max(), 1.0))
    rows, columns = np.nonzero(inside)
    k = rng.integers(len(rows))
    return 2.0 * columns[k] + 1, 2.0 * rows[k] + 1


def around(mask: np.ndarray, rng: np.random.Generator, jitter: float = 0.08) -> tuple[float, ...]:
    """The box x0, y0, x1, y1 of a mask on the 256-pixel square, drawn as carelessly as people do."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = 2.0 * np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    span = np.tile(box[2:] - box[:2], 2)
    return tuple(np.clip(box + np.clip(rng.normal(0, jitter / 2, 4), -jitter, jitter) * span, 0, SIDE))


def decode(model: Sam, features: Tensor, points=None, boxes=None, masks=None) -> tuple[Tensor, Tensor]:
    """Logits (N, 4, 128, 128) and predicted IoU (N, 4) of N prompts, each on its own embedding of (N, 128, 32, 32).

    The decoder adds the dense prompt to one picture's embedding; many pictures travel inside the dense prompt.
    """
    sparse, dense = model.prompt_encoder(points=points, boxes=boxes, masks=masks)
    return model.mask_decoder.predict_masks(
        image_embeddings=torch.zeros_like(features[:1]), image_pe=model.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense + features,
    )  # fmt: skip


def graded(logits: Tensor, scores: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Loss (K, 4) of every answer, 20 focal + dice + error of the predicted IoU, and true IoU (K, 4).

    Args:
        logits: (K, 4, h, w). scores: (K, 4). truth: (K, h, w), 0 or 1.
    """
    logits, truth = logits.float(), truth[:, None].float().expand_as(logits)
    chance = logits.sigmoid()
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = ((chance - truth).abs().square() * cross).mean((2, 3))
    dice = 1 - (2 * (chance * truth).sum((2, 3)) + 1) / (chance.sum((2, 3)) + truth.sum((2, 3)) + 1)
    with torch.no_grad():
        found = logits > 0
        both, any_ = (found * truth).sum((2, 3)), torch.maximum(found.float(), truth).sum((2, 3))
        iou = both / any_.clamp(min=1)
    return 20 * focal + dice + (scores.float() - iou).square(), iou


def lesson(model: Sam, features: Tensor, truths: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, dict]:
    """The loss of N things on their embeddings (N, 128, 32, 32): all by a click or all by a box, then a correction.

    A lone click may mean several things, so the best of three answers learns, and half as much the single one.

    Returns:
        loss; mean IoU under the name of the prompt.
    """
    device, truth = features.device, torch.from_numpy(truths).to(features.device)
    ones = torch.ones(len(truths), 1, device=device)
    if rng.random() < 0.5:
        points, boxes = None, torch.tensor([around(t, rng) for t in truths], dtype=torch.float32, device=device)
        logits, scores = decode(model, features, None, boxes)
        each, iou = graded(logits[:, :1], scores[:, :1], truth)
        loss, seen = each.mean(), {"box": iou.mean().item()}
    else:
        first = [[click(t, rng, rng.random() < 0.5)] for t in truths]
        points, boxes = torch.tensor(first, dtype=torch.float32, device=device), None
        logits, scores = decode(model, features, (points, ones))
        each, iou = graded(logits, scores, truth)
        loss = each[:, 1:].min(1).values.mean() + 0.5 * each[:, 0].mean() + 0.1 * each[:, 1:].mean()
        seen = {"click": iou[:, 1:].gather(1, scores[:, 1:].argmax(1, keepdim=True)).mean().item()}
    if rng.random() < 0.5:
        off = (logits[:, 0].detach().float().cpu().numpy() > 0) ^ truths
        more = [click(o if o.any() else t, rng, True) for o, t in zip(off, truths, strict=True)]
        wanted = [[float(t[int(y) // 2, int(x) // 2])] for (x, y), t in zip(more, truths, strict=True)]
        more, wanted = (torch.tensor(v, dtype=torch.float32, device=device) for v in (more, wanted))
        more = more[:, None]
        if points is not None:
            more, wanted = torch.cat([points, more], 1), torch.cat([ones, wanted], 1)
        logits, scores = decode(model, features, (more, wanted), boxes, logits[:, :1].detach().float())
        each, iou = graded(logits[:, :1], scores[:, :1], truth)
        loss, seen = loss + each.mean(), {**seen, "corrected": iou.mean().item()}
    return loss, seen


class Lessons(Dataset):
    """By the number of a step: what it segments, made on a processor while a GPU learns.

    Each is pixels (size, 3, 256, 256) uint8 and truths (size * PROMPTS, 128, 128) bool, as tensors.
    """

    def __init__(self, pool: Pool, size: int):
        self.pool, self.size = pool, size

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        rng, pairs = np.random.default_rng((step, 23)), []
        while len(pairs) < self.size:
            pixels, owner = picture(self.pool, rng)
            truths = targets(owner, rng)
            if len(truths):
                pairs.append((pixels, truths))
        pixels = torch.from_numpy(np.stack([p for p, _ in pairs])).permute(0, 3, 1, 2)
        return pixels, torch.from_numpy(np.concatenate([t for _, t in pairs]))


def train(
    pool: Pool,
    folder: Path,
    steps: int = 5000,
    size: int = PICTURES,
    seconds: float = math.inf,
    start: dict[str, Tensor] | None = None,
    workers: int = 0,
    device: str = "cpu",
    say=print,
) -> Sam:
    """Train the whole model; returns the averaged one.

    Args:
        size: pictures in a step. seconds: see `Course`. start: weights to begin from. workers: processes that make
            pictures, 0 for this one.
    """
    torch.manual_seed(2)
    model = build()
    if start:
        model.load_state_dict(start)
    model = model.to(device)
    noted = {"size": size, "begun": start is not None}
    course = Course(
        folder, "sam", model, steps, RATE, warm=100, fall=0.5, average=0.998, seconds=seconds, noted=noted, say=say
    )
    lessons = DataLoader(Lessons(pool, size), batch_size=None, sampler=range(course.step, steps), num_workers=workers)
    coming = iter(lessons)

    def loss(step: int, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, dict]:
        pixels, truths = next(coming)
        pixels = pixels.to(device)
        with quick(device):
            features = model.image_encoder((pixels - model.pixel_mean) / model.pixel_std)
            return lesson(model, features.repeat_interleave(PROMPTS, 0), truths.numpy(), rng)

    return course.run(loss)
