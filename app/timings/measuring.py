"""The studio bench: start, tabs, strokes, clicks, first preview, what previews cost; each beside its target."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from PIL import Image

from app.ingest import as_png
from app.library import Library
from app.samples import samples
from app.studio import ORDER
from app.subjects import Subjects
from app.timings import window
from app.timings.arithmetic import cost, quantile, rate
from app.timings.running import Running, wait
from pipelines.spec import Scene
from pipelines.tasks import Sample, Tune

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from pipelines.benchmarks.figures import Figure

LARGE = 2048
"""Long side in pixels of the photo that is painted on."""

PROMPT = "a photo of a red car on a beach"
TAUGHT = "textual_inversion"
LONG_RUN = 4000  # steps of the run that goes on while clicks are measured; it is stopped afterwards


def measure(device: str, quick: bool, say: Callable[[str], Any]) -> "list[Figure]":
    """Start a studio twice and measure the second; `quick` does everything a few times only.

    Raises:
        Unavailable: when there is no browser, or the studio does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="likeness-bench-") as folder, window.browser() as chromium:
        data = Path(folder) / "data"
        data.mkdir()
        say("Starting the studio for the first time ...")
        with Running(data, device) as first:
            furnish(first)
        say("Starting it again ...")
        with Running(data, device) as studio:
            page = window.visit(chromium, studio.url, len(ORDER))
            ready, spent = time.monotonic() - studio.began, studio.spent()
            found = figures(studio, page, quick, say)
            page.close()
    from pipelines.benchmarks.figures import figure

    begun = [figure("page_ready_s", ready, "s", 3, most=True), figure("page_ready_cpu_s", spent, "s")]
    return [*begun, *found]


def furnish(studio: Running) -> None:
    """A sample subject, and one with a single large photo, which is the newest and so the one on show."""
    shelf = Subjects(studio.library, studio.jobs)
    shelf.take_sample(samples()[-1].name)
    subject = studio.library.add_subject("Large", "toy")
    studio.library.add_photo(subject.id, as_png(large()), "large.png")


def large() -> Image.Image:
    """A sample photo enlarged, with grain, so that it weighs what a photo of a camera weighs."""
    with Image.open(samples()[-1].bundles()[0].photo) as small:
        picture = small.convert("RGB").resize((LARGE, LARGE), Image.Resampling.BICUBIC)
    grain = Image.effect_noise(picture.size, 30).convert("RGB")
    return Image.blend(picture, grain, 0.08)


def figures(studio: Running, page: "Page", quick: bool, say: Callable[[str], Any]) -> "list[Figure]":
    """Everything that is measured in one window, in the order in which a person comes by it."""
    from pipelines.benchmarks.figures import figure

    def least(name: str, value: float, unit: str, target: float | None) -> "Figure":
        return figure(name, value, unit, target, most=True)

    found: list[Figure] = []

    def note(*known: "Figure") -> None:
        """Keep figures, and say them at once: a bench that is stopped has not measured for nothing."""
        found.extend(known)
        for one in known:
            say(f"  {one.name} {one.value:.4g} {one.unit}".rstrip())

    say("Turning pages ...")
    turned = window.turns(page, 1 if quick else 4)
    note(
        least("tab_switch_ms_median", median(turned), "ms", 150),
        least("tab_switch_ms_p95", quantile(turned, 0.95), "ms", 150),
        least("components_at_rest", window.components(page), "", 300),
    )
    say("Painting and dragging ...")
    seconds = 0.5 if quick else 3.0
    window.turn_to(page, "Subjects")
    note(figure("frames_still", rate(window.still(page, seconds)), "/s"))
    _shown(page)
    note(figure("frames_mask_stroke", rate(window.stroke(page, seconds)), "/s", 59))
    window.turn_to(page, "Compose")
    note(figure("frames_box_drag", rate(window.drag(page, seconds)), "/s", 59))
    say("Clicking ...")
    window.turn_to(page, "Subjects")
    studio.worker("quick")
    count = 3 if quick else 20
    note(*_clicks("idle", window.clicks(page, count), 200))
    say("Clicking while a run learns ...")
    heavy = studio.worker("heavy")
    run = studio.jobs.submit(_run(studio.library), "Something learns")
    wait(lambda: (at := studio.jobs.latest(run, "progress")) and at.step >= 1, "The run did not begin.")
    note(*_clicks("tuning", window.clicks(page, count), 500))
    studio.jobs.cancel(run)
    studio.ended(run)
    say("Making pictures ...")
    window.turn_to(page, "Compose")
    page.get_by_label("Whole picture").fill(PROMPT)
    window.first_preview(page)
    waited = [window.first_preview(page) for _ in range(1 if quick else 5)]
    note(least("first_preview_s", median(waited), "s", 0.5))
    note(least("previews_cost_percent", _previews(studio, heavy, 1 if quick else 6), "%", 3))
    return found


def _shown(page: "Page") -> None:
    """Wait until the large photo is the one in the editor."""
    page.wait_for_function(f"document.querySelector('.lk-maskview img')?.naturalWidth === {LARGE}")


def _clicks(when: str, taken: list[float], hoped: float) -> "list[Figure]":
    from pipelines.benchmarks.figures import figure

    return [
        figure(f"click_to_mask_ms_p50_{when}", median(taken), "ms", hoped, most=True),
        figure(f"click_to_mask_ms_p95_{when}", quantile(taken, 0.95), "ms", hoped, most=True),
    ]


def _run(library: Library) -> Tune:
    subject = next(one for one in library.subjects() if len(one.photos) > 1)
    return Tune((subject,), TAUGHT, library.new_path("artefact"), {"steps": LONG_RUN}, seed=1, samples_every=0)


def _previews(studio: Running, worker: int, pairs: int) -> float:
    """Percent of processor time that a picture with previews takes more than the same without, made in turn."""
    import psutil

    process, taken = psutil.Process(worker), {True: [], False: []}

    def spent() -> float:
        times = process.cpu_times()
        return times.user + times.system

    for _ in range(pairs):
        for shown, kept in taken.items():
            before = spent()
            scene = Scene(PROMPT, seed=1, steps=25)
            studio.ended(studio.jobs.submit(Sample(scene, studio.library.new_path("picture"), previews=shown), "A toy"))
            kept.append(spent() - before)
    return cost(taken[True], taken[False])
