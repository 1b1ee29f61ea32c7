"""The tuning pipeline: teach a frozen base a subject. The only training loop; what differs is in the recipe's plan.

Everything left to chance in a step follows from the task's seed and the step's number, so a run that was interrupted
goes on with the numbers it would have had.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipelines import artefact, catalogue, checkpoint, device, lesson, seams, slope, stopping, verdict, voices, weighed
from pipelines.artefact import Header, listed, told
from pipelines.backbone import Backbone
from pipelines.batches import Batches
from pipelines.checkpoint import Standing
from pipelines.conditioning import Conditioning
from pipelines.device import enough_memory
from pipelines.errors import BadInput, DiskFull, Diverged, Stopped
from pipelines.events import Made, Measure, Progress, Report, Started, Warned
from pipelines.examples import Example, Kit, gather
from pipelines.pausing import Pausing
from pipelines.seams import Stage, Voice
from pipelines.spec import Phase, Recipe, Use
from pipelines.tasks import Tune
from pipelines.watch import Watch

SAVE_EVERY = 20.0  # seconds between two checkpoints
SHARE = 0.05  # of the time at most goes into writing them
PACE = 1e8  # bytes a second: how fast the first one is thought to be written, before that is known
HELD = 2**40  # the step number of the batch on which progress is measured


def run(task: Tune, report: Report) -> dict[str, Any]:
    """Carry out a Tune task; see `tune`."""
    with enough_memory("Choose a smaller batch or a smaller recipe, or close other programs."):
        return tune(task, Backbone.at_hand(task.base), report)


def tune(task: Tune, backbone: Backbone, report: Report) -> dict[str, Any]:
    """Teach, and write the artefact to `task.out`.

    Returns:
        `artefact` (its file), `recipe`, `seconds`, `steps` (done), `planned` (steps), `best_step` (the one kept, None
        for the last), `bytes`, `loss` (mean of the last steps), `held_loss` (on a frozen batch) and `held_loss_before`,
        `memory` (peak, bytes), `stopped`, and `likeness` and `prompt_following` of the kept step where the judges
        measured them.

    Raises:
        BadInput: photos, masks, triggers or knobs that cannot be used.
        Diverged: when the loss is not a number any more.
        Stopped: when the report asked to stop; the artefact holds what was learnt until then.
    """
    recipe = catalogue.recipe(task.recipe).on(backbone.traits.large).with_knobs(task.knobs)
    lesson.check(task, backbone, report)
    title = f"{recipe.title} on {' and '.join(one.name for one in task.subjects)}"
    report(Started(title, backbone.machine.label))
    devices = [0] if backbone.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        return _Run(task, recipe, backbone, report).whole()


class _Run:
    """One task from its first step to its artefact."""

    def __init__(self, task: Tune, recipe: Recipe, backbone: Backbone, report: Report):
        self.task, self.recipe, self.backbone, self.report = task, recipe, backbone, report
        self.plan = plan = recipe.plan()
        self.mark = checkpoint.mark(task, self.recipe, backbone.hash)
        self.kit = Kit(backbone, task.subjects, report, task.seed, Path(task.cache) if task.cache else None)
        self.uses = voices.once([use for phase in plan.phases for use in phase.edits])
        self.voice = voices.build(backbone, self.uses, task.subjects, task.seed)
        self.frozen = {name for name, one in self.voice.parameters().items() if not one.requires_grad}
        self.total = sum(phase.steps for phase in plan.phases)
        self.now, self.best = Standing(boost=slope.boost(backbone.dtype)), {}
        self.peak, self.began, self.saved, self.said = 0, time.perf_counter(), time.monotonic(), 0.0
        self.losses: list[float] = []
        self.full, self.wished = False, False
        # Each number that learns has two more of the optimiser's. Little is written at once, so that little is lost.
        self.wait = min(SAVE_EVERY, 3 * sum(one.nbytes for one in self.voice.parameters().values()) / PACE / SHARE)

    def whole(self) -> dict[str, Any]:
        """All phases, and the artefact at the end or at the wish to stop."""
        self.report = Pausing(self.report, lambda: self._save(always=True))
        photos = gather(self.task.subjects, self.backbone.size)
        self._resume()
        ops, encoders = _built("attention", self.plan.attention), _built("encoders", self.plan.encoders)
        self.watch = Watch(self.task, self.backbone, photos, ops, self.report, encoders)
        for path, facts in weighed.write(photos, self.plan, self.backbone.factor, Path(self.task.out)):
            self.report(Made("weighed", path, facts))
        try:
            if self.now.done == 0 and (known := self.watch.base()):
                self.now.measured.append((0, known))
                self.report(Measure(0, known))
            for number in range(self.now.phase, len(self.plan.phases)):
                self._phase(number, photos)
        except Stopped as stop:
            if not self.now.done:
                raise
            self._save(always=True)
            self._write(stopped=True)
            raise Stopped(f"What was learnt up to step {self.now.done} is kept.") from stop
        result = self._write(stopped=False)
        checkpoint.place(self.task).unlink(missing_ok=True)
        return result

    def _phase(self, number: int, photos: list[Example]) -> None:
        phase, backbone = self.plan.phases[number], self.backbone
        self.phase, self.objectives = phase, _built("objectives", phase.objectives)
        augment, examples = _built("augment", phase.augment), list(photos)
        for one in augment:
            examples = list(one.prepare(examples, self.kit))
        examples = self.kit.develop(examples, keep=True)
        self.speaks = speaks = Voice(self._modules(self.plan.phases[: number + 1]))
        reads = self._learning()
        needs, seed = frozenset().union(*(one.needs for one in self.objectives)), (abs(self.task.seed), number)
        self.batches = Batches(phase, seed, examples, augment, needs, self.kit, reads)
        ops, encoders = _built("attention", phase.attention), _built("encoders", phase.encoders)
        while self.now.step < phase.steps and not self._enough():
            for module in speaks.modules.values():
                module.train()
            with backbone.adapted({"taught": speaks}, ops, encoders) as stage:
                if self.now.held_before is None:
                    self.now.held_before = self._held(stage)
                looking = self._until_look(stage)
                self.now.held = self._held(stage)
            if looking:
                self._look(speaks)
            if self.wished:
                self._keep_now()
            self._save(always=self.wished)
            self.wished = False
        self.now.phase, self.now.step, self.now.curve = number + 1, 0, []

    def _until_look(self, stage: Stage) -> bool:
        """Steps until a sample is due or wished, the phase ends, or it is time to save; returns whether to look."""
        every, last = self.task.samples_every, self.phase is self.plan.phases[-1]
        while self.now.step < self.phase.steps and not self._enough():
            self.report.wait()
            if self.report.stop():
                raise Stopped("Stopped.")
            self._step(stage)
            self._measure(stage)
            over = self._enough() or (last and self.now.step == self.phase.steps)
            wishes = self.report.wishes()
            self.wished = "save" in wishes
            if (every and (self.now.done % every == 0 or over)) or "sample" in wishes:
                return True
            if self.wished or self._due():
                return False
        return False

    def _measure(self, stage: Stage) -> None:
        """Ask the frozen batch every so often, for the rule that may end the phase."""
        steps = self.phase.steps
        if self.task.stop != stopping.FIXED and steps >= stopping.SHORT and self.now.step % stopping.every(steps) == 0:
            self.now.curve.append(self._held(stage))
            self.report(Measure(self.now.done, {"held_loss": self.now.curve[-1]}))

    def _enough(self) -> bool:
        """Whether the rule ends the phase; looks at an earlier one say nothing of it."""
        began = self.now.done - self.now.step
        looks = [one for one in self.now.measured if one[0] > began]
        return stopping.due(self.task.stop, self.now.curve, looks, self.phase.steps)

    def _step(self, stage: Stage) -> None:
        phase, k = self.phase, self.now.step
        left = (phase.steps - k) / (phase.fall * phase.steps) if phase.fall else 1.0
        for group in self.optimiser.param_groups:
            group["lr"] = group["full"] * min(1.0, left)
        value, words = self._slope(stage, k)
        while not np.isfinite(value) and self.now.boost > 1:
            self.now.boost = max(1.0, self.now.boost / slope.LOWER)
            value, words = self._slope(stage, k)
        if not np.isfinite(value):
            kept = "The last checkpoint is kept. " if checkpoint.place(self.task).is_file() else ""
            advice = f"{kept}Try a lower learning rate."
            raise Diverged(f"The loss was no number any more at step {self.now.done + 1}.", advice)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.speaks.heed(words)
        self.now.step, self.now.done = k + 1, self.now.done + 1
        self._tell(value)

    def _slope(self, stage: Stage, k: int) -> tuple[float, Conditioning]:
        """Step k's loss, no number where its gradients are none, and what was said."""
        seen = self.batches.glimpse(stage, k)
        loss = sum(one.weight * one(seen) for one in self.objectives)
        taught = [p for group in self.optimiser.param_groups for p in group["params"]]
        return slope.back(loss, taught, self.now.boost), seen.words

    def _tell(self, loss: float) -> None:
        self.losses.append(loss)
        stride, done = max(1, self.total // 100), self.now.done
        self.now.loss = sum(self.losses[-50:]) / len(self.losses[-50:])
        if done % stride == 0 or done == self.total:
            self.report(Measure(done, {"loss": sum(self.losses[-stride:]) / len(self.losses[-stride:])}))
        if done % stride == 0 or done == self.total or time.monotonic() - self.said > 0.5:
            self.report(self._far("learning"))
            self.peak, self.said = max(self.peak, device.in_use()), time.monotonic()

    def _far(self, note: str) -> Progress:
        return Progress(self.now.done, self.total, note, (self.now.done - self.carried, self.total - self.carried))

    @torch.no_grad()
    def _held(self, stage: Stage) -> float:
        """The loss on one batch whose pictures, noise and time steps never change."""
        seen = self.batches.glimpse(stage, HELD)
        return float(sum(one.weight * one(seen) for one in self.objectives))

    def _look(self, speaks: Voice) -> None:
        if not self.watch.prompts:
            return
        kept = self._kept()
        shown = kept if self.plan.keeps else speaks
        values = self.watch.look(shown, self.now.done, {"held_loss": self.now.held})
        self.now.measured.append((self.now.done, values))
        self.watch.warn(self.now.measured)
        if values and verdict.best(self.now.measured) == self.now.done:
            self.now.best_step = self.now.done
            self.best = {name: one.detach().clone() for name, one in kept.parameters().items()}

    def _kept(self) -> Voice:
        """What the artefact holds: what learns, or what the plan works out of it."""
        if not self.plan.keeps:
            return self.voice
        return voices.build(self.backbone, self.plan.keeps, self.task.subjects, self.task.seed, taught=self._hear)

    @torch.no_grad()
    def _hear(self, prompts: Sequence[str]) -> Conditioning:
        """Prompts as the network reads them by now."""
        with self.backbone.adapted({"taught": self.voice}) as stage:
            return self.backbone.encode(prompts, stage)

    def _modules(self, phases: Sequence[Phase]) -> dict[str, torch.nn.Module]:
        keys = {key for phase in phases for use in phase.edits for key in self._keys(use)}
        return {key: module for key, module in self.voice.modules.items() if key in keys}

    def _keys(self, use: Use) -> list[str]:
        where = voices.edit_of(use).where
        return [f"{use.name}/{layer}" for layer in seams.layers(self.backbone.parts, where)]

    def _learning(self) -> bool:
        """Let only the phase's own edits learn, each at its own rate; returns whether any of them reads text."""
        reads, groups = False, []
        for parameter in self.voice.parameters().values():
            parameter.requires_grad_(False)
        for use in self.phase.edits:
            edit, taught = voices.edit_of(use), []
            for key in self._keys(use):
                found = {f"{key}/{n}": p for n, p in self.voice.modules[key].named_parameters()}
                taught += [p.requires_grad_(True) for name, p in found.items() if name not in self.frozen]
                reads |= key.partition("/")[2].startswith("text") and any(p.requires_grad for p in found.values())
            rate = edit.rate or self.phase.rate
            if taught:
                groups.append({"params": taught, "lr": rate, "full": rate, "weight_decay": edit.decay})
        if not groups:
            raise BadInput(f"{self.recipe.title} learns nothing with these knobs.", "Let something learn.")
        self.optimiser = torch.optim.AdamW(groups, fused=True)
        self.names = {id(p): name for name, p in self.voice.parameters().items()}
        if self.kept:
            checkpoint.to_optimiser(self.optimiser, self.names, self.kept)
            self.kept = {}
        return reads

    def _resume(self) -> None:
        self.kept: dict[str, Tensor] = {}
        self.carried = 0
        found = checkpoint.load(self.task, self.mark)
        if found is None:
            return
        self.now, tensors = found
        with torch.no_grad():
            for name, parameter in self.voice.parameters().items():
                parameter.copy_(tensors[f"voice/{name}"])
        self.best = {n.removeprefix("best/"): v for n, v in tensors.items() if n.startswith("best/")}
        self.kept = {n.removeprefix("optimiser/"): v for n, v in tensors.items() if n.startswith("optimiser/")}
        self.carried = self.now.done
        self.report(self._far("carrying on"))

    def _save(self, always: bool = False) -> None:
        if not always and not self._due():
            return
        began = time.monotonic()
        tensors = {f"voice/{name}": one for name, one in self.voice.parameters().items()}
        tensors |= {f"best/{name}": one for name, one in self.best.items()}
        if self.now.step:
            memory = checkpoint.of_optimiser(self.optimiser, self.names)
            tensors |= {f"optimiser/{name}": one for name, one in memory.items()}
        standing = Standing(**{**vars(self.now), "seconds": self._seconds()})
        try:
            path = checkpoint.save(self.task, self.mark, standing, tensors)
            self.report(Made("checkpoint", str(path), {"step": self.now.done}))
            self.full = False
        except DiskFull:
            if not self.full:
                self.report(Warned("The disk is full: this run cannot be resumed from here.", "Make room; it goes on."))
            self.full = True
        self.saved = time.monotonic()
        self.wait = max(SAVE_EVERY, (self.saved - began) / SHARE)

    def _due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self.saved > self.wait

    def _seconds(self) -> float:
        return round(self.now.seconds + time.perf_counter() - self.began, 3)

    def _keep_now(self) -> None:
        """What is learnt so far as an artefact of its own, beside the one that is to be; the run goes on."""
        path, step = Path(self.task.out), self.now.done
        path = path.with_name(f"{path.stem}-step{step:08d}{path.suffix}")
        try:
            header = artefact.save(str(path), self._kept().parameters(), self._header(step))
        except DiskFull:
            self.report(Warned("The disk is full: nothing was saved.", "Make room; the run goes on."))
            return
        facts = {"recipe": self.task.recipe, "step": step, "steps": step, "bytes": header.bytes, "loss": self.now.loss}
        self.report(Made("artefact", str(path), facts))

    def _header(self, step: int) -> Header:
        return Header(
            self.task.recipe, asdict(self.recipe), told(self.task.subjects), self.backbone.name,
            self.backbone.hash, self.task.seed, step, listed(self.plan.keeps or self.uses),
            listed(self.plan.attention), listed(self.plan.guidance), listed(self.plan.encoders),
            created=artefact.now(),
        )  # fmt: skip

    def _write(self, stopped: bool) -> dict[str, Any]:
        best = self.now.best_step if self.best else None
        tensors = self.best or self._kept().parameters()
        header = artefact.save(self.task.out, tensors, self._header(best or self.now.done))
        measured = dict(self.now.measured).get(best or self.now.done, {})
        facts = {
            "recipe": self.task.recipe, "seconds": self._seconds(), "steps": self.now.done, "best_step": best,
            "planned": self.total, "bytes": header.bytes, "loss": self.now.loss, "held_loss": self.now.held,
            "held_loss_before": self.now.held_before, "memory": max(self.peak, device.in_use()),
            "stopped": stopped, **measured,
        }  # fmt: skip
        self.report(Made("artefact", self.task.out, facts))
        return {"artefact": self.task.out, **facts}


def _built(family: str, uses: Sequence[Use]) -> list[Any]:
    return [catalogue.load(family, use.name)(**use.settings) for use in uses]
