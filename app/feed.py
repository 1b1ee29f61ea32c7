"""What every page is told about the jobs: one small answer a second, and the whole story of a run to whoever asks."""

import base64
import threading
import time
import traceback
import zlib
from dataclasses import dataclass, field
from datetime import datetime

from app import job_log, namesakes, outlook, relief
from app.evaluating import Folders
from app.jobs import ACTIVE, Job, Jobs
from app.library import Library
from app.namesakes import Namesake
from components.job_strip import Instead, JobCard, answer, refusal, unchanged
from components.run_panel import News, Sampled
from pipelines import verdict
from pipelines.errors import StudioError
from pipelines.events import Cancelled, Event, Made, Measure, Preview, Progress, Started, Warned
from pipelines.tasks import Task, Tune

PAGES = {
    "tune": "Tune",
    "adopt": "Compose",
    "fuse": "Compose",
    "sample": "Compose",
    "compare": "Compare",
    "toybench": "Evaluate",
    "published": "Evaluate",
    "fetch": "Models",
}
MENDS = {"MissingModel": "Models"}  # where a fault is mended, if not where the job was begun
TROUBLE_DAYS = 7  # how long a failed job goes on asking for attention
MOST_ENDED = 200  # jobs that ended are told of at most, of each kind: every page asks every second
PACE_WINDOW = 30.0  # seconds of progress from which the time left is told
LATE = 3  # times as long as the steps before it: a step that takes longer is of another kind


@dataclass
class Story:
    """All that one job said, gathered as it comes."""

    after: int = 0
    step: int = 0
    saved: int = 0
    total: int = 0
    note: str = ""
    device: str = ""
    values: dict[str, float] = field(default_factory=dict)
    measures: list[tuple[int, int, dict[str, float]]] = field(default_factory=list)
    samples: list[tuple[int, Sampled]] = field(default_factory=list)
    warnings: list[tuple[int, tuple[str, str]]] = field(default_factory=list)
    weighed: dict[int, tuple[str, float]] = field(default_factory=dict)
    marks: dict[str, dict[str, float]] = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    kept: str = ""
    frame: int = 0
    pictured: int = 0
    image: str | None = None
    own: tuple[int, int] = (0, 0)  # of the steps that take time in this life of the job, those done, and all
    since: tuple[float, int] | None = None  # when it set to work, or went on after a rest, and its own steps by then
    pace: list[tuple[float, int]] = field(default_factory=list)  # when it had how many steps of its own, lately
    forecast: float | None = None
    pondered: bool = False
    instead: tuple[Instead, ...] | None = None

    def hear(self, seq: int, at: float, event: Event, address: object) -> None:
        """Take in one event of the time `at`, in seconds since the epoch; `address` turns a file of the data folder
        into what the browser loads."""
        self.after = seq
        match event:
            case Started():
                self.device, self.step = event.device, self.saved
                self.rest()
            case Progress():
                own = event.own or (event.step, event.total)
                if self.total != event.total or event.step < self.step or own[0] < self.own[0]:
                    self.rest()  # other work, such as learning after its class images
                self.step, self.total, self.note, self.own = event.step, event.total, event.note, own
                self._keep_pace(at, own[0])
            case Measure():
                self._measure(seq, event)
            case Preview() if event.image:
                self.pictured = event.step
                self.frame, self.image = zlib.crc32(event.image.encode()) or 1, data_url(event.image)
                if event.caption:
                    self.samples.append((seq, Sampled(event.step, event.caption, self.image)))
            case Made(what="weighed"):
                self.weighed[event.facts["photo"]] = address(event.path), event.facts["counts"]
            case Made(what="artefact") if "step" in event.facts:
                pass  # saved on the way; where the run leads is its own file, at the end
            case Made(what="checkpoint"):
                self.step = self.saved = int(event.facts["step"])
            case Made(what="sample"):
                self._sample(seq, event, address(event.path))
            case Made():
                self.facts |= event.facts
                if "id" in event.facts:
                    self.facts[event.what] = event.facts["id"]
            case Warned():
                self.warnings.append((seq, (event.message, event.advice)))
            case Cancelled():
                self.kept = event.kept

    def _measure(self, seq: int, event: Measure) -> None:
        """Names such as likeness_real_photos are dotted lines of the curve they begin with, not points of it."""
        points = {}
        for name, value in event.values.items():
            curve = next((c for c in ("likeness", "prompt_following") if name.startswith(f"{c}_")), None)
            if curve:
                self.marks.setdefault(curve, {})[name.removeprefix(f"{curve}_").replace("_", " ")] = value
            else:
                points[name] = value
        self.values |= points
        self.measures.append((seq, event.step, points))

    def _sample(self, seq: int, event: Made, image: str) -> None:
        step, prompt = int(event.facts.get("step", self.step)), str(event.facts.get("prompt", ""))
        values = {k: v for k, v in event.facts.items() if k in ("likeness", "prompt_following")}
        self.samples.append((seq, Sampled(step, prompt, image, values)))
        self.pictured = step
        self.frame, self.image = zlib.crc32(image.encode()) or 1, image

    def _keep_pace(self, at: float, own: int) -> None:
        self.since = self.since or (at, own)
        if not self.pace or self.pace[-1][1] < own:
            self.pace = [*(one for one in self.pace if at - one[0] < PACE_WINDOW), (at, own)]

    def left(self, started: float | None) -> float | None:
        """Seconds left at the pace of the last half minute, or of all its work where the step under way takes far
        longer than those; None until there is a pace, and once only what cannot be counted is left. What was there
        before, what was done before a rest, and what was said before `started`, when this life of the job began in
        seconds since the epoch, says nothing of it."""
        more = self.own[1] - self.own[0]
        if started is None or not self.since or self.since[0] < started or not more:
            return None
        (then, first), (latest, last), now = self.pace[0], self.pace[-1], time.time()
        each, waited = (latest - then) / max(1, last - first), now - latest
        if last > first and waited <= LATE * each:
            return max(0.0, each * more - waited)
        since, had = self.since
        return (now - since) / (last - had) * more if last > had else None

    def rest(self) -> None:
        """It holds still, or turns to something else: what it does from then on has a pace of its own."""
        self.pace, self.since = [], None


class Feed:
    """Stories of the jobs on show, kept up to date as pages ask. Safe to call from many threads."""

    def __init__(self, jobs: Jobs, library: Library):
        self.jobs, self.library = jobs, library
        self._stories: dict[str, Story] = {}
        self._lock = threading.Lock()

    def now(self, rev: str, frames: dict[str, int]) -> dict:
        """The jobs on show, when anything moved since `rev`; pictures only where the page has an older one."""
        with self._lock:
            shown = [(job, self._story(job.id)) for job in self._on_show()]
            self._stories = {job.id: story for job, story in shown}
            new = self._unasked(shown)
        for job in new:  # not under the lock: it reads much of the library, and other pages need not wait for it
            self.foresee(job.id, job.task)
        for job, story in shown:
            if story.instead is None and job.fault == "OutOfMemory" and isinstance(job.task, Tune):
                story.instead = relief.smaller(job.task, self.library)
        with self._lock:
            tide = self.library.tide()
            mark = "-".join(
                f"{job.id}.{job.state[0:2]}.{job.wished}.{story.after}.{job.runs}.{story.forecast}"
                for job, story in shown
            )
            fresh = f"{zlib.crc32(f'{mark}{tide}'.encode()):08x}"
            if fresh == rev:
                return unchanged(rev)
            names = namesakes.apart([Namesake(job.title, job.task, job.created) for job, _ in shown])
            cards = [
                self._card(job, story, name, frames.get(job.id, 0))
                for (job, story), name in zip(shown, names, strict=True)
            ]
            return answer(cards, fresh, tide)

    def news(self, job: str, after: int) -> News:
        """What a run said since event number `after`."""
        with self._lock:
            story = self._story(job)
        measured = [(step, values) for _, step, values in story.measures]
        return News(
            story.after,
            [(step, values) for seq, step, values in story.measures if seq > after and values],
            [sample for seq, sample in story.samples if seq > after],
            [warning for seq, warning in story.warnings if seq > after],
            story.marks,
            story.facts.get("best_step") or verdict.best(measured),
            verdict.copying(measured),
            [story.weighed[photo] for photo in sorted(story.weighed)],
        )

    def act(self, deed: str, job: str, before: str) -> dict:
        """Carry out what a button asked."""
        try:
            self._do(deed, job, before)
        except StudioError as error:
            return refusal(error.message, error.advice)
        return {"ok": True}

    def log(self, job: str) -> str:
        """What a job said, line by line."""
        try:
            return job_log.log(self.jobs, self.library, job)
        except StudioError as error:
            return f"{error.message} {error.advice}"

    def expect(self, job: str, seconds: float | None) -> None:
        """Note what a job was forecast to take, so that it can be compared with what it took."""
        if seconds is None:
            return
        self.library.keep_draft(f"forecast/{job}", seconds)
        with self._lock:
            if job in self._stories:
                self._stories[job].forecast = seconds

    def _on_show(self) -> list[Job]:
        midnight = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        old = time.time() - TROUBLE_DAYS * 86400
        done = self.jobs.list(("finished", "cancelled"), midnight, quick=False, most=MOST_ENDED)
        trouble = self.jobs.list(("failed", "lost"), old, quick=False, most=MOST_ENDED)
        return [*self.jobs.list(ACTIVE, quick=False), *done, *trouble]

    def _story(self, job: str) -> Story:
        story = self._stories.get(job)
        if story is None:
            story = self._stories[job] = Story(forecast=self.library.draft(f"forecast/{job}"))
        for seq, at, event in self.jobs.events(job, story.after):
            story.hear(seq, at, event, self._address)
        return story

    def _unasked(self, shown: list[tuple[Job, Story]]) -> list[Job]:
        """The jobs that are not done and of which nobody has asked yet what they will take: each is told once."""
        known = [(job, story) for job, story in shown if job.state in ACTIVE and story.forecast is None]
        new = [(job, story) for job, story in known if not story.pondered]
        for _, story in new:
            story.pondered = True
        return [job for job, _ in new]

    def foresee(self, job: str, task: Task, folders: Folders | None = None) -> None:
        """Work out what a job is forecast to take; see `outlook.seconds`. Whatever goes wrong with that, the queue is
        shown and the job begins."""
        try:
            self.expect(job, outlook.seconds(task, self.library, folders))
        except StudioError:
            pass  # what is wrong with it will be said when it begins
        except Exception:
            traceback.print_exc()

    def _address(self, path: str) -> str:
        return self.library.files.url(path)

    def _card(self, job: Job, story: Story, name: str, frame: int) -> JobCard:
        going, now = job.state == "running", time.time()
        if not going:
            story.rest()
        kind = job.task.kind
        image, number = story.image or self._face(job), story.frame or 1
        can = ["pause"] if going else []
        step = story.step
        if isinstance(job.task, Tune) and job.state == "lost":
            step = story.saved  # what came after it has to be done again
        if isinstance(job.task, Tune) and step:
            can += ["carry_on", "save"] + (["sample"] if job.task.prompts else [])
        return JobCard(
            job.id, kind, name, job.state, PAGES.get(kind, ""), step, story.total, story.note, story.device,
            story.values, job.created, job.started, job.ended,
            spent=(job.ended or now) - job.started if job.started else None,
            left=story.left(job.started) if going else None, forecast=story.forecast,
            image=image if image and number != frame else None, frame=number if image else 0,
            pictured=story.pictured,
            message=job.message, advice=job.advice, kept=story.kept,
            facts={k: v for k, v in story.facts.items() if isinstance(v, str | int | float)},
            can=tuple(can), wished=job.wished, saved=isinstance(job.task, Tune) and 0 < story.saved == story.step,
            instead=(job.fault == "OutOfMemory" and story.instead) or (), mend=MENDS.get(job.fault, ""),
        )  # fmt: skip

    def _face(self, job: Job) -> str | None:
        """What stands for a job that has no frame yet: the first photo of its subject."""
        photos = [photo for one in getattr(job.task, "subjects", ()) for photo in one.photos]
        return (self.library.files.seen(photos[0].image, 160) or None) if photos else None

    def _do(self, deed: str, job: str, before: str) -> None:
        plain = {
            "pause": self.jobs.pause,
            "resume": self.jobs.resume,
            "cancel": self.jobs.cancel,
            "retry": self.jobs.retry,
            "remove": self._remove,
        }
        if deed in plain:
            plain[deed](job)
        elif deed == "pause_all":
            for one in self.jobs.list(("running", "queued")):
                if one.lane != "quick":
                    self.jobs.pause(one.id)
        elif deed in ("sample", "save"):
            self.jobs.wish(job, deed)
        elif deed in ("earlier", "later", "before"):
            self._move(deed, job, before)

    def _remove(self, job: str) -> None:
        task = self.jobs.get(job).task
        self.jobs.remove(job)
        self.library.forget_run(task)

    def _move(self, deed: str, job: str, before: str) -> None:
        lane = self.jobs.get(job).lane
        line = [one.id for one in self.jobs.list(("queued", "paused")) if one.lane == lane and one.started is None]
        if job not in line:
            return
        at = line.index(job)
        if deed == "before":
            self.jobs.reorder(job, before if before in line else None)
        elif deed == "earlier" and at > 0:
            self.jobs.reorder(job, line[at - 1])
        elif deed == "later" and at + 1 < len(line):
            self.jobs.reorder(job, line[at + 2] if at + 2 < len(line) else None)


def data_url(image: str) -> str:
    """A preview's base64 text as an address, its kind read from its first bytes."""
    first = base64.b64decode(image[:8])
    kind = "png" if first.startswith(b"\x89PNG") else "jpeg" if first.startswith(b"\xff\xd8\xff") else "webp"
    return f"data:image/{kind};base64,{image}"
