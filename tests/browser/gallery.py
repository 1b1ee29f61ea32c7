"""Pictures of every page in use, in both themes, wide, narrow and on a phone, to be looked at side by side.

`python -m tests.browser.gallery [STATE...]` leaves them in tests/browser/output/gallery. The studio is real and so is
what is in it: two subjects learnt for a few steps, a picture of both, a wall, a benchmark, a job that failed. To make
all that takes some minutes on two cores; `--data FOLDER` keeps it for the next time. Empty pages: see the tests.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.comparing import Draft
from app.comparing import plan as planned
from app.evaluating import Order
from app.evaluations import Evaluations
from app.jobs import ENDED
from app.subjects import Subjects
from app.suite import browser as chromium
from app.walls import Walls
from components import layout
from pipelines.spec import Scene
from pipelines.tasks import Sample, Tune
from tests.browser.conftest import FLAGS, OUTPUT, SKIP
from tests.patience import SECONDS, until
from tests.studio import Studio

PLACE = OUTPUT / "gallery"
SIZES = ((1440, 900), (1024, 768), (390, 844))
THEMES = ("light", "dark")
PEOPLE, STEPS = ("Juno", "Pip"), 60
LOADED = """() => [...document.images]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().top < innerHeight).every(one => one.complete)"""
BOXES = ([0.03, 0.2, 0.45, 0.75], [0.5, 0.2, 0.47, 0.75])
PROMPTS = ("a photo of {} on a beach", "a photo of {} in the snow", "a photo of {} at night")


def furnish(studio: Studio) -> None:
    """Teach two subjects, make pictures, a wall and a benchmark, and let one job fail."""
    library, jobs = studio.library, studio.jobs
    desk = Subjects(library, jobs)
    for name in PEOPLE:
        desk.take_sample(name)
    people = {one.name: one for one in library.subjects()}

    def ended(job: str) -> str:
        until(lambda: jobs.get(job).state in ENDED, 40 * SECONDS)
        print(f"{jobs.get(job).state:9} {jobs.get(job).title}", flush=True)
        return job

    files = {}
    for name in PEOPLE:
        out, asked = library.new_path("artefact"), ("a photo of {} on a beach", "{} in the snow")
        task = Tune((people[name],), "dreambooth_lora", out, {"steps": STEPS}, samples_every=20, prompts=asked)
        ended(jobs.submit(task, f"Teach {name}"))
        files[people[name].id] = next(made for made in library.things("artefact") if made.path == out)
    regions = [
        {"id": f"r{k}", "number": k, "box": box, "subject": files[people[name].id].id,
         "prompt": f"{people[name].trigger} {people[name].noun}"}
        for k, (name, box) in enumerate(zip(PEOPLE, BOXES, strict=True), 1)
    ]  # fmt: skip
    drawn = layout.check(layout.blank() | {"regions": regions})
    library.keep_draft("compose", {"layout": drawn, "prompt": "two friends on a beach", "seed": 5, "dice": False})
    for seed, (name, words) in enumerate([(PEOPLE[0], "in a forest"), (PEOPLE[1], "on the moon")] * 3):
        one, file = people[name], files[people[name].id]
        scene = Scene(f"a photo of {one.trigger} {one.noun} {words}", artefacts=((file.path, 1.0),), seed=seed)
        ended(jobs.submit(Sample(scene, library.new_path("picture")), scene.prompt))
    lost = Scene("a photo of a robot", artefacts=(("/nowhere.safetensors", 1.0),))
    ended(jobs.submit(Sample(lost, library.new_path("picture")), "A picture with a file that has gone"))
    draft = Draft(
        subjects=(people["Pip"].id,), recipes=("dreambooth_lora", "textual_inversion"),
        knobs={"dreambooth_lora": {"steps": STEPS}, "textual_inversion": {"steps": STEPS}}, prompts="\n".join(PROMPTS),
    )  # fmt: skip
    task = planned(draft, library, "starter")
    wall = jobs.submit(task, "A wall")
    Walls(library).add(task, wall)
    ended(wall)
    runs = Evaluations(library, jobs)
    key = runs.begin(Order(recipes=("dreambooth_lora", "textual_inversion"), tracks=("single",)), "starter")
    ended(runs.named(key).jobs[-1])


def turn(page: Page, title: str) -> None:
    page.locator("#lk-pages").get_by_role("tab", name=title, exact=True).click()
    page.wait_for_timeout(1500)


def subjects(page: Page) -> None:
    turn(page, "Subjects")
    page.wait_for_function("document.querySelector('.lk-maskview img')?.naturalWidth > 0")


def tool(name: str) -> Callable[[Page], None]:
    """Take a tool for masks and use it across the middle of the photo."""

    def use(page: Page) -> None:
        page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
        box = page.locator(".lk-maskview").bounding_box()
        ways = [(0.35, 0.35), (0.6, 0.4), (0.55, 0.65), (0.36, 0.6)]
        page.mouse.move(*_inside(box, ways[0]))
        page.mouse.down()
        for way in ways[1:] if name == "Lasso" else ways[2:3]:
            page.mouse.move(*_inside(box, way), steps=4)
        page.mouse.up()
        page.wait_for_timeout(1500)

    return use


def _inside(box: dict[str, float], way: tuple[float, float]) -> tuple[float, float]:
    return box["x"] + way[0] * box["width"], box["y"] + way[1] * box["height"]


def pointed(page: Page) -> None:
    page.get_by_role("button", name="Add point").click()
    page.locator(".lk-maskview").click()
    page.wait_for_timeout(1500)


def everything(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Find everything")).click()
    page.wait_for_timeout(6000)


def view(name: str) -> Callable[[Page], None]:
    def look(page: Page) -> None:
        page.keyboard.press("Escape")
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(600)

    return look


def learning(page: Page) -> None:
    """A run on its way; the next states pause it and end it."""
    steps = page.locator(".lk-knob input.num[data-knob=steps]").first
    steps.fill("400")
    steps.press("Enter")
    page.locator("#lk-start").click()
    expect(page.locator(".lk-tag.live")).to_contain_text(re.compile("step [1-9][0-9]"))


def paused(page: Page) -> None:
    page.get_by_role("button", name="Pause", exact=True).first.click()
    page.get_by_text("paused at").first.wait_for()
    page.wait_for_timeout(500)


def stopped(page: Page) -> None:
    page.get_by_role("button", name="Stop and keep what is learnt").first.click()
    page.get_by_text("stopped at").first.wait_for()
    page.wait_for_timeout(500)


def fused(page: Page) -> None:
    page.locator(".lk-fuse .lid").click()
    page.wait_for_timeout(500)


def found(page: Page) -> None:
    """A picture of both, made where none is there yet, and who is where in it."""
    turn(page, "Compose")
    if not page.locator(".lk-takes .lk-frame").count():
        page.get_by_role("button", name="Make picture").click()
        expect(page.locator("#lk-live")).to_contain_text("done in")
    page.get_by_role("button", name="Who", exact=True).click()
    page.wait_for_timeout(500)


def heat(page: Page) -> None:
    page.get_by_role("button", name="Heat", exact=True).click()
    page.wait_for_timeout(500)


def blind(page: Page) -> None:
    turn(page, "Compare")
    page.get_by_role("switch", name="Blind vote").click()
    page.locator(".lk-wall.blind").wait_for()


def viewer(page: Page) -> None:
    page.get_by_role("switch", name="Blind vote").click()
    cell = page.locator(".lk-cell").nth(1)
    for _ in range(2):
        cell.click()
        page.wait_for_timeout(300)


def added(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add methods").click()
    page.wait_for_timeout(800)


def several(page: Page) -> None:
    for number in (0, 1, 3):
        page.locator(".lk-board .lk-cell").nth(number).click(modifiers=["Control"])


def taught(page: Page) -> None:
    page.keyboard.press("Escape")
    turn(page, "Tune")
    runs = page.get_by_role("button", name=re.compile("Runs|Last run|See the run"))
    if runs.count():
        runs.first.click()
    page.wait_for_timeout(800)


def queue(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Queue")).first.click()
    page.wait_for_timeout(600)


def sheet(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Keyboard")).click()
    page.wait_for_timeout(400)


STATES: dict[str, Callable[[Page], None]] = {
    "subjects": subjects,
    "mask-points": pointed,
    "mask-box": tool("Box"),
    "mask-brush": tool("Brush"),
    "mask-erase": tool("Erase"),
    "mask-lasso": tool("Lasso"),
    "mask-outline": view("Outline"),
    "mask-cutout": view("Cut-out"),
    "mask-learnt": view("As learnt"),
    "mask-everything": everything,
    "tune": taught,
    "tune-learning": learning,
    "tune-paused": paused,
    "tune-stopped": stopped,
    "compose-who": found,
    "compose-heat": heat,
    "compose-fuse": fused,
    "compare": lambda page: turn(page, "Compare"),
    "compare-blind": blind,
    "compare-viewer": viewer,
    "compare-more": added,
    "evaluate": lambda page: turn(page, "Evaluate"),
    "library": lambda page: turn(page, "Library"),
    "library-several": several,
    "models": lambda page: turn(page, "Models"),
    "queue": queue,
    "help": sheet,
}
"""What is looked at, in the order in which one window comes by it; each goes on from the one before."""


def shoot(browser: Browser, url: str, wanted: list[str]) -> list[str]:
    """Go through all states in every size and theme, on a phone the whole length of a page; what was not reached."""
    missed = []
    for width, height in SIZES:
        for theme in THEMES:
            window = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=theme, has_touch=width < 820
            )
            page = window.new_page()
            page.set_default_timeout(SECONDS * 1000)
            page.add_init_script(SKIP)
            page.goto(url)
            page.locator(".lk-top .lk-model").wait_for()
            page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
            for name, reach in STATES.items():
                try:
                    reach(page)
                except Exception as error:
                    missed.append(f"{name} {width} {theme}: {str(error).partition(chr(10))[0]}")
                    continue
                if not wanted or name in wanted:
                    page.wait_for_function(LOADED)
                    page.screenshot(path=PLACE / f"{name}-{width}-{theme}.png", full_page=width < 820)
            window.close()
    return missed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("states", nargs="*", choices=[[], *STATES], metavar="STATE")
    parser.add_argument("--data", type=Path, help="a data folder to use, and to furnish when it is new")
    given = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as passing, Studio(given.data or Path(passing) / "data") as studio:
        if not studio.library.draft("gallery", False):
            if studio.library.subjects():
                parser.error(f"{given.data} was not furnished to the end, or is somebody's own: give a new folder")
            furnish(studio)
            studio.library.keep_draft("gallery", True)
        with sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            missed = shoot(window, studio.url, list(given.states))
    sys.exit("\n".join(missed))
