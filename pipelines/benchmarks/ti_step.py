"""A step of Textual Inversion beside what the official script does in one: it moves 49,408 rows and puts all but one
back.

One new word, batch 1. One thread, CPU time, ours and theirs in turn; ours is a whole tuning run, from the files to the
artefact. First it is asserted that ten steps on the same draws teach the same row. Memory is that of the process at its
highest, ours measured first.
"""

from pathlib import Path

from pipelines import artefact, tune
from pipelines.augment.templates import OBJECT
from pipelines.backbone import Backbone
from pipelines.benchmarks import official
from pipelines.benchmarks.figures import Figure, figure
from pipelines.benchmarks.jpegs import photographed
from pipelines.benchmarks.mini import mini
from pipelines.benchmarks.parts import Parts
from pipelines.benchmarks.recorded import recorded, stepped
from pipelines.benchmarks.turns import in_turn, one_thread
from pipelines.events import Silent
from pipelines.spec import Subject
from pipelines.stopping import FIXED
from pipelines.tasks import Tune

WIDTH, RATE, FALL, STEPS, PAIRS = 768, 5e-3, 0.5, 20, 2
CLOSE = 1e-6  # greatest difference of two rows that are the same
HOPED, LESS = 3.0, 0.6
"""How many times as long theirs may take, and what share of its memory ours."""


def run(parts: Parts, quick: bool) -> list[Figure]:
    """The ratios, and what a step of each costs."""

    def look() -> dict[str, float]:
        backbone = mini(64, 400, light=True) if quick else mini(WIDTH)
        return measured(backbone, parts.home / "photos", 6 if quick else STEPS)

    told = parts.part("word", look)
    return [
        figure("ti_step_ratio", told["ratio"], "times", HOPED),
        figure("ti_step_memory", told["memory"], "of theirs", LESS, most=True),
        figure("ti_step_ms", 1000 * told["ours"], "ms"),
        figure("ti_step_official_ms", 1000 * told["ours"] * told["ratio"], "ms"),
        figure("ti_step_row_apart", told["apart"], "", CLOSE, most=True),
    ]


def measured(backbone: Backbone, folder: Path, steps: int) -> dict[str, float]:
    """`ours` (CPU seconds of a step), `ratio` (theirs to ours), `memory` (ours to theirs), `apart` (of two rows)."""
    subject = photographed("cat", 0, folder)
    with one_thread():
        task = asked(subject, folder, steps)
        memory = tune.tune(task, backbone, Silent())["memory"]
        far = apart(backbone, subject, folder, 10)
        assert far <= CLOSE, f"the rows are not the same, by {far}"
        photos, said = [one.image for one in subject.photos], [f"{subject.trigger} {subject.noun}"]
        prompts, most = [phrase.format(said[0]) for phrase in OBJECT], []

        def theirs() -> None:
            most.append(official.textual_inversion(
                backbone, photos, subject.trigger, subject.noun, prompts, steps, RATE, FALL
            )[1])  # fmt: skip

        ours, other = in_turn(lambda: tune.tune(task, backbone, Silent()), theirs, PAIRS)
        return {"ours": ours / steps, "ratio": other / ours, "memory": memory / max(most), "apart": far}


def asked(subject: Subject, folder: Path, steps: int) -> Tune:
    """Our own run of so many steps, nothing beside it."""
    knobs = dict(steps=steps, rate=RATE, vectors=1, batch=1, masked=False)
    return Tune((subject,), "textual_inversion", str(folder / "ours.safetensors"), knobs, samples_every=0, stop=FIXED)


def apart(backbone: Backbone, subject: Subject, folder: Path, steps: int) -> float:
    """The greatest difference between our row and the reference's, taught by the same draws."""
    task = asked(subject, folder, steps)
    with recorded(backbone) as drawn:
        tune.tune(task, backbone, Silent())
    (ours,) = artefact.load(task.out).values()
    theirs, _ = official.textual_inversion(
        backbone, [], subject.trigger, subject.noun, [], steps, RATE, FALL, given=stepped(drawn)
    )
    return float((ours[0] - theirs).abs().max())
