"""The mask editor in Chromium, as hands use it: click, drag, paint, take back, choose, accept."""

import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from components.mask_sample import HEIGHT, WIDTH
from pipelines import masks
from pipelines.errors import Unavailable
from tests.browser.masking import BALL, click, drag, kept, pressed, share, spot
from tests.patience import until


def test_a_click_finds_alt_click_removes_and_undo_takes_back(editor, desk):
    page = editor()
    assert page.get_by_text("Click the subject").is_visible()
    click(page, 250, 240)
    page.locator(".lk-mpoint").wait_for()
    first = share(page)
    disc = np.pi * BALL[2] ** 2 / (WIDTH * HEIGHT)
    assert 0.6 * disc < first < 1.05 * disc
    assert [(p[0][2], refine) for _, p, _, refine in desk.asked if p][0] == (1, False)
    page.keyboard.down("Alt")
    click(page, 400, 60)
    page.keyboard.up("Alt")
    page.wait_for_function("document.querySelectorAll('.lk-mpoint').length === 2")
    x, _, label = until(lambda: next((p for _, p, _, _ in desk.asked if len(p) == 2), None))[1]
    assert label == 0 and abs(x - 400) < 2
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    page.wait_for_function("!document.querySelector('.lk-mpoint')")
    page.keyboard.press("Control+Shift+z")
    page.wait_for_function("document.querySelectorAll('.lk-mpoint').length === 1")
    assert share(page) == first


def test_a_click_that_nobody_had_time_for_is_not_called_empty(editor, desk):
    page, find = editor(), desk.find
    desk.find = lambda *_: (_ for _ in ()).throw(Unavailable("It is still busy.", "Try again in a moment."))
    click(page, 250, 240)
    expect(page.locator(".lk-maskword")).to_have_text("Not looked for yet")
    expect(page.locator(".lk-toast")).to_contain_text("It is still busy.")
    desk.find = find
    click(page, 240, 230)
    assert share(page) > 0
    expect(page.locator(".lk-maskword .e")).to_have_count(0)


def test_what_is_left_out_first_is_left_out_of_the_mask_that_is_there(editor, desk):
    page = editor()
    page.keyboard.press("b")
    drag(page, (150, 100), (260, 250))
    kept(desk)
    page.keyboard.press("Escape")
    page.keyboard.down("Alt")
    click(page, 240, 230)
    page.keyboard.up("Alt")
    _, (point,), box, _ = until(lambda: next((one for one in desk.asked if one[1]), None))
    assert point[2] == 0 and box and box[0] < 150 < 260 < box[2] and box[1] < 100 < 250 < box[3]


def test_a_careful_answer_follows_when_the_pointer_rests(editor, desk):
    page = editor()
    click(page, 250, 240)
    until(lambda: any(points and refine for _, points, _, refine in desk.asked))


def test_the_newest_question_wins(editor, desk):
    page = editor()
    desk.quick.clear()
    for x in (230, 240, 250, 260):
        click(page, x, 240)
    desk.quick.set()
    until(lambda: any(len(points) == 4 for _, points, _, _ in desk.asked))
    asked = {len(points) for _, points, _, refine in desk.asked if not refine}
    assert asked <= {1, 2, 4}, "questions that wait are replaced by newer ones"
    assert page.locator(".lk-mpoint").count() == 4


def test_dragging_draws_a_box_and_its_handles_pull_it(editor, desk):
    page = editor()
    drag(page, (100, 90), (300, 290))
    page.locator(".lk-mbox").wait_for()
    box = until(lambda: next((box for _, _, box, _ in desk.asked if box), None))
    assert np.abs(np.subtract(box, (100, 90, 300, 290))).max() <= 2
    page.locator(".lk-mbox .handle.se").wait_for()
    page.mouse.move(*spot(page, 300, 290))
    page.mouse.down()
    page.mouse.move(*spot(page, 340, 320), steps=5)
    page.mouse.up()
    until(lambda: np.abs(np.subtract([b for _, _, b, _ in desk.asked if b][-1], (100, 90, 340, 320))).max() <= 3)


def test_brush_eraser_and_lasso_draw_what_is_kept(editor, desk):
    page = editor()
    page.keyboard.press("b")
    drag(page, (60, 60), (180, 60))
    mask = kept(desk)
    assert mask[60, 70:170].all() and not mask[110].any()
    page.keyboard.press("e")
    drag(page, (120, 40), (120, 80))
    assert kept(desk, where=lambda mask: not mask[60, 120])[60, 75]
    page.keyboard.press("l")
    expect(page.locator(".lk-hint")).to_contain_text("round what to add")
    drag(page, (300, 200), (420, 200), (420, 320), (300, 320), (300, 205))
    assert not kept(desk, where=lambda mask: mask[260, 360])[260, 280]


def test_strokes_survive_a_later_click(editor, desk):
    page = editor()
    page.keyboard.press("b")
    drag(page, (40, 330), (120, 330))
    kept(desk)
    page.keyboard.press("Escape")
    click(page, 250, 240)
    assert kept(desk, where=lambda mask: mask[240, 250])[330, 80]


def test_readings_are_chosen_with_tab_and_by_click(editor, desk):
    page = editor()
    click(page, 250, 240)
    page.locator(".lk-cand").nth(1).wait_for()
    kept(desk)  # the careful answer has come too
    page.locator(".lk-maskview").focus()
    page.keyboard.press("Tab")
    page.wait_for_function("document.querySelectorAll('.lk-cand')[1].classList.contains('on')")
    page.locator(".lk-cand").nth(0).click()
    pressed(page.locator(".lk-cand").nth(0))


def test_enter_accepts_and_n_goes_on(editor, desk):
    page = editor()
    until(lambda: desk.readied == ["photo0", "photo1"])  # one photo ahead
    click(page, 250, 240)
    share(page)
    page.keyboard.press("Enter")
    assert kept(desk, accepted=True)[240, 250]
    page.locator(".lk-okb").wait_for()
    expect(page.locator(".lk-tag.ok")).to_have_text("accepted")
    page.keyboard.press("n")
    page.get_by_text("photo 2 of 3").wait_for()
    expect(page.locator(".lk-frame").nth(0)).to_have_attribute("aria-label", "Photo 1, mask accepted")


def test_who_goes_on_before_the_careful_answer_finds_the_mask_kept(editor, desk):
    """Going on to another photo or to another subject loses nothing of what was just done."""
    page = editor()
    desk.careful.clear()
    click(page, 250, 240)
    share(page)
    page.keyboard.press("n")
    assert kept(desk)[240, 250]
    page.get_by_text("photo 2 of 3").wait_for()
    page.keyboard.press("b")
    drag(page, (60, 60), (180, 60))
    page.evaluate("window.dispatchEvent(new CustomEvent('lk:subject', { detail: { id: null } }))")
    assert kept(desk, "photo1")[60, 100]
    desk.careful.set()


def test_what_is_done_elsewhere_shows_and_what_is_done_here_stays(editor, desk):
    def elsewhere(name, x):
        """Another browser draws a bar."""
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[:, x : x + 20] = True
        desk.keep(name, (WIDTH, HEIGHT, masks.runs(mask)), 0, True, False)
        page.evaluate("window.dispatchEvent(new CustomEvent('lk:library', { detail: { what: 'subject' } }))")

    page = editor()
    elsewhere("photo0", 100)
    page.locator(".lk-okb").wait_for()
    elsewhere("photo1", 200)
    expect(page.locator(".lk-frame").nth(1)).to_have_attribute("aria-label", "Photo 2, mask accepted")
    page.keyboard.press("b")
    drag(page, (300, 60), (400, 60))
    mask = kept(desk)
    assert mask[60, 110] and mask[60, 350], "what was drawn there is gone on with here"
    elsewhere("photo2", 300)
    expect(page.locator(".lk-frame").nth(2)).to_have_attribute("aria-label", "Photo 3, mask accepted")
    page.keyboard.press("Control+z")
    assert not kept(desk, accepted=True, where=lambda mask: not mask[60, 350])[60, 60], (
        "one's own steps are still there"
    )


def test_a_careful_answer_that_comes_late_does_not_take_the_mask_back(editor, desk):
    page = editor()
    desk.careful.clear()
    click(page, 250, 240)
    share(page)
    until(lambda: any(refine for *_, refine in desk.asked))
    page.keyboard.press("Enter")
    kept(desk, accepted=True)
    desk.careful.set()
    until(lambda: any(desk.answered))
    page.wait_for_timeout(1000)  # by now it would have been kept
    assert desk.kept["photo0"]["accepted"] and page.locator(".lk-okb").is_visible()


def test_edges_are_grown_filled_and_inverted(editor, desk):
    page = editor()
    click(page, 250, 240)
    first = share(page)
    kept(desk)  # the careful answer has come too
    page.get_by_role("button", name="Fill holes").click()
    full = until(lambda: share(page) > first and share(page))  # the yellow spot on the ball was a hole
    page.get_by_label("Grow or shrink").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    until(lambda: np.sum(desk.kept["photo0"]["mask"][2][1::2]) > full * WIDTH * HEIGHT)
    grown = until(lambda: share(page) > full and share(page))
    assert grown < full * 1.3
    page.locator(".lk-maskview").focus()
    page.keyboard.press("Shift+V")
    until(lambda: abs(share(page) - (1 - grown)) < 0.02)


def test_everything_is_found_and_picked_by_click_or_from_the_list(editor, desk, picture):
    page = editor()
    page.locator(".lk-maskview").focus()
    page.keyboard.press("s")
    expect(page.locator(".lk-thing")).to_have_count(3)
    expect(page.locator(".lk-said")).to_contain_text("3 things found")
    page.mouse.move(*spot(page, 250, 240))
    page.locator(".lk-thing.over").wait_for()
    picture(page, "found")
    click(page, 250, 240)
    mask = kept(desk)
    assert mask[240, 250] and not mask[160, 180] and not mask[20, 20], "the ball without the spot and the ground"
    page.get_by_role("button", name="Thing 3").click()
    assert kept(desk, where=lambda mask: mask[160, 180])[240, 250]
    click(page, 250, 240)
    assert not kept(desk, where=lambda mask: not mask[240, 250])[20, 20]
    page.locator(".lk-maskview").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".lk-thing")).to_have_count(0)
    assert share(page) > 0, "what was picked stays"


def test_nothing_but_the_keyboard_is_needed(editor, desk):
    page = editor()
    page.locator(".lk-maskview").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".lk-mpoint").wait_for()
    x, y, label = until(lambda: next((points for _, points, _, _ in desk.asked if points), None))[0]
    assert abs(x - WIDTH / 2) < 10 and abs(y - HEIGHT / 2) < 10 and label == 1
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.lk-mpoint')")


def test_letters_in_a_field_stay_letters(editor):
    page = editor()
    field = page.get_by_label("Class noun")
    field.fill("")
    field.type("bebe")
    assert field.input_value() == "bebe"
    assert page.locator(".lk-pal .on").get_attribute("aria-label").startswith("Add point")


def test_the_wheel_zooms_and_space_pans(editor):
    page = editor()
    seen = page.locator(".lk-maskview").bounding_box
    before = seen()
    page.mouse.move(*spot(page, 200, 190))
    page.mouse.wheel(0, -400)
    until(lambda: seen()["width"] > 1.2 * before["width"])
    after = seen()
    page.locator(".lk-maskview").focus()
    page.keyboard.down(" ")
    page.mouse.down()
    page.mouse.move(500, 300, steps=4)
    page.mouse.up()
    page.keyboard.up(" ")
    until(lambda: seen()["x"] != after["x"])
    assert page.locator(".lk-mpoint").count() == 0
    page.keyboard.press("Control+0")
    until(lambda: abs(seen()["width"] - before["width"]) < 2)


def test_the_loss_panel_follows_the_mask(editor):
    page = editor()
    assert page.get_by_text("No mask yet.").is_visible()
    click(page, 250, 240)
    share(page)
    read = """() => {
        const c = document.querySelector("canvas[data-loss=weight]"), x = Math.floor(c.width * 0.45);
        return [c.width, c.height, c.getContext("2d").getImageData(x, Math.floor(c.height * 0.65), 1, 1).data[0]];
    }"""
    until(lambda: page.evaluate(read)[:2] == [16, 12] and page.evaluate(read)[2] > 200)
    page.get_by_role("button", name="SDXL 128²").click()
    until(lambda: page.evaluate(read)[:2] == [128, 96])
    for name in ("Outline", "Cut-out", "As learnt", "Overlay"):
        page.get_by_role("button", name=name).click()
        pressed(page.get_by_role("button", name=name))


def test_thin_parts_of_a_large_photo_are_grown_as_far_as_the_grid_asks(editor, desk):
    opened = desk.open

    def large(subject):
        told = opened(subject)
        return {**told, "photos": [{**one, "width": 10 * WIDTH, "height": 10 * HEIGHT} for one in told["photos"]]}

    desk.open = large
    page = editor()
    page.keyboard.press("b")
    for _ in range(5):
        page.keyboard.press("[")
    for x in (50, 125, 200, 275, 350):
        drag(page, (x, 20), (x, 280))
    until(lambda: 0.05 < share(page) < 0.4)
    button = page.get_by_role("button", name=re.compile(r"Grow by \d+ px"))
    far = int(button.inner_text().split()[2])
    assert far > 24, "a third of a cell of the starter's grid"
    button.click()
    expect(page.locator(".lk-slider output").first).to_have_text(f"+{far} px")


def test_what_is_done_with_a_mask_waits_for_the_stroke_just_drawn(editor, desk):
    keep, told = desk.keep, []

    def slowly(*mask):
        time.sleep(2)
        return keep(*mask)

    desk.keep = slowly
    desk.mend = lambda subject, photos, deed: told.append((deed, dict(desk.kept))) or {"photo": photos[0]}
    page = editor()
    page.keyboard.press("b")
    drag(page, (100, 100), (110, 104))
    page.get_by_role("button", name="Crop closer").click()
    until(lambda: told)
    ((deed, masks_then),) = told
    assert deed == "crop" and masks_then["photo0"]["mask"]


def test_a_style_is_the_whole_photo(editor, desk, picture):
    page = editor()
    drag(page, (105, 95), (295, 285))
    kept(desk)
    page.get_by_role("button", name="Style", exact=True).click()
    page.get_by_text("A style is the whole picture.").wait_for()
    until(lambda: desk.subject["kind"] == "style" and page.locator(".lk-maskview svg path").count() == 0)
    picture(page, "style")
    asked = len(desk.asked)
    click(page, 60, 60)
    assert page.get_by_role("button", name="Accept mask").count() == 0 and not page.locator(".lk-pal").is_visible()
    page.get_by_role("button", name="Thing", exact=True).click()
    page.get_by_role("button", name="Accept mask").wait_for()
    assert len(desk.asked) == asked and page.locator(".lk-mpoint").count() == 0


def test_a_photo_is_removed_and_put_back(editor, desk):
    page = editor()
    page.get_by_role("button", name="Remove this photo").click()
    page.get_by_text("photo 1 of 2").wait_for()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("of 3").wait_for()
    assert not desk.gone


def test_a_folder_goes_out_and_comes_in_with_its_folders_names(editor, desk, tmp_path):
    for name in ("img/a.png", "mask/a.png", "img/a.txt", "img/notes.pdf", "img/._a.png"):
        (tmp_path / "pot" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pot" / name).write_bytes(b"x")
    page, came = editor(), []
    desk.add = lambda subject, files: came.extend(name for _, name in files) or {"photo": None, "beside": 2}
    with page.expect_download() as download:
        page.get_by_role("button", name="Save folder").click()
    assert download.value.suggested_filename == "ball-plain.txt"
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add a folder").click()
    chooser.value.set_files(tmp_path / "pot")
    page.get_by_text("2 masks and captions went to photos that are here.").wait_for()
    assert sorted(came) == ["pot/img/a.png", "pot/img/a.txt", "pot/mask/a.png"]


def test_a_page_left_while_photos_came_takes_those_that_had_come_and_names_the_rest(editor, desk, tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        (tmp_path / name).write_bytes(b"x")
    page, came, held = editor(), [], []
    desk.add = lambda subject, files: came.extend(name for _, name in files) or {"photo": None, "refused": []}
    page.on("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
    page.route(
        "**/upload*",
        lambda route: held.append(route) if b"b.png" in route.request.post_data_buffer else route.continue_(),
    )
    with page.expect_file_chooser() as chooser:
        page.locator("[data-do=addphotos]").first.click()
    chooser.value.set_files([tmp_path / name for name in ("a.png", "b.png", "c.png")])
    until(lambda: page.wait_for_timeout(50) or held)
    assert came == []
    page.reload()
    page.get_by_text("The page was left before 2 files of 3 had arrived.").wait_for()
    page.get_by_text("Add them again: b.png, c.png.").wait_for()
    assert came == ["a.png"]
    page.reload()
    page.locator(".lk-maskview img").wait_for()
    page.wait_for_timeout(500)
    assert came == ["a.png"] and page.get_by_text("The page was left").count() == 0


def test_a_finger_taps_a_point_and_paints(editor, desk):
    page = editor(390)
    x, y = spot(page, 250, 240)
    page.touchscreen.tap(x, y)
    page.locator(".lk-mpoint").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tools = page.locator(".lk-pal .lk-ib").first.bounding_box()
    assert tools["height"] >= 44


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_how_it_looks(editor, desk, picture, width, theme):
    page = editor(width, theme)
    picture(page, "empty")
    drag(page, (105, 95), (295, 285))
    kept(desk)
    picture(page, "proposed", full=True)
    page.get_by_role("button", name="Accept mask").click()
    page.locator(".lk-okb").wait_for()
    picture(page, "accepted", full=True)
