"""What regions cost: a guided prediction with 1 to 8 of them beside a plain one, with words alone and with a tuned file
each, and beside two others' ways to the same answer. `seen` is the same while it is watched where each region is looked
for, as Compose always does. The cost against the number of regions is drawn, too.

One thread, CPU time, plain and regional in turn, the ratio of medians. Before anything is timed it is asserted that one
region over everything is the plain prediction to the bit, and that every routed prediction is the reference loop's. The
reference is regional sampling as the Mix-of-Show paper describes it (arXiv 2305.18292, section 3.3): every region is
asked everywhere and masked, its words are projected anew in every step; their code asks only the region's cells, as
ours does. `blend` is one prediction for each region.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from pipelines import sample, voices
from pipelines.attention.region_route import RegionRoute
from pipelines.backbone import PROCESSOR, Backbone
from pipelines.benchmarks import cost_plot
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.turns import in_turn, one_thread
from pipelines.denoise import guided, noise
from pipelines.guidance.region_blend import RegionBlend
from pipelines.heat import Heat
from pipelines.seams import Call, Voice
from pipelines.spec import Region, Scene, Subject, use

COUNTS, PAIRS = (1, 2, 4, 8), 5
CLOSE = 1e-4  # greatest difference of two float32 predictions of one thing
WORDS = ("a cat", "a duck", "a car", "a robot", "a teapot", "a castle", "a penguin", "a girl")
HOPED = {("words", 4): 1.15, ("files", 4): 1.5, ("words", 8): 1.3, ("files", 8): 1.5}
"""How many times a plain prediction one with so many regions may take."""
BEATEN = {"reference": 1.3, "blend": 2.5}
"""How many times ours the others' ways should take."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """Ratios to a plain prediction, and of the others' ways to ours."""
    backbone, counts, pairs = None, (1, 8) if quick else COUNTS, 2 if quick else PAIRS
    figures, lines = [], {}
    for kind in ("words", "files"):
        for count in counts:

            def measured(kind: str = kind, count: int = count) -> dict[str, float]:
                nonlocal backbone
                backbone = backbone or Backbone.load("starter", PROCESSOR)
                return costs(backbone, kind, count, pairs, count == counts[-1])

            told = parts.part(f"{kind}-{count}", measured)
            most = HOPED.get((kind, count))
            for name, value in (("regions", told["ours"]), ("regions_seen", told["seen"])):
                figures.append(figure(f"{kind}_{count}_{name}", value, "of plain", most, most=True))
                lines.setdefault(f"{kind}, watched" if name == "regions_seen" else kind, {})[count] = value
            if count == counts[-1]:
                figures.append(figure(f"{kind}_{count}_plain_ms", 1000 * told["plain"], "ms"))
                figures += [
                    figure(f"{kind}_{count}_{other}", told[other], "of ours", least) for other, least in BEATEN.items()
                ]
    drawn = parts.home / "regions-cost.svg"
    drawn.write_text(cost_plot.svg(lines, "Times of a plain picture, by number of regions"), "utf-8")
    parts.say(f"drawn in {drawn}")
    return figures


@torch.no_grad()
def costs(backbone: Backbone, kind: str, count: int, pairs: int, beside: bool = True) -> dict[str, float]:
    """`plain` (CPU seconds of a guided prediction), `ours` and `seen` (times that) and, `beside` those, `reference` and
    `blend` (times ours)."""
    with one_thread():
        whole = scene(1, "words", boxes=[(0.0, 0.0, 1.0, 1.0)])
        plain, routed = (standing(backbone, one, {}) for one in (replace(whole, regions=()), whole))
        assert torch.equal(plain(), routed()), "one region over everything is the plain prediction"
        asked, spoken = scene(count, kind), tuned(backbone, count) if kind == "files" else {}
        plain, ours = standing(backbone, replace(asked, regions=()), {}), standing(backbone, asked, spoken)
        others = {"reference": standing(backbone, asked, spoken, op=reference)}
        far = float((ours() - others["reference"]()).abs().max())
        assert far <= CLOSE, f"the reference is another prediction, by {far}"
        assert not torch.equal(ours(), plain())
        watched = standing(backbone, asked, spoken, watched=True)
        assert torch.equal(ours(), watched()), "who watches changes nothing"
        base, times = in_turn(plain, ours, pairs)
        told = {"plain": base, "ours": times / base}
        base, times = in_turn(plain, watched, pairs)
        told["seen"] = times / base
        if beside:
            others["blend"] = standing(backbone, asked, spoken, blend=True)
            for name, other in others.items():
                mine, theirs = in_turn(ours, other, 2)
                told[name] = theirs / mine
        return told


def scene(count: int, kind: str, boxes: Sequence[tuple] = ()) -> Scene:
    """A scene of so many regions side by side in two rows, each with a tuned file of its own if `kind` is files."""
    across, down = max(1, (count + 1) // 2), 1 if count == 1 else 2
    grid = [((k % across) / across, (k // across) / down, 1 / across, 1 / down) for k in range(count)]
    regions = tuple(
        Region(box, WORDS[k], artefact=f"file {k}" if kind == "files" else None)
        for k, box in enumerate(boxes or ([(0.1, 0.1, 0.5, 0.8)] if count == 1 else grid))
    )
    return Scene(WORDS[0], regions=regions, seed=1, steps=10)


def tuned(backbone: Backbone, count: int) -> dict[str, Voice]:
    """So many LoRAs on every attention, with numbers in them, as a tuned file has."""
    found = {}
    for k in range(count):
        voice = voices.build(backbone, [use("lora", where="attention")], [Subject(f"{k}", "S", "thing", f"<s{k}>")], k)
        chance = torch.Generator().manual_seed(k)
        for parameter in voice.parameters().values():
            parameter.requires_grad_(False).add_(torch.randn(parameter.shape, generator=chance) * 0.02)
        found[f"file {k}"] = voice
    return found


def standing(
    backbone: Backbone,
    asked: Scene,
    spoken: dict[str, Voice],
    op: Callable | None = None,
    blend: bool = False,
    watched: bool = False,
) -> Callable[[], Tensor]:
    """A run that stands in the middle of its way, as a function that predicts there; words are read beforehand and,
    unless `op` is given, projected once. `watched`, where each region is looked for is noted and drawn."""
    asked = sample.settled(asked, backbone, lambda what, advice: None)
    ops = [] if blend or not asked.regions else [op or RegionRoute()]
    heat = Heat(asked.height, asked.width)
    ops = [heat, *ops] if watched else ops
    x, memory = noise(backbone, [asked.seed], asked.width, asked.height), {}
    with backbone.adapted(spoken, ops) as stage:
        at = replace(sample.begin(asked, backbone, stage), i=5, t=int(backbone.schedule.times(10)[5]))
        heat.seek(at)

    def predict() -> Tensor:
        with backbone.adapted(spoken, ops) as stage:
            stage.memory = None if op else memory
            here = replace(at, stage=stage)
            if watched:
                said = guided(x, here)
                heat.maps()
                return said
            return RegionBlend().predict(x, here, guided) if blend else guided(x, here)

    return predict


def reference(call: Call, proceed: Callable[[Call], Tensor]) -> Tensor:
    """Regions as the paper describes them: every region is asked everywhere, then masked and averaged."""
    out = proceed(call)
    portions = call.stage.portions
    if call.site.kind == "self" or not portions:
        return out
    shares = [portion.place.on(call.hidden.shape[1], out) for portion in portions]
    count = sum(shares)
    answers = torch.zeros_like(out)
    for portion, share in zip(portions, shares, strict=True):
        with call.stage.speaking({**call.stage.everywhere, **portion.voices}):
            answers = answers + share * proceed(replace(call, context=portion.text))
    return torch.where(count > 0, answers / count.clamp(min=1), out)
