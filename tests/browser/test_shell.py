"""The shell in a browser: the bar over every page, both themes, both widths, the keys, the help."""

import json
import re
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import expect

from app.bases import Bases
from app.jobs import ACTIVE, ENDED, Job, append
from app.studio import ORDER
from app.subjects import Subjects
from pipelines.events import Made, Measure, Progress, Warned
from pipelines.spec import Scene, Subject
from pipelines.tasks import Sample, Tune
from tests.patience import until

TABS = "#lk-pages > .tab-wrapper button[role=tab]"


def ready(page):
    """Wait until the bar and the pages stand."""
    page.wait_for_selector(".lk-top .lk-model")
    page.wait_for_selector(f"{TABS}.selected")
    return page


def selected(page) -> str:
    return page.locator(f"{TABS}.selected").inner_text().strip()


def outside(page) -> list[str]:
    """What asks for anything from another computer."""
    return page.evaluate("""() => performance.getEntriesByType("resource").map(one => one.name)
        .filter(name => /^(https?|wss?):/.test(name) && new URL(name).host !== location.host)""")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_every_page_fits_the_window(studio, visit, picture, width, theme):
    page = ready(visit(studio.url, width, theme))
    picture(page, "first-steps")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the first steps are wider than the window"
    page.get_by_role("button", name="Skip to the studio").wait_for()
    page.mouse.move(width / 2, 500)
    for _ in range(2):
        page.mouse.wheel(0, 9000)
        page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == 0, "the pages beneath the first steps do not move"
    beneath = "[...document.querySelectorAll('#lk-pages [role=tabpanel] button')]"
    seen = page.evaluate(beneath + ".map(one => one.checkVisibility({ visibilityProperty: true }))")
    assert set(seen) == {False}, "nor are they reached"
    page.get_by_role("button", name="Skip to the studio").click()
    ground = page.evaluate("getComputedStyle(document.querySelector('.lk-top')).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 27, 27)"}[theme]
    names = [name.strip() for name in page.locator(TABS).all_inner_texts()]
    assert names == [name for name in ORDER if name in names] and len(names) >= 6, "the order of the work"
    for name in names:
        page.evaluate("name => { location.hash = name }", name.lower())
        expect(page.locator(f"{TABS}.selected")).to_have_text(name)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the window"
    assert outside(page) == []


def test_the_address_remembers_the_page(studio, visit):
    page = ready(visit(studio.url))
    page.locator(TABS).nth(1).click()
    name = selected(page)
    assert page.url.endswith(f"#{name.lower()}") and page.title() == f"{name} · Likeness"
    page.reload()
    assert selected(ready(page)) == name
    page.go_back()
    expect(page.locator(f"{TABS}.selected")).to_have_text("Subjects")


def test_keys_lead_everywhere_but_not_while_typing(studio, visit):
    page = ready(visit(studio.url))
    second = page.locator(TABS).nth(1).inner_text().strip()
    page.keyboard.press("g")
    page.keyboard.press("2")
    assert selected(page) == second
    page.keyboard.press("?")
    assert page.locator("dialog.lk-help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.lk-help").is_visible()
    page.evaluate("document.body.append(Object.assign(document.createElement('input'), {id: 'words'}))")
    page.locator("#words").focus()
    page.keyboard.type("g1?q")
    assert selected(page) == second and not page.locator("dialog.lk-help").is_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_help_fits_and_gives_the_focus_back(studio, visit, picture, width):
    page = ready(visit(studio.url, width))
    page.locator("[data-lk-opens=help]").focus()
    page.keyboard.press("Enter")
    sheet = page.locator("dialog.lk-help")
    box = sheet.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    picture(page, "light")
    page.evaluate("document.body.classList.add('dark')")
    picture(page, "dark")
    sheet.locator("[data-do=close]").click()
    assert page.evaluate("document.activeElement.dataset.lkOpens") == "help"


def test_the_theme_is_chosen_and_remembered(studio, visit):
    page = ready(visit(studio.url, theme="light"))
    page.locator("[data-do=theme]").click()
    assert page.evaluate("document.body.classList.contains('dark')")
    page.reload()
    ready(page)
    page.wait_for_function("document.body.classList.contains('dark')")


def test_the_start_page_is_light_and_its_bar_says_what_it_runs_on(studio, visit, picture):
    page = ready(visit(studio.url))
    weights = page.evaluate(
        """() => performance.getEntriesByType("resource").map(one => [one.name, one.transferSize])"""
    )
    megabytes = sum(size for _, size in weights) / 1e6
    assert megabytes < 8, json.dumps(sorted(weights, key=lambda one: -one[1])[:10])
    page.wait_for_function("/CPU|not running/.test(document.querySelector('.lk-model')?.textContent)")
    chip = page.locator(".lk-model")
    assert "CPU" in chip.inner_text(), chip.get_attribute("title")
    assert (
        "Starter" in chip.inner_text() and " GB" in chip.inner_text() and "thread" in chip.get_attribute("aria-label")
    )
    with Image.open(picture(page)) as shot:
        dark = sum(1 for x in range(16, 40) for y in range(12, 36) if sum(shot.getpixel((x, y))[:3]) < 150)
    assert 100 < dark < 400, "the two circles of the logo"


def test_the_first_tab_stop_skips_the_bar_and_a_file_that_misses_its_place_opens_nothing(studio, visit):
    page = ready(visit(studio.url))
    page.evaluate("document.activeElement?.blur(); document.querySelector('.lk-skip').focus()")
    skip = page.locator(".lk-skip")
    assert skip.bounding_box()["y"] >= 0
    order = page.evaluate("""() => [...document.querySelectorAll('a, button')].filter(one => one.offsetParent)
        .slice(0, 2).map(one => one.className)""")
    assert order[0].startswith("lk-skip") and order[1].startswith("lk-logo")
    held = page.evaluate("""() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], "cat.png", { type: "image/png" }));
        const fall = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
        return !document.querySelector(".lk-top").dispatchEvent(fall);
    }""")
    assert held


def test_the_queue_shows_what_waits_also_after_a_reload(studio, visit, picture):
    for worker in studio.jobs.workers():
        assert worker.state != "broken", worker.note
    job = studio.jobs.submit(Sample(Scene("nothing much"), studio.library.new_path("picture")), "A picture of nothing")
    studio.jobs.pause(job)
    page = ready(visit(studio.url))
    page.locator("[data-lk-opens=queue]").wait_for()
    page.keyboard.press("q")
    page.locator(".lk-queue aside").wait_for()
    page.locator(".lk-queue aside").get_by_text("A picture of nothing").first.wait_for()
    picture(page)
    page.keyboard.press("Escape")
    studio.jobs.cancel(job)
    studio.jobs.remove(job)


def test_what_waits_is_put_in_order_held_back_and_let_go_by_hand(studio, visit, picture):
    lane, words = "one that nobody works in", ("first", "second", "third", "let go")
    line = [studio.jobs.submit(Sample(Scene(one), studio.library.new_path("picture")), one, lane) for one in words]
    studio.jobs.cancel(line[3])
    page = ready(visit(studio.url, inside=True))
    page.wait_for_function("window.likeness?.jobs?.length >= 4")
    page.keyboard.press("q")
    drawer, rows = page.locator(".lk-queue .drawer"), page.locator(".lk-queue [data-wait]")
    expect(rows).to_have_count(3)  # nothing else waits
    expect(rows).to_contain_text(["first", "second", "third"])
    for _ in range(4):
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
        assert ring.count("px") >= 8, "where the keyboard stands is seen"
    rows.nth(2).get_by_label("Earlier").click()
    expect(rows).to_contain_text(["first", "third", "second"])
    rows.nth(0).focus()
    for after in (["third", "first", "second"], ["third", "second", "first"]):
        page.keyboard.press("Alt+ArrowDown")
        expect(rows).to_contain_text(after)
        expect(page.locator(f"[data-wait='{line[0]}']")).to_be_focused()
    rows.nth(2).drag_to(rows.nth(0))
    expect(rows).to_contain_text(["first", "third", "second"])
    rows.nth(1).get_by_label("Hold back").click()
    expect(rows.nth(1)).to_contain_text("held back")
    expect(rows.get_by_label("Hold back")).to_have_count(2)
    assert [studio.jobs.get(one).state for one in line[:3]] == ["queued", "queued", "paused"]
    drawer.get_by_role("button", name="Pause all").click()
    expect(rows).to_contain_text(["held back"] * 3)
    picture(page)
    drawer.locator(".lk-head").get_by_role("button", name="Go on").click()
    expect(rows.get_by_label("Hold back")).to_have_count(3)
    assert [one.title for one in studio.jobs.list() if one.lane == lane] == ["first", "third", "second"]
    drawer.locator(".lk-job", has_text="let go").get_by_label("Log", exact=True).click()
    expect(drawer.get_by_label("Log of let go")).to_contain_text("asked for: let go")
    rows.nth(0).get_by_label("Remove").click()
    expect(rows).to_have_count(2)
    expect(rows).to_contain_text(["third", "second"])
    assert studio.jobs.get(line[0]).state == "cancelled"
    for job in line:
        studio.jobs.cancel(job)
        studio.jobs.remove(job)


def test_reduced_motion_and_contrast_are_heard(studio, visit):
    page = ready(visit(studio.url, inside=True))
    page.evaluate("""() => document.querySelector(".gradio-container").insertAdjacentHTML("beforeend",
        '<p id="moves"><i class="lk-live-dot"></i><b class="lk-btn"></b><svg><path class="lk-ants"/></svg>')""")
    moving = """() => ["i", "b", "path"].map(name => {
        const look = getComputedStyle(document.querySelector("#moves " + name));
        return look.animationName !== "none" || look.transitionDuration !== "0s" && look.transitionProperty !== "none";
    })"""
    tokens = """() => ["--lk-slow", "--lk-line", "--lk-text-2", "--lk-text-3", "--lk-surface"].map(name =>
        getComputedStyle(document.body).getPropertyValue(name).trim())"""

    def clear(colour: str, ground: str) -> float:
        """The contrast of two colours such as #1B1B1B, as WCAG 2 counts it."""
        channels = ([int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)] for one in (colour, ground))
        plain = ([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in one] for one in channels)
        low, high = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 for r, g, b in plain)
        return high / low

    for theme in ("light", "dark"):
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        page.emulate_media(reduced_motion="no-preference", contrast="no-preference")
        assert page.evaluate(moving) == [True] * 3
        slow, line, *_, ground = page.evaluate(tokens)
        assert slow != "0ms" and clear(line, ground) < 3
        page.emulate_media(reduced_motion="reduce", contrast="more")
        assert page.evaluate(moving) == [False] * 3, "nothing moves by itself"
        slow, line, *words, ground = page.evaluate(tokens)
        assert slow == "0ms" and clear(line, ground) > 3
        assert min(clear(one, ground) for one in words) > 7, f"small print in the {theme}"


def test_keys_in_the_library_mean_what_was_clicked_last(studio, visit):
    for number in range(6):
        out = studio.library.new_path("picture")
        Image.new("RGB", (32, 32), (40 * number, 90, 160)).save(out)
        task = Sample(Scene(f"number {number}"), out)
        studio.library.record(None, task, Made("picture", out))
    page = ready(visit(f"{studio.url}/#library", inside=True))
    cells = page.locator(".lk-board .lk-cell[data-at]")
    expect(cells).to_have_count(6)
    names = [cells.nth(at).get_attribute("aria-label") for at in range(6)]
    page.keyboard.press("?")
    page.keyboard.press("Delete")  # under the sheet nothing is meant
    page.keyboard.press("Escape")
    cells.nth(1).click()
    page.keyboard.press("*")
    expect(page.get_by_role("option", name=names[1]).locator(".mk")).to_be_visible()
    cells.nth(2).click()
    page.keyboard.press("Delete")
    expect(page.get_by_role("option", name=names[2])).to_have_count(0)
    expect(page.locator(".lk-board .lk-cell.sel")).to_have_attribute("aria-label", names[3])
    cells.nth(2).click()
    cells.nth(4).click(modifiers=["Shift"])
    page.locator(".lk-board").get_by_role("button", name="Put in the bin").click()
    expect(cells).to_have_count(2)
    page.locator(".lk-board").get_by_role("button", name="Bin").click()
    expect(cells).to_have_count(4)
    page.get_by_role("button", name="Empty the bin").click()
    page.get_by_role("button", name="Delete 4 things for good").click()
    page.get_by_role("button", name="Show everything").click()
    expect(cells).to_have_count(2)
    kept = studio.library.things("picture")
    assert {one.title for one in kept} == set(names[:2]) and [one.title for one in kept if one.starred] == [names[1]]


def test_a_picture_is_found_made_again_and_its_settings_taken_on(studio, visit, picture, tmp_path):
    ada = studio.library.add_subject("Ada")
    for seed, words in enumerate(("a fox", "a fox at night", "an owl")):
        out = studio.library.new_path("picture")
        Image.new("RGB", (32, 32), (90 * seed, 90, 60)).save(out)
        task = Sample(Scene(words, seed=40 + seed), out, "/a model that has gone")  # none of these is made for long
        studio.library.record(None, task, Made("picture", out, {"subjects": [ada.id] if words == "an owl" else []}))
    page = ready(visit(f"{studio.url}/#library", inside=True))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    board, sheet = page.locator(".lk-board"), page.locator(".lk-made")
    cells, search = board.locator(".lk-cell[data-at]"), board.get_by_label("Search")

    def asked() -> list[Job]:
        return [one for one in studio.jobs.list((*ACTIVE, *ENDED)) if one.title == "a fox at night"]

    def lost() -> bool:
        """Have the picture fail to load; what is told of it anew meanwhile brings it back."""
        page.evaluate("document.querySelector('.lk-made .big img')?.dispatchEvent(new Event('error'))")
        return "cannot be shown" in sheet.inner_text()

    def fills_late(route) -> None:
        """What Compose comes up with is asked for at once and comes late; what it is handed waits a moment."""
        if route.request.post_data_json.get("event_data"):
            page.wait_for_timeout(300)
            return route.continue_()
        answer = route.fetch()
        page.wait_for_timeout(1500)
        route.fulfill(response=answer)

    search.fill("FOX 41")
    expect(cells).to_have_count(1)
    expect(sheet.locator(".words")).to_have_text("a fox at night")
    for key, words in (("s", "41"), ("p", "a fox at night")):
        page.locator(".lk-board .lk-grid").focus()
        page.keyboard.press(key)
        until(lambda words=words: page.evaluate("navigator.clipboard.readText()") == words)
    page.keyboard.press("a")
    expect(page.locator(".lk-toast").last).to_contain_text("It is being made again")
    (again,) = (one.task for one in until(asked))
    page.keyboard.press("v")
    until(lambda: page.wait_for_timeout(20) or len(asked()) == 2)
    (other,) = (one.task for one in asked() if one.task.out != again.out)
    assert (again.scene.seed, again.base) == (41, "/a model that has gone") and other.scene.seed != 41
    assert other.scene.prompt == "a fox at night"
    search.fill("nothing of the kind")
    expect(board).to_contain_text("Nothing here fits")
    board.get_by_role("button", name="Show everything").click()
    expect(search).to_have_value("")
    until(lambda: cells.count() > 2)
    board.get_by_role("button", name="Ada").click()
    expect(cells).to_have_count(1)
    expect(sheet.locator(".words")).to_have_text("an owl")
    until(lost)
    expect(sheet.locator(".words")).to_have_text("an owl")
    page.locator(".lk-board .lk-grid").focus()
    page.route("**/run/predict*", fills_late)
    page.keyboard.press("r")
    expect(page.locator(f"{TABS}.selected")).to_have_text("Compose")
    expect(page.locator("[role=tabpanel][data-filled]", has=page.locator("#lk-canvas"))).to_have_count(1)
    expect(page.get_by_label("Whole picture")).to_have_value("an owl")
    page.unroute("**/run/predict*")
    page.locator("#lk-pages").get_by_role("tab", name="Library").click()
    board.get_by_role("button", name="Ada").click()
    until(lambda: cells.count() > 2)

    told = PngInfo()
    told.add_text("parameters", "a hare\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 77, Size: 512x512")
    Image.new("RGB", (32, 32)).save(tmp_path / "hare.png", pnginfo=told)
    with page.expect_file_chooser() as chooser:
        board.get_by_label("Open a picture to find its settings").click()
    chooser.value.set_files(tmp_path / "hare.png")
    expect(sheet).to_contain_text("written by AUTOMATIC1111 or Forge.")
    expect(sheet.locator("dl")).to_contain_text("Seed77")
    picture(page, "opened")
    sheet.get_by_role("button", name="Use these settings").click()
    expect(page.get_by_label("Whole picture")).to_have_value("a hare")
    until(lambda: (studio.library.draft("compose") or {}).get("seed") == 77)

    phone = ready(visit(f"{studio.url}/#library", 390, inside=True))
    cell, chosen = phone.locator(".lk-board .lk-cell[data-at]"), phone.locator(".lk-board [role=status]")
    cell.nth(1).wait_for()
    box = cell.nth(0).bounding_box()
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = phone.context.new_cdp_session(phone)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    expect(chosen).to_have_text("1 chosen")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait_for_timeout(300)  # long enough for a click that followed to be heard
    expect(chosen).to_have_text("1 chosen")
    cell.nth(1).tap()
    expect(chosen).to_have_text("2 chosen")
    for one in studio.library.things("picture"):
        studio.library.discard([one.id])
    studio.library.discard_subject(ada.id)
    for job in asked():
        studio.jobs.cancel(job.id)
        until(lambda job=job.id: studio.jobs.get(job).state in ENDED)
        studio.jobs.remove(job.id)


def test_another_base_brings_its_numbers_and_leaves_what_was_turned(studio, visit, tmp_path):
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"")
    told = {"block_out_channels": [320], "layers_per_block": 2, "down_block_types": ["CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D"]}  # fmt: skip
    (tmp_path / "unet" / "config.json").write_text(json.dumps(told))
    (tmp_path / "model_index.json").write_text(json.dumps({"unet": [], "text_encoder": []}))
    page, bases = ready(visit(studio.url, inside=True)), Bases(studio.library)
    tabs = page.locator("#lk-pages")
    tabs.get_by_role("tab", name="Tune").click()
    steps, rate = (page.locator(f".lk-form input.num[data-knob={name}]") for name in ("steps", "rate"))
    expect(rate).to_have_value("3e-3")
    expect(page.locator(".lk-rec .t").first).to_contain_text("≈")  # the starter's times are told
    steps.fill("60")
    steps.press("Enter")
    real = bases.add(str(tmp_path)).id
    try:
        bases.use(real)
        tabs.get_by_role("tab", name="Subjects").click()
        expect(page.locator(".lk-card")).to_be_hidden()
        tabs.get_by_role("tab", name="Tune").click()
        expect(rate).to_have_value("1e-4")
        expect(steps).to_have_value("60")
        expect(page.locator(".lk-card")).to_contain_text("lora rank 4")
        expect(page.locator(".lk-form .lk-knobhelp[id$='-rate']")).to_contain_text(
            "On this base it comes as 1e-4; small ones like the starter have 3e-3."
        )
    finally:
        bases.use("starter")
        bases.forget(real)


def test_a_run_that_is_chosen_while_nothing_goes_on_is_shown(studio, visit):
    task, lane = Tune((Subject("pip", "Pip", "robot", "<pip>"),), "dreambooth_lora", "out"), "one that nobody works in"
    older, newer = (studio.jobs.submit(task, title, lane) for title in ("The older", "The newer"))
    for job in (older, newer):
        studio.jobs.cancel(job)
    with studio.jobs.store.transaction() as db:
        append(db, older, Measure(10, {"likeness": 0.61}))
        append(db, older, Warned("It now copies photo 3."))
    page = ready(visit(f"{studio.url}/#tune", inside=True))
    expect(page.locator(".lk-run h2")).to_have_text("The newer")
    page.evaluate("job => [1, 2].forEach(() => window.likeness.go('Tune', { job }))", older)
    expect(page.locator(".lk-run h2")).to_have_text("The older")
    expect(page.locator(".lk-run svg.lk-chart")).to_have_attribute("aria-label", "Likeness 0.61, best at step 10")
    page.wait_for_timeout(500)
    expect(page.locator(".lk-run .lk-note.warn")).to_have_count(1)  # however often it was asked
    for job in (older, newer):
        studio.jobs.remove(job)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_run_that_found_the_memory_full_leads_to_a_smaller_one(studio, visit, picture, width):
    Subjects(studio.library, studio.jobs).take_sample("Pip")
    subject = studio.library.subjects()[0]
    task, lane = Tune((subject,), "svdiff", "out", {"batch": 4, "steps": 90}), "one that nobody works in"
    job = studio.jobs.submit(task, "SVDiff on Pip", lane)
    with studio.jobs.store.transaction() as db:
        why = "The graphics card is full.", "Choose a smaller batch or a smaller recipe, or close other programs."
        told = "state = 'failed', ended = ?, fault = 'OutOfMemory', message = ?, advice = ?"
        db.execute(f"UPDATE job SET {told} WHERE id = ?", (time.time(), *why, job))
    page = ready(visit(studio.url, width, "dark", inside=True))
    page.keyboard.press("q")
    drawer = page.locator(".lk-queue .drawer")
    expect(drawer.get_by_role("button", name="Take", exact=False)).to_have_count(2)
    picture(page)
    drawer.get_by_role("button", name="Take a batch of 2").click()
    expect(drawer).to_be_hidden()
    expect(page.locator(f"{TABS}.selected")).to_have_text("Tune")
    expect(page.locator(".lk-rec[aria-selected=true]")).to_have_attribute("data-name", "svdiff")
    expect(page.locator(".lk-choice .line")).to_contain_text("Pip")
    expect(page.locator(".lk-form input.num[data-knob=steps]")).to_have_value("90")
    expect(page.locator(".lk-form input.num[data-knob=batch]")).to_have_value("2")
    with studio.jobs.store.transaction() as db:
        db.execute("UPDATE job SET fault = 'MissingModel', runs = runs + 1 WHERE id = ?", (job,))
    page.locator(".lk-run").get_by_role("button", name="Go to Models").click()
    expect(page.locator(f"{TABS}.selected")).to_have_text("Models")
    page.locator(TABS).get_by_text("Library", exact=True).click()
    page.keyboard.press("q")
    drawer.locator(".lk-job", has_text="SVDiff on Pip").get_by_role("button", name="Go to Models").click()
    expect(drawer).to_be_hidden()
    expect(page.locator(f"{TABS}.selected")).to_have_text("Models")
    studio.jobs.remove(job)


def test_a_paused_run_keeps_its_buttons_in_one_line_on_a_phone(studio, visit, picture):
    task, lane = Tune((Subject("pip", "Pip", "robot", "<pip>"),), "custom_diffusion", "out"), "one that nobody works in"
    job = studio.jobs.submit(task, "Custom Diffusion on Juno and Pip", lane)
    with studio.jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'paused', started = created WHERE id = ?", (job,))
    page = ready(visit(f"{studio.url}/#tune", 390, "dark", inside=True))
    head, axis = page.locator(".lk-run .lk-head"), page.locator(".lk-chart > text")
    expect(page.locator(".lk-chart")).to_be_visible()
    expect(axis).to_have_count(0)  # before it tells how many steps there are, there is nothing to count
    with studio.jobs.store.transaction() as db:
        append(db, job, Progress(1240, 2000, "learning"))
    expect(axis).to_have_text(["0", "500", "1000", "1500", "2000"])
    first, last = (head.get_by_role("button", name=name).bounding_box() for name in ("Go on", "Stop and keep"))
    picture(page)
    assert abs(first["y"] + first["height"] / 2 - last["y"] - last["height"] / 2) < 2
    with studio.jobs.store.transaction() as db:
        db.execute("UPDATE job SET state = 'cancelled', ended = created WHERE id = ?", (job,))
    studio.jobs.remove(job)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_base_that_has_gone_is_called_missing_and_leads_to_where_it_is_got(studio, visit, picture, width):
    studio.library.keep_draft("base", "sdxl")
    try:
        page = ready(visit(studio.url, width, "dark", inside=True))
        chip = page.locator(".lk-model")
        expect(chip).to_have_accessible_name("Base model Stable Diffusion XL, missing, get 6.9 GB")
        picture(page, "chip")
        chip.click()
        expect(page.locator(f"{TABS}.selected")).to_have_text("Models")
        expect(page.get_by_role("button", name="Yes, get 6.9 GB")).to_be_focused()
        expect(page.locator(".lk-models")).to_contain_text("come from huggingface.co")
        picture(page)
    finally:
        studio.library.keep_draft("base", "starter")


def test_the_first_steps_go_on_after_a_reload(studio, visit, picture):
    subject = Subjects(studio.library, studio.jobs).take_sample("Pip")["subject"]
    page = visit(studio.url, inside=True)
    memory = {"step": 3, "someone": "Pip", "subject": subject, "skipped": False}
    page.add_init_script(f"localStorage.setItem('lk-first-run', JSON.stringify({json.dumps(memory)}))")
    page.reload()
    expect(page.locator(".lk-first .step.now")).to_contain_text("Teach it")
    expect(page.locator(".lk-first .step.now")).to_contain_text("on this computer, a guess until the first run")
    newer = Subjects(studio.library, studio.jobs).take_sample("Dot")["subject"]
    assert studio.library.subjects()[0].id == newer
    held = []  # the answer to somebody who asked for the steps and went on
    page.route(
        "**/component_server/",
        lambda route: held.append(route) if "first_offer" in (route.request.post_data or "") else route.continue_(),
    )
    page.evaluate("dispatchEvent(new Event('lk:first'))")
    until(lambda: held or page.wait_for_timeout(20))
    page.get_by_role("button", name="Correct it").click()
    with page.expect_response(lambda answer: "first_offer" in (answer.request.post_data or "")):
        held.pop().continue_()
    page.unroute("**/component_server/")
    page.wait_for_timeout(300)  # long enough for the steps to come back, were they to
    expect(page.locator(".lk-first")).to_be_hidden()
    expect(page.locator(".lk-subj[aria-current=true]")).to_contain_text("Pip")
    expect(page.locator(".lk-masked .lk-tools")).to_contain_text("Pip")
    page.keyboard.press("Control+Enter")  # starts nothing here
    page.keyboard.press("g")
    page.keyboard.press("2")
    expect(page.locator(".lk-cost")).to_contain_text("a guess, never run here")
    expect(page.locator(".lk-cost .lk-bar")).to_have_count(1)  # what memory there is, before any run
    picture(page, "forecast")
    page.keyboard.press("Control+Enter")
    until(lambda: [job for job in studio.jobs.list() if job.task.kind == "tune"])
    (begun,) = (job for job in studio.jobs.list() if job.task.kind == "tune")
    studio.jobs.cancel(begun.id)


def test_start_waits_until_the_page_is_filled(studio, visit):
    subject = Subjects(studio.library, studio.jobs).take_sample("Comet")["subject"]
    studio.library.keep_draft("tune", None)

    def begun() -> list:
        return [one for one in studio.jobs.list() if one.task.kind == "tune" and one.task.subjects[0].id == subject]

    page, held, shut = ready(visit(studio.url, inside=True)), [], True
    whole = re.compile("/component_server/|/run/predict")
    page.route(whole, lambda route: held.append(route) if shut else route.continue_())
    page.keyboard.press("g")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    until(lambda: page.wait_for_timeout(50) or any("choice_now" in one.request.post_data for one in held))
    assert not begun()
    shut = False
    for one in held:
        if "choice_now" not in one.request.post_data:  # who there is is never said
            one.continue_()
    (job,) = until(lambda: page.wait_for_timeout(50) or begun())
    studio.jobs.cancel(job.id)
    page.unroute_all(behavior="ignoreErrors")


def test_what_is_set_up_on_tune_outlives_a_reload_and_begins_once(studio, visit):
    studio.library.keep_draft("tune", {})
    Subjects(studio.library, studio.jobs).take_sample("Juno")
    page = ready(visit(f"{studio.url}/#tune", inside=True))
    expect(page.locator(".lk-rec .t").first).to_contain_text("≈")
    page.locator(".lk-rec[data-name=textual_inversion] .lk-box").click()
    steps, start = page.locator(".lk-form input.num[data-knob=steps]"), page.locator("#lk-start")
    expect(start).to_contain_text("Start 2 recipes")
    steps.fill("90")
    steps.press("Enter")
    steps.dblclick()  # chooses the number, as in any field
    steps.press("Tab")
    until(lambda: (studio.library.draft("tune") or {}).get("form", {}).get("knobs") == {"steps": 90})
    page.reload()
    expect(steps).to_have_value("90")
    expect(page.locator(".lk-rec[aria-selected=true]")).to_have_count(2)
    expect(start).to_contain_text("Start 2 recipes")

    form = page.locator(".lk-form")
    menu, presets = form.get_by_role("group", name="Presets"), form.get_by_role("button", name="Presets")
    presets.click()
    menu.get_by_label("Name of the preset").fill("Mine")
    menu.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".lk-toast").last).to_contain_text("“Mine” is kept")
    with page.expect_download() as download:
        menu.get_by_role("button", name="Save as a file").click()
    told = json.loads(download.value.path().read_text())
    assert told["likeness"] == "recipe" and told["knobs"] == {"steps": 90}
    menu.get_by_role("button", name="As it comes").click()
    expect(form).to_contain_text("as it comes")
    expect(steps).not_to_have_value("90")
    presets.click()
    menu.get_by_role("button", name="Mine", exact=True).click()
    expect(steps).to_have_value("90")

    def bring(words: str) -> None:
        presets.click()
        menu.locator("input[name=file]").set_input_files(
            {"name": "x.json", "mimeType": "application/json", "buffer": words.encode()}
        )

    bring(json.dumps(told | {"knobs": {"steps": 70, "unheard of": 3}}))
    expect(steps).to_have_value("70")
    expect(menu).to_have_count(0)
    bring("[]")
    expect(page.locator(".lk-toast").last).to_contain_text("This file holds no recipe settings")
    menu.get_by_role("button", name="Mine", exact=True).click()
    expect(steps).to_have_value("90")
    presets.click()
    menu.get_by_role("button", name="Forget Mine").click()
    expect(menu.get_by_role("button", name="Mine", exact=True)).to_have_count(0)
    assert studio.library.draft(f"presets/{told['recipe']}") == {}
    presets.click()
    before = {job.id for job in studio.jobs.list(("queued", "running", *ENDED)) if job.task.kind == "tune"}
    start.dblclick()

    def begun():
        return [job for job in studio.jobs.list(("queued", "running", *ENDED))
                if job.task.kind == "tune" and job.id not in before]  # fmt: skip

    until(lambda: len(begun()) >= 2)
    page.wait_for_timeout(1000)  # by now a second press would have been heard
    (first, second) = begun()
    for job in (first, second):
        studio.jobs.cancel(job.id)
    assert {job.task.knobs["steps"] for job in (first, second)} > {90}
