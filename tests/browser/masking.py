"""Hands on the mask editor alone: a desk that notes what it is asked, and where to click, drag and look."""

import threading

import numpy as np
import pytest
from playwright.sync_api import expect

from components.alone import alone
from components.mask_sample import HEIGHT, WIDTH, SampleDesk, place
from pipelines import masks
from tests.patience import until
from tests.studio import free_port


class Watched(SampleDesk):
    """The sample desk; notes what it was asked, and answers when its gates are open."""

    def __init__(self):
        super().__init__()
        self.asked, self.answered, self.readied = [], [], []
        self.quick, self.careful = threading.Event(), threading.Event()
        for gate in (self.quick, self.careful):
            gate.set()

    def ready(self, photo):
        self.readied.append(photo)

    def find(self, photo, points, box, refine):
        self.asked.append((photo, points, box, refine))
        (self.careful if refine else self.quick).wait(60)
        answer = super().find(photo, points, box, refine)
        self.answered.append(refine)
        return answer


@pytest.fixture
def desk():
    return Watched()


@pytest.fixture
def editor(desk, visit):
    """`editor(width, theme)` opens the widget alone and waits for the first photo."""
    blocks, pages = alone(lambda: place(desk), free_port(), wait=False), []

    def open_page(width=1440, theme="light"):
        page = visit(blocks.local_url, width, theme)
        pages.append(page)
        page.locator(".lk-maskview img").wait_for()
        page.wait_for_function("document.querySelector('.lk-maskview img').naturalWidth > 0")
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        return page

    yield open_page
    for page in pages:
        page.close()
    blocks.close(verbose=False)


BALL = (200, 190, 90)
"""Middle and radius of the ball in the first photo, in its pixels."""


def spot(page, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the photo is on the screen."""
    box = page.locator(".lk-maskview").bounding_box()
    return box["x"] + x / WIDTH * box["width"], box["y"] + y / HEIGHT * box["height"]


def click(page, x: float, y: float) -> None:
    page.mouse.click(*spot(page, x, y))


def drag(page, *path: tuple[float, float]) -> None:
    page.mouse.move(*spot(page, *path[0]))
    page.mouse.down()
    for at in path[1:]:
        page.mouse.move(*spot(page, *at), steps=6)
    page.mouse.up()


def pressed(button) -> None:
    """Wait until a button is shown as pressed: the page draws with the screen's next frame."""
    expect(button).to_have_attribute("aria-pressed", "true")


def share(page) -> float:
    """The share the mask covers, as the live text says it."""
    page.wait_for_function("document.querySelector('.lk-said').textContent.includes('covers')")
    return float(page.locator(".lk-said").inner_text().split("covers")[1].split("%")[0]) / 100


def kept(desk, photo="photo0", accepted=False, where=lambda mask: True) -> np.ndarray:
    """The mask that reached the desk, once it is as it should be."""

    def known():
        told = desk.kept[photo]
        if not told.get("mask") or told.get("accepted", False) != accepted:
            return None
        w, h, runs = told["mask"]
        mask = masks.from_runs(runs, w, h)
        return (mask,) if where(mask) else None

    return until(known)[0]
