"""A Chromium window on the studio, and what is measured in it, by its own clock and with a real mouse."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.settings import is_root
from app.suite import browser as test_browser
from app.suite import whole_browser
from app.timings.running import PATIENCE
from pipelines.errors import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update")
SIZE = {"width": 1440, "height": 900}
SPOTS = ((0.5, 0.5), (0.44, 0.52), (0.55, 0.46), (0.47, 0.58), (0.53, 0.55))
"""Where clicks fall in a photo whose subject fills the middle, as shares of it."""

# What the page needs for being measured. `painted` resolves when what was changed is on the screen.
TOOLS = """() => {
  const frame = () => new Promise(requestAnimationFrame);
  const painted = async () => { await frame(); await new Promise(done => setTimeout(done)); };
  const tabs = () => [...document.querySelectorAll("#lk-pages > .tab-wrapper button[role=tab]")];
  // Gradio does not say which panel is whose: the one on show belongs to the tab that was first seen with it.
  const owners = new WeakMap();
  const open = tab => {
    const shown = [...document.querySelectorAll("#lk-pages > [role=tabpanel]")].find(one => one.offsetParent !== null);
    const on = tab.getAttribute("aria-selected") === "true";
    if (!on || !shown || shown.inert || !shown.textContent.trim()) return false;
    if (!owners.has(shown)) owners.set(shown, tab);
    return owners.get(shown) === tab;
  };
  const turn = async tab => {
    const began = performance.now();
    tab.click();
    while (!open(tab)) await frame();
    await painted();
    return performance.now() - began;
  };
  const usable = async count => {
    while (tabs().length < count || !document.querySelector(".lk-top .lk-model") || !tabs().some(open)) await frame();
    for (const tab of tabs()) { tab.click(); while (!open(tab)) await frame(); }
    tabs()[0].click();
    while (!open(tabs()[0])) await frame();
    await painted();
  };
  const turns = async rounds => {
    const found = [];
    for (let round = 0; round < rounds; round++) for (const tab of tabs()) if (!open(tab)) found.push(await turn(tab));
    return found;
  };
  // From the next press of the mouse to the first moment that `seen()` holds, both on this page's clock.
  const after = (kind, seen) => new Promise(done => {
    let began = 0;
    document.addEventListener(kind, () => { began = performance.now(); }, { capture: true, once: true });
    const look = async () => {
      if (!began || !seen()) return requestAnimationFrame(look);
      await painted();
      done(performance.now() - began);
    };
    look();
  });
  let stamps = null;
  const film = on => {
    if (!on) { const kept = stamps; stamps = null; return kept; }
    const mine = stamps = [];
    const note = at => { if (stamps === mine) { mine.push(at); requestAnimationFrame(note); } };
    requestAnimationFrame(note);
  };
  window.measured = { usable, turns, after, film };
}"""


@contextmanager
def browser() -> Iterator["Browser"]:
    """A Chromium for as long as the block lasts.

    Raises:
        Unavailable: when Playwright or Chromium is not there.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        advice = "Install it into this environment: python -m pip install playwright (see requirements-test.txt)."
        raise Unavailable("Playwright, which drives the browser, is not installed.", advice) from error
    found = whole_browser() or test_browser()
    if not found:
        raise Unavailable("There is no Chromium or Chrome on this computer.", "Install one, then measure again.")
    flags = [*FLAGS, "--no-sandbox"] if is_root() else list(FLAGS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


def visit(where: "Browser", url: str, count: int) -> "Page":
    """A page of the studio, usable: every one of `count` tabs has been turned to."""
    page = where.new_page(viewport=SIZE)
    page.set_default_timeout(PATIENCE * 1000)
    page.add_init_script(f"({TOOLS})()")
    page.goto(url, wait_until="commit")
    page.evaluate("count => window.measured.usable(count)", count)
    return page


def components(page: "Page") -> int:
    """How many components Gradio holds for the page."""
    return page.evaluate("window.gradio_config.components.length")


def turns(page: "Page", rounds: int) -> list[float]:
    """Milliseconds from a click on a tab until its page is on the screen, every tab so many times."""
    return page.evaluate("rounds => window.measured.turns(rounds)", rounds)


def turn_to(page: "Page", title: str) -> None:
    """Show the page of that title."""
    page.locator("#lk-pages").get_by_role("tab", name=title, exact=True).click()


def still(page: "Page", seconds: float) -> list[float]:
    """Times of the frames while nothing happens: what this computer can do at best."""
    page.evaluate("window.measured.film(true)")
    page.wait_for_timeout(1000 * seconds)
    return page.evaluate("window.measured.film(false)")


def stroke(page: "Page", seconds: float) -> list[float]:
    """Times of the frames while a stroke is painted over the photo; it is taken back afterwards."""
    page.locator(".lk-maskview").focus()
    page.keyboard.press("b")
    stamps = _dragged(page, ".lk-maskview", seconds)
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    return stamps


def drag(page: "Page", seconds: float) -> list[float]:
    """Times of the frames while a box is dragged about on the region canvas."""
    board = page.locator("svg.lk-regionboard")
    board.wait_for()
    page.keyboard.press("Escape")
    board.focus()
    page.keyboard.press("r")
    box = board.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 90, middle[1] - 90)
    page.mouse.down()
    page.mouse.move(middle[0] + 90, middle[1] + 90, steps=6)
    page.mouse.up()
    page.keyboard.press("v")
    stamps = _dragged(page, "svg.lk-regionboard", seconds)
    page.keyboard.press("Delete")
    return stamps


def click(page: "Page", spot: tuple[float, float]) -> float:
    """Milliseconds from a click on the photo until its mask, or the word that nothing is there, is on the screen."""
    view = page.locator(".lk-maskview")
    view.focus()
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.lk-mpoint, .lk-ant-case, .lk-maskword .lk-ring')")
    page.wait_for_timeout(700)  # what was cleared is kept on the disk first, as it is for a person
    page.evaluate(
        """() => { window.measured.answer = window.measured.after("pointerdown",
        () => document.querySelector(".lk-mpoint") && document.querySelector(".lk-ant-case, .lk-onpic.e")); }"""
    )
    box = view.bounding_box()
    page.mouse.click(box["x"] + spot[0] * box["width"], box["y"] + spot[1] * box["height"])
    return page.evaluate("window.measured.answer")


def clicks(page: "Page", count: int) -> list[float]:
    """So many clicks, one after the other; the first of all, which wakes everything, is made before and not counted."""
    page.wait_for_function("document.querySelector('.lk-maskview img')?.naturalWidth > 0")
    page.wait_for_function("!document.querySelector('.lk-maskword .lk-ring')")
    click(page, SPOTS[0])
    return [click(page, SPOTS[number % len(SPOTS)]) for number in range(count)]


def first_preview(page: "Page") -> float:
    """Seconds from pressing Make picture until the first frame of it is on the screen; waits until it is done."""
    page.evaluate(
        """() => { const shown = document.querySelector("#lk-live .lk-canvas img"), old = shown.getAttribute("src");
        window.measured.answer = window.measured.after("click",
        () => shown.getAttribute("src") && shown.getAttribute("src") !== old); }"""
    )
    page.get_by_role("button", name="Make picture").click()
    taken = page.evaluate("window.measured.answer")
    # Its mark, not its words: what is spoken to screen readers follows up to five seconds later.
    page.wait_for_function("document.querySelector('#lk-live .lk-tools').querySelector('.lk-tag.ok, .lk-tag.err')")
    return taken / 1000


def _dragged(page: "Page", where: str, seconds: float) -> list[float]:
    """Times of the frames while the mouse, its button down, goes round and round over an element's middle."""
    box = page.locator(where).bounding_box()
    x, y, reach = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, min(box["width"], box["height"]) / 5
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("window.measured.film(true)")
    began, turned = time.monotonic(), 0.0
    while time.monotonic() - began < seconds:
        turned += 0.12
        page.mouse.move(x + reach * math.sin(turned), y + reach * (1 - math.cos(turned)) / 2)
    stamps = page.evaluate("window.measured.film(false)")
    page.mouse.up()
    return stamps
