"""A tuning run as it happens: three curves on one axis of steps, samples through time, and the ways to end it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY, Act, refusal, told
from components.script import script
from components.widget import Widget


@dataclass(frozen=True)
class Sampled:
    """One sample taken on the way: its step, the words it was made from, its address or data URL, its scores."""

    step: int
    prompt: str
    image: str
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class News:
    """What a run said since the page last asked.

    `after` is the number of the newest event, to ask from next time. `measures` are (step, values) pairs with any of
    loss, likeness and prompt_following. `marks` are dotted lines by curve: {"likeness": {"real photos": 0.86}}.
    `best` is the step whose file is kept, `copying` the step since which the run copies its photos, each None if
    there is none. `warnings` are (message, advice) pairs. `weighed` are all photos as a masked loss weighs them:
    address of the picture, and the share of the weight that lies inside the mask.
    """

    after: int
    measures: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    samples: list[Sampled] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    marks: dict[str, dict[str, float]] = field(default_factory=dict)
    best: int | None = None
    copying: int | None = None
    weighed: list[tuple[str, float]] = field(default_factory=list)


def question(payload: Any) -> tuple[str, int] | None:
    """Check a page's question: the job and the last event it knows. None if malformed."""
    if not isinstance(payload, dict):
        return None
    job, after = payload.get("job"), payload.get("after", 0)
    if not isinstance(job, str) or not IDENTITY.fullmatch(job) or type(after) is not int or after < 0:
        return None
    return job, after


class RunPanel(Widget):
    """Follows one tuning job; the value is its id, or None for the newest run there is.

    Needs a JobStrip on the same page, which says when to ask for more. A page opened in the middle of a run asks from
    the first event, so nothing is lost by closing it.

    Args:
        news: `(job, after) -> News`.
        act: `(deed, job, before) -> dict`, as for the strip.
    """

    def __init__(self, news: Callable[[str, int], News], act: Act, *, value: str | None = None, **kwargs: Any):
        def run_news(payload: dict, request: gr.Request) -> dict:
            asked = question(payload)
            if asked is None:
                return refusal("The page asked something unreadable.", "Reload the page.")
            return {"ok": True, **asdict(news(*asked))}

        def run_do(payload: dict, request: gr.Request) -> dict:
            order = told(payload)
            return act(*order) if order else refusal("The page asked something unreadable.", "Reload the page.")

        super().__init__(
            value=value,
            html_template='<div class="lk-run"></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "curves", "run_panel"),
            server_functions=[run_news, run_do],
            apply_default_css=False,
            elem_classes="lk-fill",
            **kwargs,
        )

    def preprocess(self, payload: Any) -> str | None:
        """A job's id, or None."""
        return payload if isinstance(payload, str) and IDENTITY.fullmatch(payload) else None

    def api_info(self) -> dict:
        return {"type": "string"}


if __name__ == "__main__":
    import math

    from components.alone import alone
    from components.job_strip import JobCard, JobStrip, answer, unchanged

    def so_far(job: str, after: int) -> News:
        loss = [(s, {"loss": 0.2 + 0.35 * math.exp(-s / 120) + 0.05 * math.sin(s * 7)}) for s in range(2, 521, 4)]
        likeness = [(s, {"likeness": 0.81 - 0.47 * math.exp(-s / 130)}) for s in range(0, 521, 20)]
        prompt = [(s, {"prompt_following": 0.313 - max(0, s - 400) * 2.2e-4}) for s in range(0, 521, 20)]
        marks = {"likeness": {"real photos": 0.86, "base": 0.34}, "prompt_following": {"base": 0.318}}
        samples = [Sampled(step, words, SWATCH.format(90 - step // 8)) for step in STEPS for words in PLACES]
        seen = [(SWATCH.format(40 + 20 * k), 0.9) for k in range(4)]
        return News(1, [*loss, *likeness, *prompt], samples, marks=marks, best=400, copying=420, weighed=seen)

    STEPS, PLACES = (0, 100, 200, 300, 400, 500, 520), ("on a beach", "in the snow", "at night")
    SWATCH = (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='128' height='128'>"
        "<path fill='hsl(30,{}%25,60%25)' d='M0 0h128v128H0z'/></svg>"
    )
    able = ("pause", "sample", "save")
    card = JobCard("a", "tune", "Mix-of-Show on Pip", "running", "Tune", 520, 600, left=25, can=able)

    def demonstration() -> None:
        with gr.Row(elem_classes="lk-cols3"), gr.Column(elem_classes="lk-rail r lk-wide"):
            RunPanel(so_far, lambda *order: {"ok": True})
        JobStrip(lambda rev, frames: answer([card], "1") if rev != "1" else unchanged("1"), lambda *order: {"ok": True})

    alone(demonstration)
