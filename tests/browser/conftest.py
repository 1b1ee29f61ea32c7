"""A real Chromium on a real studio. Pictures of what it saw are left in tests/browser/output."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.suite import browser as chromium
from tests.browser.masking import desk, editor  # noqa: F401, fixtures of the files about masks
from tests.patience import SECONDS
from tests.studio import Studio

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
OUTPUT = Path(__file__).parent / "output"
HERE = Path(__file__).parent
SKIP = "localStorage.setItem('lk-first-run', JSON.stringify({ step: 1, skipped: true }))"
PATIENCE = SECONDS * 1000  # milliseconds
AWAY = "ERR_INTERNET_DISCONNECTED"  # what the browser says by itself where a test cuts it off
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests here; it goes before other tests come, because its event loop lives as long as it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Iterator[Studio]:
    """One studio for a file of tests, with an empty data folder."""
    with Studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Page]]:
    """`visit(url, width=1440, theme="light")` opens a page in a window of its own; any error on it fails the test.

    With `inside` the window has seen the first steps and put them away.
    """
    windows, errors = [], []

    def open_page(url: str, width: int = 1440, theme: str = "light", inside: bool = False) -> Page:
        height = 900 if width > 820 else 844
        window = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, has_touch=width <= 820
        )
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda said: errors.append(said.text) if said.type == "error" and AWAY not in said.text else None
        )
        if inside:
            page.add_init_script(SKIP)
        page.goto(url)
        return page

    yield open_page
    for window in windows:
        window.close()
    assert errors == [], "the page said something went wrong"


@pytest.fixture
def picture(request) -> Callable[..., Path]:
    """`picture(page, "name")` keeps a screenshot to look at, named after the test."""
    OUTPUT.mkdir(exist_ok=True)

    def take(page: Page, name: str = "", full: bool = False) -> Path:
        stem = re.sub(r"[^\w.-]+", "-", f"{request.node.name}-{name}").strip("-")
        page.screenshot(path=OUTPUT / f"{stem}.png", full_page=full)
        return OUTPUT / f"{stem}.png"

    return take
