"""The strip at the foot of every page: what runs, how far it is, how long it will take, and the way out."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import gradio as gr

from components.script import script
from components.widget import Widget

State = Literal["queued", "running", "paused", "finished", "failed", "cancelled", "lost"]
DEEDS = ("pause", "resume", "cancel", "retry", "remove", "earlier", "later", "before", "pause_all", "sample", "save")
IDENTITY = re.compile(r"[\w-]{1,64}")
MOST_FRAMES = 20_000  # jobs of which a page may hold a frame; a queue may be long


@dataclass(frozen=True)
class Instead:
    """What could be begun in place of a run that did not end well: `title` says it on a button, the rest is what the
    page where runs are set up takes."""

    title: str
    recipe: str
    subjects: list[str]
    knobs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobCard:
    """One job as the strip and the drawer show it.

    Times are seconds; `queued`, `started` and `ended` count from the epoch. `image` is a data URL or an address,
    None when it is the frame the page already has; `frame` numbers it, 0 meaning none; `pictured` is the step it shows.
    `values` are the newest measures, `facts` what was made (best_step, path, artefact, picture, wall ...). `page` is
    the title of the page that shows more; `wished` is "stop" or "pause" while the run is on its way to that; `saved` is
    whether a tuning run goes on from `step` whatever happens; `instead` what would ask for less memory; `mend` the
    title of another page where what went wrong is mended.
    """

    id: str
    kind: str
    title: str
    state: State
    page: str = ""
    step: int = 0
    total: int = 0
    note: str = ""
    device: str = ""
    values: dict[str, float] = field(default_factory=dict)
    queued: float = 0.0
    started: float | None = None
    ended: float | None = None
    spent: float | None = None
    left: float | None = None
    forecast: float | None = None
    image: str | None = None
    frame: int = 0
    pictured: int = 0
    message: str = ""
    advice: str = ""
    kept: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    can: tuple[str, ...] = ()
    wished: str = ""
    saved: bool = False
    instead: tuple[Instead, ...] = ()
    mend: str = ""


def answer(cards: list[JobCard], rev: str, tide: dict[str, int] | None = None) -> dict:
    """What `now` returns when something changed since the page last asked. `tide` counts the changes of what there is,
    by kind: whoever shows things of a kind looks again when its count moved."""
    return {"ok": True, "rev": rev, "tide": tide or {}, "jobs": [asdict(card) for card in cards]}


def unchanged(rev: str) -> dict:
    """What `now` returns when nothing did."""
    return {"ok": True, "rev": rev, "same": True}


def refusal(error: str, advice: str = "") -> dict:
    """What a server function returns instead of raising."""
    return {"ok": False, "error": error, "advice": advice}


def asked(payload: Any) -> tuple[str, dict[str, int]] | None:
    """Check a page's question: the revision it knows and the newest frame it holds of each job. None if malformed."""
    if not isinstance(payload, dict):
        return None
    rev, frames = payload.get("rev", ""), payload.get("frames", {})
    if not isinstance(rev, str) or len(rev) > 200 or not isinstance(frames, dict) or len(frames) > MOST_FRAMES:
        return None
    if not all(IDENTITY.fullmatch(str(k)) and type(v) is int for k, v in frames.items()):
        return None
    return rev, frames


def told(payload: Any) -> tuple[str, str, str] | None:
    """Check an order: (deed, job, the job it should come before or empty). None if malformed."""
    if not isinstance(payload, dict) or payload.get("do") not in DEEDS:
        return None
    job, before = payload.get("id", ""), payload.get("before", "")
    if not all(isinstance(x, str) and (x == "" or IDENTITY.fullmatch(x)) for x in (job, before)):
        return None
    return payload["do"], job, before


Now = Callable[[str, dict[str, int]], dict]
Act = Callable[[str, str, str], dict]


def doors(now: Now, act: Act) -> list[Callable]:
    """The two server functions of the strip and the drawer, with every payload checked before it reaches the app."""

    def jobs_now(payload: dict, request: gr.Request) -> dict:
        question = asked(payload)
        return now(*question) if question else refusal("The page asked something unreadable.", "Reload the page.")

    def jobs_do(payload: dict, request: gr.Request) -> dict:
        order = told(payload)
        return act(*order) if order else refusal("The page asked something unreadable.", "Reload the page.")

    return [jobs_now, jobs_do]


class JobStrip(Widget):
    """Follows all jobs for the whole page: draws one, and tells the rest of the page about every one.

    Args:
        now: `(rev, frames) -> dict`, the jobs when they changed since `rev` (see `answer` and `unchanged`).
        act: `(deed, job, before) -> dict`, carries out one of `DEEDS`.

    Other widgets listen for the window's `lk:jobs` event, whose detail is the list of cards, and send `lk:nudge`
    after they submitted something.
    """

    def __init__(self, now: Now, act: Act, **kwargs: Any):
        super().__init__(
            html_template='<div class="lk-jobs"></div>',
            js_on_load=script("element", "words", "icons", "go", "in_time", "calm", "feed", "job_strip"),
            server_functions=doors(now, act),
            apply_default_css=False,
            elem_id="lk-strip",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    from components.alone import alone

    def now(rev: str, frames: dict[str, int]) -> dict:
        running = JobCard(
            "b", "tune", "Mix-of-Show on Pip", "running", "Tune", 340, 600, values={"likeness": 0.71}, left=64, spent=80
        )
        waiting = JobCard("c", "tune", "SVDiff on Pip", "queued", "Tune", forecast=90)
        return answer([running, waiting], "1") if rev != "1" else unchanged("1")

    alone(lambda: JobStrip(now, lambda *order: refusal("Nothing to do here.", "This is a demonstration.")))
