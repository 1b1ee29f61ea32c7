"""The takes of the Compose page: the last pictures asked for, each as far as it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

from app import composing, findings, titles
from app.composing import MOST_SEED, Draft
from app.feed import MENDS, data_url
from app.jobs import ACTIVE, Job, Jobs
from app.library import Library
from components import layout
from components.live_preview import State, Take
from pipelines.errors import BadInput
from pipelines.tasks import Keep, Sample

KEPT = 12
STATES: dict[str, State] = {
    "queued": "waiting", "running": "running", "paused": "paused", "finished": "done", "failed": "failed",
    "cancelled": "stopped", "lost": "stopped",
}  # fmt: skip


class Takes:
    """Remembers which jobs are takes, newest first; everything else is read from the jobs themselves."""

    def __init__(self, library: Library, jobs: Jobs):
        self.library, self.jobs = library, jobs
        self._ended: dict[tuple[str, int], Take] = {}
        self._adding = Lock()  # two windows may press at once

    def ids(self) -> list[str]:
        """Jobs that are takes, newest first."""
        return self.library.draft("takes", [])

    def begin(self, draft: Draft, base: str, keep: Keep | None = None) -> list[str]:
        """Line up the takes of a draft, in order: each has the next seed, after the largest comes 0.

        Raises:
            BadInput: where a draft makes no scene; see `composing.scene`.
        """
        scene = composing.scene(draft, self.library, base)
        maps, begun = bool(scene.regions), []
        people = composing.people(draft.layout, self.library) if maps else ()
        for number in range(draft.takes):
            one = replace(scene, seed=(scene.seed + number) % (MOST_SEED + 1))
            task = Sample(one, self.library.new_path("picture"), base, maps=maps, keep=keep, subjects=people)
            begun.append(self.jobs.submit(task, titles.picture(scene)))
        self.add(begun, draft.layout, composing.sent(draft.layout, self.library, base))
        return begun

    def add(self, jobs: list[str], drawn: Mapping[str, Any] | None = None, sent: Sequence[str] = ()) -> None:
        """Put takes in front of the others; the oldest are let go, their pictures stay in the library.

        `drawn` is the layout they are made of, `sent` are the ids of its regions that take part, in order.
        """
        with self._adding:
            ids = [*reversed(jobs), *self.ids()][: max(KEPT, len(jobs))]
            layouts = self.library.draft("takes-drawn", {})
            if drawn is not None:
                layouts |= {job: {"drawn": drawn, "sent": list(sent)} for job in jobs}
            self.library.keep_draft("takes-drawn", {job: layouts[job] for job in ids if job in layouts})
            self.library.keep_draft("takes", ids)

    def drawn(self, job: str) -> tuple[dict[str, Any], list[str]] | None:
        """The layout that a take was made of, and which of its regions took part; None where nobody noted it."""
        kept = self.library.draft("takes-drawn", {}).get(job)
        try:
            return (layout.check(kept["drawn"]), kept["sent"]) if kept else None
        except BadInput:
            return None

    def seen(self, job: str) -> dict[str, Any]:
        """What was seen in the regions of a finished take, by their ids; see `findings.told`."""
        drawn, made = self.drawn(job), self.jobs.latest(job, "made")
        return findings.told(made.facts.get("regions"), *drawn, self._named) if drawn and made else {}

    def unread(self, job: str) -> str:
        """What of the words for the whole picture was too much for a finished take, in a sentence each."""
        made = self.jobs.latest(job, "made")
        return " ".join(made.facts.get("unread") or []) if made else ""

    def _named(self, subject: str) -> str:
        try:
            return self.library.subject(subject).name
        except BadInput:
            return "another subject"

    def stop(self) -> None:
        """Stop whatever is not done yet; the frames so far are kept."""
        for job in self._jobs():
            if job.state in ACTIVE:
                self.jobs.cancel(job.id)

    def look(self, frames: dict[str, int]) -> tuple[str, list[Take]]:
        """How the takes stand, and a text that changes whenever one of them does; see `live_preview.Look`."""
        takes = [self._take(job, frames.get(job.id, 0)) for job in self._jobs()]
        stand = (f"{one.job}{one.state[0]}{one.state[-1]}{one.step}.{one.frame}" for one in takes)
        return ",".join(stand), takes  # a step is told before its frame is there

    def finished(self, job: str) -> Sample | None:
        """What a take that is done was asked for; None for any other."""
        if job not in self.ids():
            return None
        take = self.jobs.get(job)
        return take.task if take.state == "finished" else None

    def picture(self, job: str) -> tuple[str, str] | None:
        """File and address of the picture a take made, if it did."""
        task = self.finished(job)
        return (task.out, self.library.files.url(task.out)) if task else None

    def _jobs(self) -> list[Job]:
        found = []
        for one in self.ids():
            try:
                job = self.jobs.get(one)
            except BadInput:
                continue
            if isinstance(job.task, Sample):
                found.append(job)
        return found

    def _take(self, job: Job, held: int) -> Take:
        known = self._ended.get((job.id, job.runs)) if job.state not in ACTIVE else None
        take = known or self._read(job)
        if job.state not in ACTIVE:
            self._ended[job.id, job.runs] = take
        same = held == take.frame and take.frame != 0
        return Take(**{**vars(take), "image": "" if same else take.image})

    def _read(self, job: Job) -> Take:
        scene, state = job.task.scene, STATES[job.state]
        width, height = scene.width or 1, scene.height or 1
        step, total, frame, image, maps = 0, scene.steps, 0, "", ()
        if state != "waiting":
            progress, preview = self.jobs.latest(job.id, "progress"), self.jobs.latest(job.id, "preview")
            step, total = (progress.step, progress.total) if progress else (0, scene.steps)
            if preview:
                step, total = max(step, preview.step), preview.total
                frame, image = 2 + preview.step + 1000 * job.runs, data_url(preview.image)
                maps = tuple(
                    one | {name: data_url(one[name]) for name in ("image", "now") if name in one}
                    for one in preview.maps
                )
        drawn, places = self.drawn(job.id), ()
        if drawn:
            numbers = _numbers(*drawn)
            maps = tuple({**one, "number": numbers[one["number"]]} for one in maps if one["number"] in numbers)
        if state == "done":
            frame, image = 1, self.library.files.url(job.task.out)
            places = self._places(job.id, drawn[0]) if drawn else ()
        seconds = job.ended - job.started if job.started and job.ended else None
        fault = (job.message, job.advice) if job.state in ("failed", "lost") else ("", "")
        mend = MENDS.get(job.fault, "") if fault[0] else ""
        return Take(
            job.id, scene.seed, state, job.title, step, total, image, frame, seconds, *fault, f"{width}:{height}",
            f"likeness-{scene.seed}.png", maps, places, mend,
        )  # fmt: skip

    def _places(self, job: str, drawn: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
        """Of a finished take the regions that are in its picture, each with what was found there."""
        seen = self.seen(job)
        kept = ("name", "tone", "own", "bleed", "by")
        return tuple(
            {"number": one["number"], "box": one["box"], **{name: seen[one["id"]][name] for name in kept}}
            for one in drawn["regions"] if one["id"] in seen and seen[one["id"]]["room"] is not None
        )  # fmt: skip


def _numbers(drawn: Mapping[str, Any], sent: Sequence[str]) -> dict[int, int]:
    """The number a region has among those that took part → its number on the canvas."""
    shown = {one["id"]: one["number"] for one in drawn["regions"]}
    return {place: shown[one] for place, one in enumerate(sent, 1) if one in shown}
