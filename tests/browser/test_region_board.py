"""The region canvas alone, in hands: after each deed the layout that the studio is told of is what was meant.

What is compared is the value as a page's listener gets it, checked as it comes in; not what is drawn.
"""

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from components import layout
from components.alone import alone
from components.region_canvas import RegionCanvas
from tests.patience import until
from tests.studio import free_port

ONE, TWO = [0.1, 0.1, 0.3, 0.3], [0.6, 0.55, 0.25, 0.4]
NEAR = 0.004  # shares: a pixel or two of the canvas
SMALLEST = 0.03


@pytest.fixture(scope="module")
def desk():
    """Where the widget stands alone on two boxes, and what it told since it was opened, oldest first."""
    regions = [{"id": "one", "number": 1, "box": ONE, "prompt": "a duck"}, {"id": "two", "number": 2, "box": TWO}]
    drawn, told = layout.check(layout.blank() | {"regions": regions}), []

    def build() -> None:
        with gr.Row(elem_classes="lk-cols3 lk-compose"):
            with gr.Column(elem_classes="lk-rail l"):
                gr.HTML('<div id="cards"></div>', apply_default_css=False)
            with gr.Column(elem_classes="lk-mid"):
                canvas = RegionCanvas(drawn, slot="cards", elem_id="lk-canvas", elem_classes="lk-grown")
        canvas.input(told.append, canvas, None, queue=False, show_progress="hidden", trigger_mode="always_last")

    blocks = alone(build, free_port(), wait=False)
    yield blocks.local_url, told
    blocks.close()


class Board:
    """A hand on the canvas; places are shares of the picture."""

    def __init__(self, page: Page, told: list[dict]):
        self.page, self.told = page, told
        self.svg = page.locator("svg.lk-regionboard")
        expect(page.locator(".lk-rg")).to_have_count(2)
        self.frame = self.svg.bounding_box()

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.frame["x"] + x * self.frame["width"], self.frame["y"] + y * self.frame["height"]

    def over(self, x: float, y: float, what: str) -> None:
        """Wait until a press here would meet `what`."""
        meets = "([x, y, what]) => !!document.elementFromPoint(x, y)?.closest(what)"
        self.page.wait_for_function(meets, arg=[*self.at(x, y), what])

    def draw(self, *points: tuple[float, float], hold: str = "", free: bool = True) -> None:
        """Press, go through the points, let go; `free` of what boxes snap to, with `hold` a key is down meanwhile."""
        keys = [hold] * bool(hold) + ["Control"] * free
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=2)
        self.page.mouse.up()
        for key in keys:
            self.page.keyboard.up(key)

    def keys(self, *keys: str) -> None:
        self.svg.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def choose(self, name: str) -> None:
        """Select a box at its middle, with nothing else changed."""
        self.keys("v")
        x, y, w, h = next(one["box"] for one in self.regions if one["id"] == name)
        self.over(x + w / 2, y + h / 2, f"[data-region={name}]")
        self.page.mouse.click(*self.at(x + w / 2, y + h / 2))
        expect(self.page.locator(f".lk-rg.cur[data-region={name}]")).to_have_count(1)

    @property
    def regions(self) -> list[dict]:
        return self.told[-1]["regions"]

    def comes(self, wanted) -> list[dict]:
        """Wait until what was told last is as wanted: `wanted(regions)`."""
        until(lambda: self.told and wanted(self.regions))
        return self.regions

    def boxed(self, place: int, *box: float) -> None:
        self.comes(lambda regions: len(regions) > place and regions[place]["box"] == pytest.approx(box, abs=NEAR))

    def button(self, card: str, name: str):
        return self.page.locator(f".lk-rg[data-region={card}]").get_by_role("button", name=name, exact=True)


@pytest.fixture
def board(desk, visit):
    url, told = desk
    told[:] = [layout.check(layout.blank() | {"regions": [{"id": "one", "number": 1, "box": ONE},
                                                          {"id": "two", "number": 2, "box": TWO}]})]  # fmt: skip
    return Board(visit(url), told)


def cells(region: dict) -> np.ndarray:
    """A region's shape as the picture's 256 x 256 cells, from its box and its runs."""
    across, down = (round(256 * side) for side in region["box"][2:])
    x, y = (round(256 * side) for side in region["box"][:2])
    inside = np.ones((down, across), bool)
    if region["mask"]:
        runs = region["mask"]["data"]
        inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(region["mask"]["h"], region["mask"]["w"])
    found = np.zeros((256, 256), bool)
    found[y : y + down, x : x + across] = inside
    return found


def test_a_box_is_drawn_and_moved_and_goes_with_the_grip_that_is_pulled(board, picture):
    board.keys("r")
    board.draw((0.5, 0.12), (0.72, 0.36))
    board.boxed(2, 0.5, 0.12, 0.22, 0.24)
    board.keys("v")
    board.over(0.61, 0.24, "[data-region]:not([data-region=one], [data-region=two])")
    board.draw((0.61, 0.24), (0.56, 0.32))
    board.boxed(2, 0.45, 0.2, 0.22, 0.24)
    left, top, right, bottom = 0.45, 0.2, 0.67, 0.44
    pulls = {"nw": (-0.03, -0.04), "n": (0.06, 0.02), "ne": (0.04, -0.03), "w": (0.02, 0.06),
             "e": (0.05, -0.06), "sw": (-0.03, 0.04), "s": (0.06, -0.05), "se": (0.03, 0.06)}  # fmt: skip
    for grip, (dx, dy) in pulls.items():
        x = left if "w" in grip else right if "e" in grip else (left + right) / 2
        y = top if "n" in grip else bottom if "s" in grip else (top + bottom) / 2
        board.over(x, y, f"[data-grip={grip}]")
        board.draw((x, y), (x + dx, y + dy))
        left, right = left + dx * ("w" in grip), right + dx * ("e" in grip)
        top, bottom = top + dy * ("n" in grip), bottom + dy * ("s" in grip)
        board.boxed(2, left, top, right - left, bottom - top)
    picture(board.page, "pulled")
    board.draw((right, bottom), (left - 0.2, top - 0.1))
    board.boxed(2, left, top, SMALLEST, SMALLEST)
    board.choose("one")
    board.draw((0.25, 0.25), (-0.05, 0.99))
    board.boxed(0, 0.0, 0.7, 0.3, 0.3)
    assert board.regions[1]["box"] == TWO, "the others stay where they are"
    count = len(board.told)
    board.draw((0.15, 0.85), (0.3, 0.5), (0.15, 0.85))
    board.keys("Shift+ArrowRight")
    board.boxed(0, 0.1, 0.7, 0.3, 0.3)
    assert len(board.told) == count + 1, "what comes back to where it was is no step"


def test_boxes_catch_thirds_edges_and_neighbours_unless_ctrl_is_held(board):
    lines = board.page.locator(".lk-snap path")
    board.choose("one")
    board.page.mouse.move(*board.at(0.25, 0.25))
    board.page.mouse.down()
    board.page.mouse.move(*board.at(0.25 + 0.2333 + 0.006, 0.3), steps=2)
    expect(lines).to_have_count(1)
    board.page.mouse.up()
    box = board.comes(lambda regions: regions[0]["box"] != ONE)[0]["box"]
    assert box[0] == 0.3333, "on a third, and not a pixel beside it"
    assert box[1] == pytest.approx(0.15, abs=NEAR) and box[2:] == ONE[2:]
    expect(lines).to_have_count(0)
    board.over(0.6333, 0.45, "[data-grip=se]")
    board.draw((0.6333, 0.45), (0.6333 - 0.027, 0.542), free=False)
    x, y, w, h = board.comes(lambda regions: regions[0]["box"][2] != ONE[2])[0]["box"]
    assert x == 0.3333 and x + w == pytest.approx(0.6, abs=1e-6) and y + h == pytest.approx(0.55, abs=1e-6)
    board.over(0.45, 0.35, "[data-region=one]")
    board.draw((0.45, 0.35), (0.45 - 0.326, 0.35), free=False)
    board.comes(lambda regions: regions[0]["box"][0] == 0)
    board.draw((0.12, 0.35), (0.128, 0.35))
    board.comes(lambda regions: 0.004 < regions[0]["box"][0] < 0.012)


def test_keys_move_size_order_lock_hide_and_double(board):
    board.page.evaluate("addEventListener('keydown', event => { if (event.key === 'Escape') window.outside = true })")
    board.choose("one")
    board.keys("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown")
    board.boxed(0, 0.12, 0.21, 0.3, 0.3)
    board.keys("Control+z")
    board.boxed(0, *ONE)
    board.keys("Alt+ArrowRight", "Alt+Shift+ArrowDown", "Shift+ArrowLeft", "Shift+ArrowLeft")
    board.boxed(0, 0, 0.1, 0.31, 0.4)
    board.keys("Alt+]")
    board.comes(lambda regions: [one["id"] for one in regions] == ["two", "one"])
    board.keys("Alt+[")
    board.comes(lambda regions: [one["id"] for one in regions] == ["one", "two"])
    board.keys("k")
    board.comes(lambda regions: regions[0]["locked"])
    board.keys("ArrowRight", "Delete", "o")
    (one, _) = board.comes(lambda regions: regions[0]["hidden"])
    assert one["box"] == pytest.approx([0, 0.1, 0.31, 0.4]), "a locked one stays"
    board.keys("Control+d")
    twin = board.comes(lambda regions: len(regions) == 3)[2]
    assert twin["number"] == 3 and not twin["locked"] and twin["hidden"] and twin["prompt"] == "a duck"
    assert twin["box"] == pytest.approx([0.04, 0.14, 0.31, 0.4]) and twin["id"] not in ("one", "two")
    board.keys("o", "n", "o", "k")
    board.comes(lambda regions: [(one["locked"], one["hidden"]) for one in regions] == [(False,) * 2] * 3)
    board.keys("Delete")
    board.comes(lambda regions: [one["id"] for one in regions] == ["two", twin["id"]])
    board.keys("n", "Escape")
    assert board.page.evaluate("window.outside") is None, "it clears the choice and stops no picture"
    board.keys("Escape")
    assert board.page.evaluate("window.outside"), "with nothing to clear it means the picture"


def test_shapes_are_brushed_lassoed_and_erased(board, picture):
    board.keys("l")
    board.draw((0.5, 0.1), (0.9, 0.1), (0.9, 0.5), free=False)
    lasso = board.comes(lambda regions: len(regions) == 3)[2]
    inside = cells(lasso)
    assert lasso["kind"] == "mask" and lasso["box"] == pytest.approx([0.5, 0.1, 0.4, 0.4], abs=0.01)
    assert inside.mean() == pytest.approx(0.08, abs=0.004) and inside[40, 200] and not inside[110, 140]
    board.draw((0.5, 0.2), (0.6, 0.2), (0.6, 0.3), (0.5, 0.3), hold="Shift", free=False)
    larger = cells(board.comes(lambda regions: regions[2] != lasso)[2])
    assert len(board.regions) == 3 and larger[70, 140] and larger.mean() == pytest.approx(0.08 + 0.01, abs=0.005)
    board.draw((0.7, 0.1), (0.8, 0.1), (0.8, 0.2), (0.7, 0.2), hold="Alt", free=False)
    board.comes(lambda regions: not cells(regions[2])[38, 192])
    assert cells(board.regions[2]).sum() == pytest.approx(larger.sum() - 0.01 * 256**2, rel=0.02)
    board.keys("b")
    board.draw((0.4, 0.7), (0.56, 0.7), free=False)
    thin = cells(board.comes(lambda regions: cells(regions[2])[179, 115])[2]) & ~larger
    assert len(board.regions) == 3 and np.flatnonzero(thin.any(1)).size == pytest.approx(0.06 * 256, abs=2)
    assert np.flatnonzero(thin.any(0))[[0, -1]] / 256 == pytest.approx([0.37, 0.59], abs=0.01), "round at its ends"
    board.keys("e", "]", "]", "[", "]")
    board.draw((0.42, 0.7), (0.45, 0.7), free=False)
    board.comes(lambda regions: not cells(regions[2])[179, 110] and cells(regions[2])[179, 146])
    size = 0.06 * 1.25**2
    gone = np.flatnonzero(cells(board.regions[2])[179])[0] / 256
    assert gone == pytest.approx(0.45 + size / 2, abs=0.01), "as wide as it was set"
    picture(board.page, "shapes")
    board.choose("one")
    board.keys("e")
    board.draw((0.25, 0.05), (0.25, 0.45), free=False)
    board.comes(lambda regions: regions[0]["kind"] == "mask" and not cells(regions[0])[64, 64])
    assert cells(board.regions[0])[64, 40] and board.regions[0]["prompt"] == "a duck"
    board.keys("l")
    kept = board.regions[0]
    board.draw((0.05, 0.05), (0.385, 0.05), (0.385, 0.45), (0.05, 0.45), hold="Alt", free=False)
    expect(board.page.locator(".lk-toast")).to_contain_text("Too little would be left of it.")
    assert board.regions[0] == kept
    board.draw((0.05, 0.05), (0.45, 0.05), (0.45, 0.45), (0.05, 0.45), hold="Alt", free=False)
    board.comes(lambda regions: "one" not in [one["id"] for one in regions])
    board.keys("Escape", "b")
    board.draw((0.2, 0.85), (0.3, 0.9), free=False)
    fresh = board.comes(lambda regions: len(regions) == 3)[2]
    assert fresh["kind"] == "mask" and fresh["number"] == 1 and cells(fresh)[218, 51]


def test_cards_do_what_the_canvas_does(board, picture):
    page, told = board.page, board.told
    card = page.locator(".lk-rg[data-region=one]")
    board.button("one", "More for region 1").click()
    wanted = {"Strength": ("strength", 0.4), "Soft edge": ("feather", 0.12), "From": ("start", 0.25),
              "Until": ("stop", 0.7)}  # fmt: skip
    for caption, (what, value) in wanted.items():
        ruler = card.get_by_label(caption, exact=True)
        expect(ruler).to_be_visible()
        ruler.fill(str(value))
        board.comes(lambda regions, what=what, value=value: regions[0][what] == pytest.approx(value))
    ruler.press("ArrowRight")
    board.comes(lambda regions: regions[0]["stop"] == pytest.approx(0.75))
    picture(page, "rulers")
    told_now = {what: board.regions[0][what] for what, _ in wanted.values()}
    assert told_now == pytest.approx({"strength": 0.4, "feather": 0.12, "start": 0.25, "stop": 0.75})
    assert board.regions[1] | {"prompt": ""} == told[0]["regions"][1], "the other card keeps its own"
    board.button("one", "Duplicate").click()
    twin = board.comes(lambda regions: len(regions) == 3)[2]
    assert twin["strength"] == pytest.approx(0.4) and twin["box"] == pytest.approx([0.14, 0.14, 0.3, 0.3])
    order = [["one", "two", twin["id"]], ["two", "one", twin["id"]], ["two", twin["id"], "one"]]
    for name, wanted_order in (("Later, nearer", order[1]), ("Later, nearer", order[2]),
                               ("Earlier, farther back", order[1])):  # fmt: skip
        board.button("one", name).click()
        board.comes(lambda regions, wanted=wanted_order: [one["id"] for one in regions] == wanted)
        expect(page.locator(".lk-rg").nth(wanted_order.index("one"))).to_have_attribute("data-region", "one")
    page.locator(f".lk-rg[data-region='{twin['id']}'] .lk-hold").drag_to(page.locator(".lk-rg[data-region=two] .hd"))
    board.comes(lambda regions: [one["id"] for one in regions] == [twin["id"], "two", "one"])
    board.button("two", "Hide").click()
    board.comes(lambda regions: [one["hidden"] for one in regions] == [False, True, False])
    board.button("two", "Show").click()
    board.comes(lambda regions: not regions[1]["hidden"])
    lock = board.button("one", "Lock").bounding_box()
    page.mouse.move(lock["x"] + lock["width"] / 2, lock["y"] + lock["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(150)  # as long as a hand presses: the card above, left without words, has a note to show
    page.mouse.up()
    board.comes(lambda regions: regions[2]["locked"])
    expect(page.locator(".lk-rg.cur")).to_have_attribute("data-region", "one")
    expect(page.locator(".lk-rg[data-region=two]")).to_contain_text("It says nothing yet")


def test_the_shape_of_the_picture_and_fifty_steps_are_taken_back_and_done_again(board):
    for shape, ratio in (("3:2", 1.5), ("2:3", 2 / 3), ("1:1", 1)):
        board.page.locator(f"[data-aspect='{shape}']").click()
        until(lambda shape=shape: board.told[-1]["canvas"]["aspect"] == shape)
        sides = "ratio => { const { width, height } = document.querySelector('svg.lk-regionboard')" \
                ".getBoundingClientRect(); return Math.abs(width / height - ratio) < 0.02; }"  # fmt: skip
        board.page.wait_for_function(sides, arg=ratio)
    board.keys("Escape", *["n", "ArrowDown", "n", "ArrowLeft"] * 27)
    board.boxed(0, 0.1, 0.37, 0.3, 0.3)
    board.boxed(1, 0.33, 0.55, 0.25, 0.4)
    undo, redo = (board.page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(redo).to_be_disabled()
    board.keys(*["Control+z"] * 60)
    board.boxed(0, 0.1, 0.12, 0.3, 0.3)
    board.boxed(1, 0.58, 0.55, 0.25, 0.4)
    expect(undo).to_be_disabled()
    board.keys(*["Control+Shift+z"] * 49)
    redo.click()
    board.boxed(0, 0.1, 0.37, 0.3, 0.3)
    board.boxed(1, 0.33, 0.55, 0.25, 0.4)
    expect(redo).to_be_disabled()
    undo.click()
    board.boxed(1, 0.34, 0.55, 0.25, 0.4)
