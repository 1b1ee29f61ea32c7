"""Watch a picture come into being: the newest frame, the steps so far, and the takes made before it.

Run alone: `python -m components.live_preview`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from components.alone import alone
from components.script import script
from components.widget import Widget

State = Literal["waiting", "running", "paused", "done", "stopped", "failed"]
TEMPLATE = """
<div class="lk-pane lk-livepane">
  <div class="lk-tools" role="toolbar" aria-label="Live preview"></div>
  <div class="lk-stage"><div class="lk-canvas lk-picture"><img alt="" hidden><canvas hidden></canvas>
    <svg role="presentation"></svg><div class="lk-none"></div></div><div class="lk-fault"></div></div>
  <div class="lk-under lk-steps"></div><span class="lk-vh" aria-live="polite"></span>
</div>
"""
PARTS = (
    "element", "go", "icons", "words", "in_time", "calm", "fit", "regions", "region_stage", "live_maps", "live_who",
    "live_preview",
)  # fmt: skip
IDENTITY = re.compile(r"[\w-]{1,64}")
WAIT, BREATH = 0.4, 0.03  # seconds a question waits for something new, and between two looks


@dataclass(frozen=True)
class Take:
    """One picture being made, or made.

    `image` is the newest frame (data URL) or, once done, the address of the picture; empty when the page has the
    frame numbered `frame` already. `maps` are attention maps, {"number": of the region, "image": grey
    picture of all steps so far, "now": of this step}.
    `places` tell who is where once it is done: {"number", "box" (shares), "name", "tone", "own", "bleed", "by"}.
    `aspect` is "w:h"; `seconds` is what it took. `mend` is the title of the page where what is wrong is mended, if that
    is another one.
    """

    job: str
    seed: int
    state: State
    title: str = ""
    step: int = 0
    total: int = 0
    image: str = ""
    frame: int = 0
    seconds: float | None = None
    message: str = ""
    advice: str = ""
    aspect: str = "1:1"
    file: str = ""
    maps: tuple[dict[str, Any], ...] = ()
    places: tuple[dict[str, Any], ...] = ()
    mend: str = ""


Look = Callable[[dict[str, int]], tuple[str, list[Take]]]
"""What is there now: a text that changes whenever something does, and the takes, newest first. The argument tells the
newest frame that the page has of each job, so that it is not sent again."""


class LivePreview(Widget):
    """The newest frame of the take that runs, its step strip and, in `slot`, all takes.

    Args:
        look: what the page asks while something runs; must return at once.
        slot: element id of the place for the takes.
        aspect: "w:h" of the empty frame.
        unit: pictures are shown at whole multiples of this many pixels where there is room.

    Its value is any text; setting another makes the page look again. `stop` fires when what runs
    shall stop, `select` with {"job"} when another finished take is looked at.
    """

    def __init__(self, look: Look, *, slot: str = "", aspect: str = "1:1", unit: int = 64, **kwargs: Any):
        super().__init__(
            "",
            html_template=TEMPLATE,
            js_on_load=script(*PARTS),
            apply_default_css=False,
            server_functions=[_looking(look)],
            slot=slot,
            aspect=aspect,
            unit=unit,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> str:
        return payload if isinstance(payload, str) else ""

    def postprocess(self, value: Any) -> str:
        return str(value or "")


def asked(payload: Any) -> tuple[str, dict[str, int]] | None:
    """Check a page's question: what it knows, and its newest frame of each job. None if malformed."""
    if not isinstance(payload, dict):
        return None
    rev, frames = payload.get("rev"), payload.get("frames")
    if not isinstance(rev, str) or len(rev) > 4000 or not isinstance(frames, dict) or len(frames) > 100:
        return None
    if not all(IDENTITY.fullmatch(str(job)) and type(number) is int for job, number in frames.items()):
        return None
    return rev, frames


def _looking(see: Look) -> Callable[[Any, gr.Request], dict[str, Any]]:
    def look(payload: Any, request: gr.Request) -> dict[str, Any]:
        question = asked(payload)
        if question is None:
            return {"ok": False, "error": "The page asked for something unknown.", "advice": "Reload it."}
        rev, frames = question
        give_up = time.monotonic() + WAIT
        now, takes = see(frames)
        while now == rev and time.monotonic() < give_up and any(t.state in ("running", "waiting") for t in takes):
            time.sleep(BREATH)
            now, takes = see(frames)
        if now == rev:
            return {"ok": True, "rev": rev, "same": True}
        return {"ok": True, "rev": now, "takes": [asdict(take) for take in takes]}

    return look


def example() -> None:
    """A run of 24 steps that begins when the page opens: noise that clears into a drawn scene."""
    import base64
    import io

    import numpy as np
    from PIL import Image

    rows, columns = np.mgrid[:128, :128] / 128
    scene = np.stack([0.5 + rows / 3, 0.75 - rows / 4, 0.95 - rows / 2], -1)
    scene[(rows - 0.55) ** 2 + (columns - 0.35) ** 2 < 0.05] = (0.9, 0.4, 0.2)
    scene[(rows - 0.6) ** 2 + (columns - 0.72) ** 2 < 0.03] = (0.2, 0.6, 0.4)
    noise, began = np.random.default_rng(0), time.monotonic()

    def picture(values: np.ndarray) -> str:
        out = io.BytesIO()
        Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8)).save(out, "PNG")
        return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()

    def heat(x: float, y: float) -> str:
        return picture(np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 0.03))

    maps = (
        {"number": 1, "image": heat(0.35, 0.55), "now": heat(0.3, 0.4)},
        {"number": 2, "image": heat(0.72, 0.6), "now": heat(0.8, 0.7)},
    )
    left = {
        "number": 1,
        "box": [0.1, 0.3, 0.48, 0.52],
        "name": "Pip",
        "tone": "ok",
        "own": 0.84,
        "bleed": 0.05,
        "by": "Dot",
    }
    right = {
        "number": 2,
        "box": [0.6, 0.4, 0.3, 0.4],
        "name": "Dot",
        "tone": "warn",
        "own": 0.4,
        "bleed": 0.38,
        "by": "Pip",
    }

    def look(frames: dict[str, int]) -> tuple[str, list[Take]]:
        step = min(int((time.monotonic() - began) / 0.15), 24)
        image = picture(scene + noise.normal(0, (24 - step) / 30, scene.shape))
        state = "done" if step == 24 else "running"
        old = Take("b", 20440, "stopped", "before", 11, 24, picture(scene + noise.normal(0, 0.4, scene.shape)), 1)
        lost = Take(
            "c",
            20439,
            "failed",
            "before",
            3,
            24,
            message="The graphics card ran out of memory.",
            advice="Try 128 pixels.",
        )
        run = Take("a", 20441, state, "two balls", step, 24, image, step, 3.6, file="two-balls.png", maps=maps,
                   places=(left, right) if step == 24 else ())  # fmt: skip
        return f"{step}", [run, old, lost]

    with gr.Row(elem_classes="lk-cols3 lk-compose"), gr.Column(elem_classes="lk-mid"):
        LivePreview(look, slot="lk-example-takes", elem_id="lk-live", elem_classes="lk-grown", unit=128)
        gr.HTML('<div id="lk-example-takes"></div>', apply_default_css=False)


if __name__ == "__main__":
    alone(example, port=7940)
