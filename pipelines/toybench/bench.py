"""ToyBench's cells and rows, and what came of them.

Beside the recipes stand three rows that say whether the scores can be trusted: perfect pictures (`renders`), which
nothing should beat, photos given back as they are (`photos`), which the copy check must catch, and the untuned base.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from pipelines import catalogue, examples, glance, results
from pipelines.asking import BASE, TOGETHER, UNTUNED
from pipelines.cells import content, mark
from pipelines.denoise import SAMPLER
from pipelines.errors import BadInput
from pipelines.events import Report
from pipelines.eyes import Eyes
from pipelines.grid import LAYOUT, Grid
from pipelines.judging import told
from pipelines.scoring import Scoring
from pipelines.spec import Region, Subject
from pipelines.tasks import ToyBench
from pipelines.toybench import manifest, plan, sets, shots
from pipelines.toybench.sanity import PHOTOS, RENDERS, doubts

TITLES = {RENDERS: "Perfect pictures", PHOTOS: "A photo given back", BASE: UNTUNED}
STEPS, SCALE = 25, 5.0


def run(task: ToyBench, report: Report) -> dict[str, Any]:
    """Fill, score and report; returns what `Grid.whole` does.

    Raises:
        BadInput: for tracks, recipes or a manifest that cannot be used. MissingWeights: when the judges are not there.
        Stopped: when the report asked to stop; what is finished stays.
    """
    return _Bench(task, report).whole()


def fits(recipe: str, track: str) -> bool:
    """Whether a recipe can be asked in a track, by what it says it needs."""
    needs = set(catalogue.recipe(recipe).needs)
    if "style" in needs:
        return track == "style"
    if TOGETHER in needs:
        return track in ("multi", "layout")
    return track == "people" if "person" in needs else track != "style" or "masks" not in needs


class _Bench(Grid):
    """One task and its plan."""

    title, titles, scale = "ToyBench", TITLES, SCALE

    def __init__(self, task: ToyBench, report: Report):
        super().__init__(task, report)
        self.filled = manifest.read(task.pictures) if task.pictures else None
        if self.filled and self.filled.method in TITLES:
            what = f"“{self.filled.method}” is the name of a row of ToyBench's own."
            raise BadInput(what, f"Give the method another name in {manifest.FILE}.")
        self.base = not self.filled
        self.split = self.filled.split if self.filled else task.split
        self.quick = self.filled.quick if self.filled else task.quick
        self.cases = self.filled.cases if self.filled else plan.cases(task.tracks or tuple(plan.TRACKS), task.split,
                                                                     task.quick)  # fmt: skip
        self.seeds, self.steps = plan.seeds(self.quick), glance.STEPS if self.quick else STEPS
        self.methods = (RENDERS, PHOTOS, *([self.filled.method] if self.filled else [BASE, *self.knobs]))

    def scores(self) -> Scoring:
        return Scoring(Eyes.load(), shown)

    def subjects(self, case: plan.Case) -> tuple[Subject, ...]:
        room = self.home / "photos" / f"{self.split}-{plan.VERSION}"
        return tuple(shots.photographed(toy, room) for toy in case.toys)

    def asked(self, method: str, case: plan.Case) -> bool:
        """A photo given back shows one subject only."""
        if method == PHOTOS:
            return len(case.toys) == 1
        return method not in self.knobs or fits(method, case.track)

    def cell(self, case: plan.Case, number: int, seed: int) -> str:
        return manifest.name(case, number, seed)

    def asks_of(self, case: plan.Case, ask: plan.Ask, method: str) -> Any:
        return asdict(ask) if method == RENDERS else self.said(case, ask, method)

    def place(
        self, own: list[Any], cell: str, case: plan.Case, ask: plan.Ask, seed: int, method: str
    ) -> tuple[str, Path | None]:
        if self.filled and method == self.filled.method:
            picture = self.filled.pictures.get(cell)
            return mark(content(picture), cell), picture
        return super().place(own, cell, case, ask, seed, method)

    def given(self, case: plan.Case, subjects: tuple[Subject, ...], ask: plan.Ask, place: tuple[int, int], method: str,
              out: Path) -> None:  # fmt: skip
        """A perfect picture or a photo; what was made elsewhere is there already."""
        number, k = place
        if method == RENDERS:
            shots.keep(shots.perfect(ask, k), out)
        elif method == PHOTOS:
            photos = subjects[0].photos
            with Image.open(photos[(number * len(self.seeds) + k) % len(photos)].image) as photo:
                shots.keep(photo.convert("RGB").resize((shots.SIDE, shots.SIDE), Image.Resampling.LANCZOS), out)

    def regions(self, case: plan.Case, ask: plan.Ask, voices: Sequence[str]) -> tuple[Region, ...]:
        if not ask.boxes:
            return ()
        each = list(voices) * len(ask.boxes) if len(voices) == 1 else voices or [None] * len(ask.boxes)
        names = [f"a {toy.named() if voices else toy.noun}" for toy in case.toys]
        return tuple(Region(box, words, artefact=path)
                     for box, words, path in zip(ask.boxes, names, each, strict=False))  # fmt: skip

    def result(self) -> results.Result:
        notes = self.remarks()
        if self.split == "reserved":
            notes.append("Reserved subjects: for a final evaluation; nothing may have been chosen by looking at them.")
        if self.filled and self.filled.broken:
            notes.append(
                f"Not square, smaller than {shots.SIDE} pixels, or unreadable: {', '.join(self.filled.broken)}."
            )
        notes += doubts(results.tabled([results.record(cell) for cell in self.cells]))
        protocol = {
            "toybench": plan.VERSION, "plan": plan.protocol(self.cases, self.quick), "split": self.split,
            "tracks": list(dict.fromkeys(case.track for case in self.cases)), "seeds": list(self.seeds),
            "quick": self.quick, "photos": plan.PHOTOS, "side": shots.SIDE,
        }  # fmt: skip
        if self.filled:
            protocol |= {"pictures": "made elsewhere"} | self.filled.about
        else:
            protocol |= {
                "steps": self.steps, "scale": SCALE, "sampler": SAMPLER, "layout": LAYOUT,
                "base": Path(self.task.base).name, "base_hash": self.backbone.hash, "knobs": self.knobs,
            }  # fmt: skip
        together = sets.pooled(self.cells, self.scoring.eyes)
        more = sets.about(together, self.scoring.eyes)
        says = "ToyBench: photos and perfect pictures are drawn, so what every picture should show is known."
        return results.Result(
            "ToyBench", "toybench", says, protocol, self.scoring.name,
            self.scoring.labels | {name: kind.label for name, kind in more.items()},
            self.scoring.how | {name: told(kind, self.scoring.eyes) for name, kind in more.items()},
            self.scoring.better | {name: kind.better for name, kind in more.items()},
            tuple(self.cells), {method: self.named(method) for method in self.methods}, plan.TRACKS, self.spent(),
            tuple(self.failed), tuple(notes), against="" if self.filled else BASE,
            aside=(RENDERS, PHOTOS), sets=together,
        )  # fmt: skip


def shown(subject: Subject) -> tuple[Tensor, Tensor | None]:
    """See `scoring.Shown`: photos cut around the subject, at the size of the pictures."""
    seen = examples.gather([subject], shots.SIDE)
    marked = all(subject.trigger in one.masks for one in seen)
    masks = torch.stack([one.masks[subject.trigger] for one in seen]) if marked else None
    return torch.stack([one.pixels for one in seen]), masks
