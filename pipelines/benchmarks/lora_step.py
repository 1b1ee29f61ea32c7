"""A step of DreamBooth-LoRA beside what the official script does in one: photos read, encoded and told each time.

Four JPEGs, LoRA of rank 4 on every attention, batch 1, no class images. One thread, CPU time, ours and theirs in turn;
ours is a whole tuning run, from the files to the artefact. First it is asserted that the same draws give the same
losses.
"""

from pathlib import Path

from pipelines import tune, voices
from pipelines.backbone import Backbone
from pipelines.benchmarks import official
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.jpegs import photographed
from pipelines.benchmarks.mini import mini
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.recorded import recorded, stepped
from pipelines.benchmarks.turns import in_turn, one_thread
from pipelines.events import Measure, Silent
from pipelines.export import to_diffusers
from pipelines.spec import Subject, use
from pipelines.stopping import FIXED
from pipelines.tasks import Tune

RANK, RATE, FALL, STEPS, PAIRS = 4, 1e-3, 0.5, 30, 2
CLOSE = 1e-5  # greatest difference of two losses of one thing
HOPED = 2.0
"""How many times as long theirs may take."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """The ratio, and what a step of each costs."""
    told = parts.part("lora", lambda: measured(mini(light=quick), parts.home / "photos", 6 if quick else STEPS))
    return [
        figure("lora_step_ratio", told["ratio"], "times", HOPED),
        figure("lora_step_ms", 1000 * told["ours"], "ms"),
        figure("lora_step_official_ms", 1000 * told["ours"] * told["ratio"], "ms"),
        figure("lora_step_loss_apart", told["apart"], "", CLOSE, most=True),
    ]


def measured(backbone: Backbone, folder: Path, steps: int) -> dict[str, float]:
    """`ours` (CPU seconds of a step), `ratio` (theirs to ours), `apart` (greatest difference of losses)."""
    subject = photographed("cat", 0, folder)
    with one_thread():
        far = apart(backbone, subject, folder, 10)
        assert far <= CLOSE, f"the losses are not the same, by {far}"
        photos, prompt = [one.image for one in subject.photos], "a photo of sks cat"
        task = asked(subject, folder, steps)
        ours, theirs = in_turn(
            lambda: tune.tune(task, backbone, Silent()),
            lambda: official.dreambooth_lora(
                backbone, official.low_rank(backbone, RANK), photos, prompt, steps, RATE, FALL
            ),
            PAIRS,
        )
        return {"ours": ours / steps, "ratio": theirs / ours, "apart": far}


def asked(subject: Subject, folder: Path, steps: int, **more) -> Tune:
    """Our own run of so many steps, nothing beside it."""
    knobs = dict(steps=steps, rate=RATE, rank=RANK, batch=1, masked=False, word=False, prior=0.0) | more
    return Tune((subject,), "dreambooth_lora", str(folder / "ours.safetensors"), knobs, samples_every=0, stop=FIXED)


def apart(backbone: Backbone, subject: Subject, folder: Path, steps: int) -> float:
    """The greatest difference between our losses and the reference's, from the same start on the same draws."""
    task, report = asked(subject, folder, steps), Silent()
    with recorded(backbone) as drawn:
        tune.tune(task, backbone, report)
    ours = [event.values["loss"] for event in report.events if isinstance(event, Measure) and "loss" in event.values]
    uses = [use("token", start="rare", learn=False), use("lora", where="attention", rank=RANK, dropout=0.0)]
    first = voices.build(backbone, uses, [subject], task.seed)
    pairs = {key.partition("/")[2]: m.low_rank() for key, m in first.modules.items() if key.startswith("lora/")}
    start = {name: tensor.detach() for name, tensor in to_diffusers(pairs).items()}
    unet = official.low_rank(backbone, RANK, start)
    theirs = official.dreambooth_lora(backbone, unet, [], "", steps, RATE, FALL, given=stepped(drawn))
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
