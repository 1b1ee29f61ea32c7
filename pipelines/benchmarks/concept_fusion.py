"""Fusing three subjects in closed form beside following the gradient: LBFGS with Mix-of-Show's settings.

Three LoRAs on the starter, and what their own prompts bring to keys, values and the rest of the attentions, recorded
once. One thread, CPU time of the solving alone, layer by layer. On every layer it is asserted that ours is no farther
from what each subject's own file answers. The reference works in float32 from no change, 50 iterations a layer, a
history of 25, strong Wolfe (arXiv 2305.18292 and its code).
"""

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from pipelines import voices
from pipelines.anatomy import role
from pipelines.artefact import Header, told
from pipelines.backbone import PROCESSOR, Backbone
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.turns import one_thread
from pipelines.fusing import Part
from pipelines.fusions.gradient_fusion import GradientFusion, Sums, listen_to_words
from pipelines.seams import Voice
from pipelines.spec import Subject, use

NOUNS, RANK, SAMPLED, EVERY = ("cat", "duck", "car"), 4, 3, 4
ITERATIONS, HISTORY = 50, 25
SLACK = 1e-4  # share of the base's error by which rounding may put us behind
HOPED = 25.0
"""How many times as long the gradient may take."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """The ratio of times, and of the errors of all layers together."""

    def look() -> dict[str, float]:
        backbone = Backbone.tiny(0) if quick else Backbone.load("starter", PROCESSOR)
        return measured(backbone, EVERY)

    told = parts.part("fusion", look)
    return [
        figure("concept_fusion_ratio", told["ratio"], "times", HOPED),
        figure("concept_fusion_error_ratio", told["error"], "of theirs", 1.001, most=True),
        figure("concept_fusion_worst_layer", told["worst"], "of base error", SLACK, most=True),
        figure("concept_fusion_layers", told["layers"]),
        figure("concept_fusion_ms", 1000 * told["ours"], "ms"),
    ]


def measured(backbone: Backbone, every: int) -> dict[str, float]:
    """`ours` (CPU seconds of solving all layers), `ratio` (theirs to ours), `error` (ours to theirs, summed), `worst`
    (the most that a layer of ours is behind, as a share of the base's error), `layers` (how many).

    Args:
        every: which of the layers that look at pictures are solved, each so-manieth; all keys and values of words are.
    """
    with one_thread():
        fusion, mine, other = GradientFusion(), [0.0, 0.0], [0.0, 0.0]
        worst, found = 0.0, heard(backbone, every)
        for layer, (changes, brought) in found.items():
            ridge = fusion.text_ridge if role(layer) in ("cross.k", "cross.v") else fusion.ridge
            began = time.process_time()
            sums = summed(changes, brought)
            down, up = sums.solved(ridge)
            mine[0] += time.process_time() - began
            began = time.process_time()
            change = followed(changes, brought)
            other[0] += time.process_time() - began
            ours, theirs, base = (sums.error(one) for one in (up @ down, change.double(), 0 * (up @ down)))
            behind = (ours - 1.001 * theirs) / base
            assert behind <= SLACK, f"{layer} is farther away than by the gradient, by {behind:.2%} of the base's error"
            worst, mine[1], other[1] = max(worst, behind), mine[1] + ours, other[1] + theirs
        return {"ours": mine[0], "ratio": other[0] / mine[0], "error": mine[1] / other[1], "worst": worst,
                "layers": len(found)}  # fmt: skip


class Heard:
    """Keeps what each part brings to a layer."""

    def __init__(self, parts: int):
        self.rows: list[list[Tensor]] = [[] for _ in range(parts)]

    def add(self, i: int, x: Tensor) -> None:
        """See `Sums.add`."""
        self.rows[i].append(x.clone())


@torch.no_grad()
def heard(backbone: Backbone, every: int) -> dict[str, tuple[list[tuple[Tensor, Tensor]], list[Tensor]]]:
    """By layer, the parts' changes, (r, d) and (o, r) each, and what each part brings, (n, d)."""
    parts = [part(backbone, noun, k) for k, noun in enumerate(NOUNS)]
    layers = [key.partition("/")[2] for key in parts[0].voice.modules if key.startswith("lora/")]
    words = [layer for layer in layers if role(layer) in ("cross.k", "cross.v")]
    seen = [layer for layer in layers if layer not in words][::every]
    kept = {layer: Heard(len(parts)) for layer in (*words, *seen)}
    for i, one in enumerate(parts):
        speaks = Voice({key: m for key, m in one.voice.modules.items() if not key.startswith("lora/")})
        listen_to_words(i, one, speaks, {layer: kept[layer] for layer in words}, backbone)
        GradientFusion(steps=SAMPLED).look_at_pictures(i, one, speaks, {layer: kept[layer] for layer in seen}, backbone)
    found = {}
    for layer, one in kept.items():
        pairs = [each.voice.modules[f"lora/{layer}"].low_rank() for each in parts]
        found[layer] = [(down, up) for down, up, _ in pairs], [torch.cat(rows) for rows in one.rows]
    return found


def part(backbone: Backbone, noun: str, seed: int) -> Part:
    """A file of a layered word and LoRA, with numbers in it as a tuned one has."""
    subject = Subject(noun, noun.title(), noun, f"<{noun}1>")
    uses = use("layered_token"), use("lora", where="attention", rank=RANK)
    voice, chance = voices.build(backbone, uses, [subject], seed), torch.Generator().manual_seed(seed)
    for parameter in voice.parameters().values():
        parameter.requires_grad_(False).add_(torch.randn(parameter.shape, generator=chance) * 0.05)
    edits = [{"name": one.name, "settings": dict(one.settings)} for one in uses]
    return Part(noun, Header("mix_of_show", {}, told([subject]), backbone.name, backbone.hash, edits=edits), voice, 1.0)


@torch.no_grad()
def summed(changes: Sequence[tuple[Tensor, Tensor]], brought: Sequence[Tensor]) -> Sums:
    """The sums of a layer."""
    sums = Sums.of(changes)
    for i, x in enumerate(brought):
        sums.add(i, x)
    return sums


def followed(changes: Sequence[tuple[Tensor, Tensor]], brought: Sequence[Tensor]) -> Tensor:
    """(o, d): the change that LBFGS comes to."""
    x = torch.cat([one.detach() for one in brought])
    wanted = torch.cat([one @ (up @ down).T for one, (down, up) in zip(brought, changes, strict=True)]).detach()
    change = torch.zeros(wanted.shape[1], x.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [change], lr=1, max_iter=ITERATIONS, history_size=HISTORY, line_search_fn="strong_wolfe", tolerance_grad=1e-16,
        tolerance_change=1e-16,
    )  # fmt: skip

    def loss() -> Tensor:
        optimiser.zero_grad()
        apart = torch.nn.functional.mse_loss(x @ change.T, wanted)
        apart.backward()
        return apart

    optimiser.step(loss)
    return change.detach()
