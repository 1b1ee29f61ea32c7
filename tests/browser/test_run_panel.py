"""The panel of a tuning run in Chromium: what its buttons ask for, and what it draws of what the run said."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from components.alone import alone
from components.job_strip import JobCard, JobStrip, answer, unchanged
from components.run_panel import News, RunPanel, Sampled
from tests.patience import until
from tests.studio import free_port

PLACES = ("a photo of a cat on a beach", "a photo of a cat in the snow")
STEPS = (0, 50, 100, 150, 200, 250, 300, 350, 400, 450)
BEST, COPYING, TOTAL = 350, 400, 600


def swatch(step: int, place: int) -> str:
    """A picture of which each step and prompt has its own."""
    return (
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='64' height='64'>"
        f"<path fill='hsl({place * 120},50%25,{20 + step // 10}%25)' d='M0 0h64v64H0z'/></svg>"
    )


SAMPLES = [
    Sampled(step, words, swatch(step, place), {"likeness": 0.4 + step / 1000, "prompt_following": 0.3})
    for step in STEPS
    for place, words in enumerate(PLACES)
]


class Run:
    """One run, told piece by piece; notes what it is asked."""

    def __init__(self):
        self.card = JobCard(
            "a", "tune", "Mix-of-Show on Pip", "running", "Tune", 90, TOTAL, can=("pause", "sample", "save")
        )
        self.said, self.news, self.orders, self.rev = [], News(1, [(90, {"loss": 0.4})]), [], 1

    def tell(self, news: News, **card: object) -> None:
        """The run goes on."""
        self.news, self.card, self.rev = news, replace(self.card, **card), self.rev + 1

    def ask(self, job: str, after: int) -> News:
        self.said.append((job, after))
        told = self.news
        return told if after < told.after else replace(told, measures=[], samples=[], warnings=[], marks={})

    def do(self, *order: str) -> dict:
        self.orders.append(order)
        self.rev += 1  # an order changes the card, and the page asks at once
        return {"ok": True}


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def panel(run, visit):
    """`panel(width, theme)` opens the panel and the strip that tells it of the job."""

    def demonstration() -> None:
        RunPanel(run.ask, run.do, elem_id="run")
        JobStrip(lambda rev, _: unchanged(rev) if rev == str(run.rev) else answer([run.card], str(run.rev)), run.do)

    blocks, pages = alone(demonstration, free_port(), wait=False), []

    def open_page(width: int = 1440, theme: str = "light") -> Page:
        page = visit(blocks.local_url, width, theme)
        pages.append(page)
        page.locator(".lk-run .lk-head").wait_for()
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        return page

    yield open_page
    for page in pages:
        page.close()
    blocks.close(verbose=False)


def whole() -> News:
    """All that a run of 450 steps may have said."""
    likeness = [(step, {"likeness": min(0.75, 0.4 + step / 1000), "prompt_following": 0.312}) for step in STEPS[:-1]]
    fell = [(450, {"likeness": 0.75, "prompt_following": 0.286})]
    weighed = [(swatch(0, 0), 0.9), (swatch(50, 0), 0.7)]
    return News(
        5, likeness + fell, SAMPLES, [("The loss jumped.", "Halve the learning rate.")],
        {"likeness": {"real photos": 0.86}}, BEST, COPYING, weighed,
    )  # fmt: skip


def shown(page: Page, run: Run) -> None:
    """Wait until everything the run said is drawn."""
    run.tell(whole(), step=450)
    page.evaluate("dispatchEvent(new Event('lk:nudge'))")
    page.locator(".lk-run .strips").wait_for()


def test_samples_and_saves_are_asked_for_while_it_runs_and_only_then(panel, run):
    page = panel()
    body = page.locator(".lk-run")
    expect(body.get_by_text("Samples appear here as it learns.")).to_be_visible()
    assert body.locator(".strips, .weighed, .lk-note, rect").count() == 0, "nothing of this was said"
    body.get_by_role("button", name="Sample now").click()
    expect(page.locator(".lk-toast").last).to_contain_text("A sample comes after this step.")
    body.get_by_role("button", name="Save now").click()
    expect(page.locator(".lk-toast").last).to_contain_text("What is learnt so far is saved after this step.")
    assert [order[:2] for order in run.orders] == [("sample", "a"), ("save", "a")]
    run.tell(run.news, state="paused")
    expect(body.get_by_role("button", name="Go on")).to_be_visible()
    for name in ("Sample now", "Save now"):
        expect(body.get_by_role("button", name=name)).to_have_count(0)


def test_samples_stand_by_step_and_prompt_and_scrub_through_time(panel, run, picture):
    page = panel()
    shown(page, run)
    strips, heads = page.locator(".lk-run .strips"), page.locator(".lk-run .strips .hd")
    steps = [int(words) for words in heads.all_inner_texts()]
    assert steps == [0, 100, 150, 250, 300, BEST, 450], "the first, the best, the newest, and others over all the time"
    assert strips.locator(".pr").all_inner_texts() == ["on a beach", "in the snow"], "what tells the prompts apart"
    assert (heads.and_(page.locator(".bst")).inner_text(), heads.and_(page.locator(".now")).inner_text()) == (
        "350",
        "450",
    )
    drawn = [image.get_attribute("src") for image in strips.locator("img").all()]
    assert drawn == [swatch(step, place) for place in (0, 1) for step in steps]
    assert page.evaluate("[...document.querySelectorAll('.strips img')].every(one => one.naturalWidth === 64)")
    picture(page, "all", full=True)

    asked = [order for order in run.said if order[1] == 5]
    run.tell(replace(run.news, after=6, measures=[], samples=[Sampled(500, PLACES[0], swatch(500, 0))]), step=500)
    page.evaluate("dispatchEvent(new Event('lk:nudge'))")
    expect(heads.last).to_have_text("500")
    assert len(asked) < len([order for order in run.said if order[1] == 5]), "only what is new is asked for"
    expect(heads).to_have_count(7)

    strips.get_by_role("button", name=f"step 350, {PLACES[1]}").click()
    view, line = page.locator(".lk-run .view"), page.locator(".lk-run .lk-chart line.at")
    expect(view.locator("img")).to_have_attribute("src", swatch(350, 1))
    expect(view).to_contain_text("step 350 · likeness 0.75 · prompt 0.300")
    before = float(line.get_attribute("x1"))
    scrub = view.get_by_label("Through time")
    expect(scrub).to_have_value("7")
    scrub.press("ArrowLeft")
    expect(view.locator("img")).to_have_attribute("src", swatch(300, 1))
    expect(scrub).to_have_attribute("aria-valuetext", "step 300")
    assert float(line.get_attribute("x1")) < before, "the chart points at the same step"
    scrub.press("Home")
    expect(view.locator("img")).to_have_attribute("src", swatch(0, 1))
    scrub.press("End")
    expect(view.locator("img")).to_have_attribute("src", swatch(450, 1))
    chart = page.locator(".lk-run .lk-chart")
    box, axis = chart.bounding_box(), 536
    x = 44 + (axis - 44 - 66) * 120 / TOTAL
    page.mouse.click(box["x"] + x / axis * box["width"], box["y"] + box["height"] / 3)
    expect(view.locator("img")).to_have_attribute("src", swatch(100, 1))
    picture(page, "view", full=True)
    view.get_by_label("Close").click()
    expect(view).to_have_count(0)
    expect(line).to_have_count(0)


def test_copying_is_said_and_drawn_and_stopping_keeps_the_best(panel, run):
    page = panel()
    shown(page, run)
    notes = page.locator(".lk-run .lk-note")
    expect(notes.first).to_contain_text("It is starting to copy its photos.")
    expect(notes.first).to_contain_text("Since step 400 likeness stands still and prompt-following fell by 0.026.")
    expect(notes.last).to_have_text("The loss jumped. Halve the learning rate.")
    band = page.locator(".lk-run .lk-chart > rect")
    unit = (536 - 44 - 66) / TOTAL
    x, wide = (float(band.get_attribute(name)) for name in ("x", "width"))
    assert abs(x - (44 + COPYING * unit)) < 1 and abs(wide - 50 * unit) < 1
    soft = page.evaluate("getComputedStyle(document.querySelector('.lk-chart > rect')).fill")
    assert soft not in ("none", "rgb(0, 0, 0)", "rgba(0, 0, 0, 0)")
    expect(page.locator(".lk-run .lk-chart")).to_contain_text("best 350")
    expect(page.locator(".lk-run .lk-chart")).to_have_attribute(
        "aria-label", "Likeness 0.75, prompt-following 0.286, loss 0.400, best at step 350"
    )
    notes.first.get_by_role("button", name="Stop, keep 350").click()
    until(lambda: run.orders)
    assert run.orders[0][:2] == ("cancel", "a")


def test_what_the_loss_saw_of_the_photos_is_shown(panel, run):
    page = panel()
    shown(page, run)
    panel_of = page.locator(".lk-run .weighed")
    expect(panel_of.get_by_role("heading")).to_have_text("As the loss weighs the photos")
    expect(panel_of).to_contain_text("80 % of the weight inside the masks")
    seen = [(one.get_attribute("src"), one.get_attribute("alt")) for one in panel_of.locator("img").all()]
    words = "Photo {}, {} percent of the weight inside its mask"
    assert seen == [(swatch(0, 0), words.format(1, 90)), (swatch(50, 0), words.format(2, 70))]
    panel_of.scroll_into_view_if_needed()
    until(lambda: page.evaluate("[...document.querySelectorAll('.weighed img')].every(one => one.naturalWidth === 64)"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_how_it_looks_on_a_phone(panel, run, picture, theme):
    page = panel(390, theme)
    shown(page, run)
    page.locator(".lk-run .frame").first.click()
    page.locator(".lk-run .view img").wait_for()
    picture(page, "run", full=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
