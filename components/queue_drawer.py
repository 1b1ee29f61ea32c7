"""The queue, as a drawer on every page: what runs, what comes next, what needs the person, what was done today."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from components.job_strip import IDENTITY, Act, refusal, told
from components.script import script
from components.widget import Widget


def log_asked(payload: Any) -> str | None:
    """Check a request for a job's log: the job's id, or None if malformed."""
    job = payload.get("id") if isinstance(payload, dict) else None
    return job if isinstance(job, str) and IDENTITY.fullmatch(job) else None


class QueueDrawer(Widget):
    """Shows the cards that the job strip follows; needs a JobStrip on the same page.

    Opens on the window's `lk:queue` event, on a click on anything with `data-lk-opens="queue"`, and on Q.

    Args:
        act: `(deed, job, before) -> dict`, as for the strip.
        log: `job -> str`, the last lines of a job's log, for a bug report.
    """

    def __init__(self, act: Act, log: Callable[[str], str], **kwargs: Any):
        def queue_do(payload: dict, request: gr.Request) -> dict:
            order = told(payload)
            return act(*order) if order else refusal("The page asked something unreadable.", "Reload the page.")

        def queue_log(payload: dict, request: gr.Request) -> dict:
            job = log_asked(payload)
            return {"ok": True, "text": log(job)} if job else refusal("There is no such job.", "Reload the page.")

        super().__init__(
            html_template='<div class="lk-queue"></div>',
            js_on_load=script("element", "words", "icons", "go", "feed", "queue_drawer"),
            server_functions=[queue_do, queue_log],
            apply_default_css=False,
            elem_id="lk-queue",
            **kwargs,
        )

    def api_info(self) -> dict:
        return {"type": "null"}


if __name__ == "__main__":
    import time

    from components.alone import alone
    from components.job_strip import JobCard, JobStrip, answer, unchanged

    today = time.time()
    cards = [
        JobCard(
            "a", "tune", "Mix-of-Show on Pip", "running", "Tune", 420, 600, device="CPU, 2 threads", left=42, spent=98,
            values={"likeness": 0.78, "prompt_following": 0.313, "loss": 0.214, "memory": 1.3e9}, can=("pause",),
        ),
        JobCard("b", "tune", "SVDiff on Pip", "queued", "Tune", forecast=90),
        JobCard("c", "tune", "Cones 2 on Bear", "queued", "Tune", forecast=660),
        JobCard(
            "d", "tune", "DreamBooth on Rufus", "failed", "Tune", 12, 600, ended=today - 900,
            message="The graphics card ran out of memory. It has 12 GB; this recipe asked for 14.6.",
            advice="Choose a smaller recipe, or a smaller batch.",
        ),
        JobCard("e", "tune", "Break-A-Scene on Grump", "lost", "Tune", 800, 1200, ended=today - 2e3, can=("carry_on",)),
        JobCard("f", "sample", "Three friends on a beach", "finished", "Library", ended=today - 300, spent=16),
    ]  # fmt: skip

    def demonstration() -> None:
        JobStrip(lambda rev, frames: answer(cards, "1") if rev != "1" else unchanged("1"), lambda *order: {"ok": True})
        QueueDrawer(lambda *order: {"ok": True}, lambda job: "the last lines of the log")
        gr.HTML('<button class="lk-btn" data-lk-opens="queue">Open the queue</button>')

    alone(demonstration)
