"""The mask editor for hands in a hurry: a key for every verb, fifty steps back, one press that mends the photos."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from components.mask_sample import BALL as RED
from components.mask_sample import HEIGHT, WIDTH
from pipelines import masks
from tests.browser.masking import click, drag, kept, pressed, share, spot
from tests.patience import until

GROUND, INSIDE = (60, 330), (200, 262)
"""A pixel beside the ball and one on it, far from where it is clicked."""


def press(page, key: str, times: int, **with_keys: bool) -> None:
    """Press a key so many times, faster than any hand."""
    page.evaluate(
        """([times, how]) => { for (let i = 0; i < times; i++)
        document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...how })) }""",
        [times, {"key": key, **with_keys}],
    )


def test_holes_and_edges_have_keys_and_fifty_steps_are_taken_back_and_done_again(editor, desk):
    page = editor()
    edge, undo, redo = (page.get_by_label(name) for name in ("Grow or shrink", "Undo", "Redo"))
    for key in ("f", ".", ","):
        page.keyboard.press(key)  # nothing is marked: there is nothing to fill or grow
    expect(undo).to_be_disabled()
    click(page, 250, 240)
    holed = kept(desk)
    assert not holed[160, 180], "the yellow spot on the ball is a hole"
    page.keyboard.press("f")
    full = kept(desk, where=lambda mask: mask[160, 180])
    assert full[holed].mean() > 0.99 and not full[20, 20]
    for _ in range(3):
        page.keyboard.press(".")
    press(page, ".", 9)
    expect(edge).to_have_value("12")
    assert kept(desk, where=lambda mask: mask.sum() > full.sum()).sum() < 1.5 * full.sum()
    page.keyboard.press(",")
    press(page, ",", 41)
    expect(edge).to_have_value("-24")  # as far as it goes: a click, a fill and 48 steps by now
    press(page, ".", 3)
    expect(edge).to_have_value("-21")  # the first three of 53 steps are too long ago
    page.keyboard.press("Control+z")
    press(page, "z", 49, ctrlKey=True)
    expect(undo).to_be_disabled()
    expect(edge).to_have_value("1")
    page.keyboard.press("Control+Shift+z")
    press(page, "Z", 49, ctrlKey=True, shiftKey=True)
    expect(redo).to_be_disabled()
    expect(edge).to_have_value("-21")


def test_readings_show_their_scores_and_the_one_chosen_is_kept(editor, desk):
    page = editor()
    click(page, 250, 240)
    rows = page.locator(".lk-cand")
    expect(rows).to_have_count(3)
    until(lambda: any(desk.answered))  # the careful answer has come too
    told = desk.find("photo0", ((250, 240, 1),), None, True)["readings"]
    assert rows.locator("b").all_inner_texts() == [f"{one['score']:.2f}"[1:] for one in told] == [".78", ".68", ".84"]
    names = [row.get_attribute("aria-label") for row in rows.all()]
    largest = max(range(3), key=lambda i: told[i]["share"])
    assert sorted(name.split(",")[0] for name in names) == ["detail", "part", "whole"]
    assert names[largest].startswith("whole, ")
    assert [name.split(", ")[1] for name in names] == ["score 0.78", "score 0.68", "score 0.84"]
    last = masks.from_runs(told[2]["runs"], WIDTH, HEIGHT)
    rows.nth(2).click()
    expect(rows.nth(2)).to_have_attribute("aria-pressed", "true")
    assert (kept(desk, where=lambda mask: (mask == last).mean() > 0.999)).any()


def test_a_mask_of_everything_is_called_so_and_one_press_takes_it_back(editor, desk):
    page, find = editor(), desk.find
    word, note = page.locator(".lk-maskword .e"), page.locator(".lk-maskrail .lk-note.err")

    def covers(share: float) -> None:
        """From now on whatever is clicked is that much of the photo."""
        wide = round(share * WIDTH)
        runs = {"w": WIDTH, "h": HEIGHT, "runs": [0, *([wide, WIDTH - wide] * HEIGHT)], "box": [0, 0, wide, HEIGHT]}
        desk.find = lambda *_: {"readings": [{"score": 0.9, "share": share, **runs}]}

    covers(0.96)
    click(page, 250, 240)
    expect(page.locator(".lk-said")).to_contain_text("covers 96 %")
    for amiss in (word, note):
        expect(amiss).to_have_count(0)
    covers(0.98)
    click(page, 200, 240)
    expect(word).to_have_text("Covers everything")
    expect(page.locator(".lk-said")).to_have_text("Covers everything. Remove a point in the background, or drag a box.")
    expect(note).to_contain_text("It covers everything.")
    desk.find = find
    drag(page, (105, 95), (295, 285))
    assert 0.1 < share(page) < 0.4
    for amiss in (word, note):
        expect(amiss).to_have_count(0)


def test_four_views_draw_four_pictures(editor, desk):
    page = editor()

    def seen(at: tuple[int, int]) -> np.ndarray:
        """The mean colour on the screen around a pixel of the photo."""
        x, y = spot(page, *at)
        shot = page.screenshot(clip={"x": x - 6, "y": y - 6, "width": 12, "height": 12})
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), float).mean(axis=(0, 1))

    def shown(name: str) -> tuple[np.ndarray, np.ndarray]:
        button = page.get_by_role("button", name=name)
        button.click()
        pressed(button)
        return seen(GROUND), seen(INSIDE)

    photo = seen(GROUND), seen(INSIDE)
    assert np.abs(photo[1] - RED).max() < 12
    click(page, 250, 240)
    kept(desk)
    page.keyboard.press("Enter")  # accepted masks are not hatched
    kept(desk, accepted=True)
    page.locator(".lk-okb").wait_for()
    overlay, outline, cut, learnt = (shown(name) for name in ("Overlay", "Outline", "Cut-out", "As learnt"))
    assert np.abs(overlay[0] - 0.54 * photo[0]).max() < 6, "the surroundings are dimmed"
    assert np.abs(outline[0] - photo[0]).max() < 6, "nothing is dimmed"
    stage = page.evaluate("getComputedStyle(document.querySelector('.lk-maskstage')).backgroundColor")
    assert np.abs(cut[0] - [int(v) for v in stage[4:-1].split(",")]).max() < 3, "the surroundings are gone"
    assert np.abs(learnt[0] - 0.19 * photo[0]).max() < 8, "they weigh a tenth"
    for view in (overlay, outline, cut, learnt):
        assert np.abs(view[1] - photo[1]).max() < 12, "the ball is as it was"


def test_what_is_wrong_with_photos_is_mended_with_one_press(editor, desk, picture):
    told, wanted = [], []
    notes = [
        {"key": "same", "grade": "warn", "photos": ["photo0", "photo1"], "said": "Two photos are almost the same.",
         "why": "They count twice.", "fix": "Remove one", "deed": "remove"},
        {"key": "turned", "grade": "", "photos": ["photo2"], "said": "Photo 3 was lying on its side.",
         "why": "It was set upright.", "fix": "Show it", "deed": "show"},
        {"key": "few", "grade": "", "photos": [], "said": "Two photos so far.", "why": "Add.", "fix": "", "deed": ""},
    ]  # fmt: skip
    opened = desk.open
    desk.open = lambda subject: opened(subject) | {"notes": [n for n in notes if n["key"] not in wanted]}

    def mend(subject, photos, deed):
        told.append((subject, photos, deed))
        wanted.append({"remove": "same", "show": "turned"}[deed])
        if deed == "remove":
            desk.discard(photos[-1])
        return {"photo": photos[0]}

    desk.mend = mend
    page = editor()
    note, frames = page.locator(".lk-advice"), page.locator(".lk-frame")
    expect(note).to_contain_text("Two photos are almost the same. They count twice.")
    expect(note).to_contain_text("1 of 3")
    flags = [one.get_attribute("aria-label").endswith("something to know") for one in frames.all()]
    assert flags == [True, True, True]
    picture(page, "advice")
    note.get_by_role("button", name="Remove one").click()
    expect(frames).to_have_count(2)
    assert told == [("ball", ("photo0", "photo1"), "remove")]
    expect(note).to_contain_text("Photo 3 was lying on its side.")
    expect(frames.nth(0)).to_have_attribute("aria-label", "Photo 1, no mask")
    note.get_by_role("button", name="Show it").click()
    page.get_by_text("photo 2 of 2").wait_for()
    assert told[1:] == [("ball", ("photo2",), "show")]
    expect(note).to_contain_text("Two photos so far.")
    note.get_by_role("button", name="All right").click()
    expect(note).to_have_count(0)
    assert len(told) == 2
