"""Regions after a picture: what was found stands on each card and over the picture, a moved region alone is made anew,
what is amiss is said where it can be mended. Pictures are painted, not sampled; files, jobs and layouts are real."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.jobs import ACTIVE, ENDED
from app.subjects import Subjects
from components import layout
from pipelines.tasks import Tune
from tests.patience import until
from tests.studio import Studio
from tests.tuned import tuned

BOXES = ([0.05, 0.2, 0.42, 0.7], [0.42, 0.3, 0.5, 0.6])


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio that paints, with two subjects and a tuned file of each."""
    with Studio(tmp_path_factory.mktemp("studio"), door="tests.browser.painted") as studio:
        desk = Subjects(studio.library, studio.jobs)
        for name in ("Pip", "Dot"):
            desk.take_sample(name)
            subject = next(one for one in studio.library.subjects() if one.name == name)
            tuned(studio.library, subject)
        yield studio


@pytest.fixture
def compose(studio, visit):
    """`compose(width, theme)` opens the page on two overlapping regions, Pip's and Dot's."""

    def open_page(width: int = 1440, theme: str = "light", *more: dict) -> Page:
        files = {made.title: made for made in studio.library.things("artefact") if len(made.subjects) == 1}
        people = {one.name: one for one in studio.library.subjects()}
        regions = []
        for number, (name, box) in enumerate(zip(("Pip", "Dot"), BOXES, strict=True), 1):
            made = next(one for one in files.values() if people[name].id in one.subjects)
            words = f"{people[name].trigger} {people[name].noun}"
            regions.append({"id": f"r{number}", "number": number, "box": box, "subject": made.id, "prompt": words})
        drawn = layout.check(layout.blank() | {"regions": [*regions, *more]})
        draft = {"layout": drawn, "prompt": "two friends on a beach", "seed": 5, "steps": 6, "dice": False}
        studio.library.keep_draft("compose", draft)
        page = visit(f"{studio.url}/#compose", width, theme, inside=True)
        page.locator("#lk-pages").get_by_role("tab", name="Compose").click()
        expect(page.locator(".lk-rg")).to_have_count(2 + len(more))
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        return page

    return open_page


def card(page: Page, number: int):
    return page.locator(f".lk-rg[data-s='{number}']")


def made(page: Page, press) -> None:
    before = page.locator(".lk-takes .lk-frame").count()
    press()
    expect(page.locator(".lk-takes .lk-frame")).to_have_count(before + 1)
    expect(page.locator("#lk-live")).to_contain_text("done in")


def newest(studio):
    """The picture that was asked for last, once it is done: the page may still show the one before."""

    def last():
        return max((one for one in studio.jobs.list((*ACTIVE, *ENDED)) if one.task.kind == "sample"),
                   key=lambda one: one.created)  # fmt: skip

    until(lambda: last().state in ENDED)
    return last()


def nudge(page: Page, number: int, key: str) -> None:
    card(page, number).locator(".lk-who").click()
    page.keyboard.press("Escape")
    card(page, number).get_by_label(re.compile("Words for")).focus()
    page.locator("svg.lk-regionboard").focus()
    page.keyboard.press(key)


def test_what_was_found_stands_on_the_cards_and_only_a_moved_region_is_made_anew(studio, compose, picture):
    page = compose()
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    expect(card(page, 1)).to_contain_text("Pip is in its place")
    expect(card(page, 2)).to_contain_text("Some of Pip shows in Dot’s box")
    page.get_by_role("button", name="Who", exact=True).click()
    expect(page.locator(".lk-found")).to_have_count(2)
    expect(page.locator(".lk-found").last).to_contain_text("some of Pip 0.41")
    picture(page, "found")
    card(page, 2).get_by_role("button", name="Pull apart").click()
    expect(card(page, 2)).to_contain_text("Moved since the picture")
    expect(card(page, 1)).to_contain_text("Moved since the picture")
    picture(page, "moved")
    (first,) = [one for one in studio.jobs.list(ENDED) if one.task.kind == "sample"]
    made(page, lambda: card(page, 2).get_by_role("button", name="Redo only this").click())
    job = newest(studio)
    keep, scene = job.task.keep, job.task.scene
    assert keep.picture == first.task.out and [one.id for one in job.task.subjects] and len(scene.regions) == 2
    assert scene.regions[0].box == tuple(BOXES[0]), "the first stays as it is in the picture"
    assert scene.regions[1].box[0] > BOXES[1][0]
    anew = np.asarray(Image.open(keep.anew)) > 0
    assert anew[220, 240] and not anew[220, 100] and not anew[40, 300]
    expect(card(page, 1)).to_contain_text("Moved since the picture")
    expect(card(page, 2)).not_to_contain_text("Moved since the picture")
    picture(page, "redone")
    other = Path(scene.regions[0].artefact)
    torn, whole = b"torn", other.read_bytes()
    other.write_bytes(torn)
    made(page, lambda: card(page, 2).get_by_role("button", name="Redo only this").click())
    other.write_bytes(whole)
    expect(page.get_by_text("The file of Pip in region 1 cannot be read. It takes no part.")).to_be_visible()


@pytest.mark.parametrize("width, theme", [(1440, "dark"), (390, "light"), (390, "dark")])
def test_it_looks_well_elsewhere(compose, picture, width, theme):
    page = compose(width, theme)
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    expect(card(page, 2)).to_contain_text("Some of Pip shows")
    page.get_by_role("button", name="Who", exact=True).click()
    expect(page.locator(".lk-found")).to_have_count(2)
    picture(page, "found", full=width == 390)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


def test_words_that_were_too_many_are_told_on_their_card_and_under_the_words_of_the_picture(compose, picture):
    page, long = compose(), "a " * 150 + "hat in the end"
    card(page, 2).get_by_label(re.compile("Words for")).fill(long)
    page.get_by_label("Whole picture").fill(long.replace("hat", "house"))
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    expect(card(page, 2)).to_contain_text("“hat in the end” was not read")
    expect(card(page, 1)).not_to_contain_text("was not read")
    expect(page.locator(".block.lk-unread")).to_contain_text("“house in the end” was not read")
    picture(page, "unread")


def test_a_window_that_is_looked_at_again_shows_what_another_did(studio, compose):
    page = compose()
    card(page, 1).get_by_label(re.compile("Words for")).fill("mine")
    until(lambda: studio.library.draft("compose")["layout"]["regions"][0]["prompt"] == "mine")
    there = studio.library.draft("compose")
    bird = {"id": "x", "number": 3, "box": [0.1, 0.05, 0.3, 0.3], "prompt": "a bird"}
    drawn = there["layout"] | {"session": "another", "rev": 1, "regions": [*there["layout"]["regions"], bird]}
    studio.library.keep_draft("compose", there | {"layout": drawn, "prompt": "three friends"})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".lk-rg")).to_have_count(3)
    expect(page.get_by_label("Whole picture")).to_have_value("three friends")
    page.locator("#lk-canvas").get_by_role("button", name="Undo").click()
    expect(page.locator(".lk-rg")).to_have_count(2)
    expect(card(page, 1).get_by_label(re.compile("Words for"))).to_have_value("mine")
    until(lambda: len(studio.library.draft("compose")["layout"]["regions"]) == 2)


def test_two_windows_in_sight_do_not_write_over_each_other(studio, compose, visit, picture):
    page, other = compose(), visit(f"{studio.url}/#compose", 390, "dark", inside=True)
    other.locator("#lk-pages").get_by_role("tab", name="Compose").click()
    expect(other.locator(".lk-rg")).to_have_count(2)
    words, told = re.compile("Words for"), "Another window changed this scene."

    def kept() -> list[str]:
        return [one["prompt"] for one in studio.library.draft("compose")["layout"]["regions"]]

    first, second = kept()
    card(page, 1).get_by_label(words).fill("mine")
    until(lambda: kept() == ["mine", second])
    card(other, 2).get_by_label(words).fill("theirs")
    expect(other.locator(".lk-elsewhere")).to_contain_text(told)
    picture(other, "told", full=True)
    assert kept() == ["mine", second] and card(other, 2).get_by_label(words).input_value() == "theirs"
    other.get_by_role("button", name="Keep this one").click()
    until(lambda: kept() == [first, "theirs"])
    expect(other.locator(".lk-elsewhere")).to_be_empty()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(".lk-elsewhere")).to_contain_text(told)
    page.get_by_role("button", name="Show that one").click()
    expect(card(page, 2).get_by_label(words)).to_have_value("theirs")
    expect(page.locator(".lk-elsewhere")).to_be_empty()
    page.locator("#lk-canvas").get_by_role("button", name="Undo").click()
    until(lambda: kept() == ["mine", second])


def test_a_second_finger_does_not_pull_at_the_box_of_the_first(studio, compose):
    page = compose(390)
    page.locator("#lk-canvas [data-tool=box]").click()
    board = page.locator("svg.lk-regionboard")
    board.scroll_into_view_if_needed()
    at, window = board.bounding_box(), page.context.new_cdp_session(page)

    def touch(what: str, *fingers: tuple[int, float, float]) -> None:
        points = [{"id": k, "x": at["x"] + x * at["width"], "y": at["y"] + y * at["height"]} for k, x, y in fingers]
        window.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    touch("touchStart", (1, 0.1, 0.1))
    touch("touchMove", (1, 0.3, 0.3))
    touch("touchStart", (1, 0.3, 0.3), (2, 0.8, 0.8))
    touch("touchMove", (1, 0.3, 0.3), (2, 0.95, 0.95))
    touch("touchEnd")
    expect(page.locator(".lk-rg")).to_have_count(3)
    until(lambda: len(studio.library.draft("compose", {})["layout"]["regions"]) == 3)
    x, y, w, h = studio.library.draft("compose", {})["layout"]["regions"][2]["box"]
    assert x + w < 0.45 and y + h < 0.45


def test_h_turns_attention_through_but_not_in_a_field(compose, picture):
    page = compose()
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    live = page.locator("#lk-live")

    def pressed(mode: str):
        return live.locator(f"[data-mode={mode}][aria-pressed=true]")

    expect(pressed("off")).to_have_count(1)
    page.locator("svg.lk-regionboard").focus()
    page.keyboard.press("h")
    expect(pressed("lines")).to_have_count(1)
    expect(live.locator("[data-key=map-1] path").first).to_be_attached()
    page.keyboard.press("h")
    expect(pressed("heat")).to_have_count(1)
    picture(page, "heat")
    page.get_by_label("Whole picture").fill("")
    page.get_by_label("Whole picture").press("h")
    expect(page.get_by_label("Whole picture")).to_have_value("h")
    expect(pressed("heat")).to_have_count(1)
    page.locator("svg.lk-regionboard").focus()
    page.keyboard.press("h")
    expect(pressed("off")).to_have_count(1)


def test_who_still_learns_is_named_and_can_be_chosen_once_taught(studio, compose, picture):
    comet = studio.library.add_subject("Comet", "rocket")
    run = Tune((comet,), "mix_of_show", studio.library.new_path("artefact"))
    job = studio.jobs.submit(run, "Mix-of-Show on Comet", "one that nobody works in")
    made = []
    try:
        page = compose(390, "dark")
        regions, listed = page.locator("#lk-compose-regions"), card(page, 1).locator("option", has_text="Comet")
        expect(regions).to_contain_text("Comet is still learning.")
        expect(listed).to_have_text("Comet, still learning")
        expect(listed).to_be_disabled()
        picture(page)
        made.append(tuned(studio.library, comet).id)
        studio.jobs.cancel(job)
        expect(listed).to_be_enabled()
        expect(regions).not_to_contain_text("still learning")
    finally:
        studio.jobs.cancel(job)
        studio.jobs.remove(job)
        studio.library.discard(made)
        studio.library.discard_subject(comet.id)


def test_a_locked_box_stays_and_says_so(studio, compose, picture):
    small = {"id": "a", "number": 3, "box": [0.1, 0.02, 0.04, 0.04], "prompt": "a bird", "locked": True}
    inner = {"id": "b", "number": 4, "box": [0.45, 0.35, 0.3, 0.4], "prompt": "a hat", "locked": True}
    page = compose(1440, "light", small, inner)
    bird, note = page.locator(".lk-rg[data-region='a']"), "It is locked, so it stays as it is."
    bird.get_by_role("button", name="Enlarge").click()
    expect(bird).to_contain_text(note)
    expect(bird).to_contain_text("Too small")
    page.locator("svg.lk-regionboard").focus()
    nudge(page, 2, "ArrowDown")
    until(lambda: studio.library.draft("compose", {})["layout"]["regions"][1]["box"] == [0.42, 0.31, 0.5, 0.6])
    expect(page.get_by_text(note)).to_have_count(0)
    bird.get_by_label("Words for region 3").focus()
    for key in ("Delete", "ArrowDown"):
        page.locator("svg.lk-regionboard").focus()
        page.keyboard.press(key)
        expect(bird).to_contain_text(note)
    expect(page.locator("#lk-canvas .lk-under")).to_contain_text("locked, so it stays as it is")
    picture(page, "locked")
    bird.get_by_role("button", name="Unlock").last.click()
    expect(page.get_by_text(note)).to_have_count(0)
    page.locator("svg.lk-regionboard").focus()
    page.keyboard.press("Delete")
    expect(page.locator(".lk-rg")).to_have_count(3)
    card(page, 2).get_by_role("button", name="Pull apart").click()
    expect(card(page, 2)).not_to_contain_text("both speak there")
    until(lambda: studio.library.draft("compose", {})["layout"]["regions"][1]["box"][0] == 0.75)
    assert studio.library.draft("compose", {})["layout"]["regions"][2]["box"] == inner["box"], "the other gave way"
    page.get_by_role("button", name="Layouts").click()
    page.get_by_role("button", name="One, in the middle").click()
    expect(page.locator(".lk-rg")).to_have_count(2)
    until(lambda: len(studio.library.draft("compose", {})["layout"]["regions"]) == 2)
    held, fresh = studio.library.draft("compose", {})["layout"]["regions"]
    assert held["box"] == inner["box"] and fresh["prompt"].startswith("<"), "a layout leaves what is locked where it is"


def test_a_card_says_what_the_way_makes_no_use_of(compose, picture):
    page = compose()
    for number in (1, 2):
        card(page, number).get_by_role("button", name=f"More for region {number}").click()
        expect(card(page, number).get_by_label("Not in here")).to_be_visible()  # the cards below have moved
    card(page, 2).get_by_label("Not in here").fill("fog")
    card(page, 2).get_by_role("button", name="More for region 2").click()
    expect(card(page, 1)).not_to_contain_text("This way")
    page.get_by_role("button", name="How regions meet").click()
    page.get_by_label("Way", exact=True).select_option("layout_forward")
    for words in ("This way keeps out only what the whole picture does.", "This way draws a hard edge."):
        expect(card(page, 1)).to_contain_text(words)
    expect(card(page, 2)).to_contain_text("Not in here: fog. This way keeps out only what the whole picture does.")
    picture(page, "unused")
    page.get_by_label("Way", exact=True).select_option("region_route")
    expect(card(page, 1)).not_to_contain_text("This way")


@pytest.mark.parametrize("width, theme", [(1440, "light"), (390, "dark")])
def test_the_files_of_two_regions_become_one_that_speaks_in_both(studio, compose, picture, width, theme):
    page = compose(width, theme)
    page.get_by_role("button", name="Fuse the files").click()
    panel = page.locator(".lk-fuse")
    expect(panel.locator(".files li")).to_have_count(2)
    expect(panel.get_by_label("Way to fuse")).to_have_value("gradient_fusion")
    assert panel.locator("option[value=joint_gate]").get_attribute("title").startswith("Pip’s file holds lora")
    panel.get_by_label("How much Dot counts").fill("0.7")
    picture(page, "ready", full=width == 390)
    panel.get_by_role("button", name="Make one file of 2").click()
    expect(panel.locator(".job")).to_contain_text("Pip and Dot in one file")
    picture(page, "runs", full=width == 390)
    panel.get_by_role("button", name="Use it here").click()
    job = max((one for one in studio.jobs.list(ENDED) if one.task.kind == "fuse"), key=lambda one: one.created)
    assert [weight for _, weight in job.task.artefacts] == [1.0, 0.7]
    expect(panel).to_contain_text("Pip and Dot speak from one file already")
    expect(card(page, 1)).to_contain_text("Gradient fusion, with Dot")
    expect(card(page, 2)).to_contain_text("Gradient fusion, with Pip")
    expect(panel.get_by_role("button", name="Use it here")).to_have_count(0)
    assert len(studio.library.draft("compose")["layout"]["regions"]) == 2, "filling the page keeps what was drawn"
    picture(page, "used", full=width == 390)
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    scene = newest(studio).task.scene
    assert {one.artefact for one in scene.regions} == {job.task.out} and scene.artefacts == ((job.task.out, 1.0),)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"


def test_what_is_amiss_is_said_on_its_own_card_and_the_rest_is_made(studio, compose, picture, tmp_path):
    odd = [
        {"id": "a", "number": 3, "box": [0.1, 0.02, 0.04, 0.04], "prompt": "a bird"},
        {"id": "b", "number": 4, "box": [0.5, 0.05, 0.3, 0.2], "prompt": ""},
        {"id": "c", "number": 5, "box": [0.7, 0.05, 0.2, 0.2], "prompt": "a cat", "subject": "gone"},
        {"id": "d", "number": 6, "box": [0.1, 0.4, 0.2, 0.2], "prompt": "a hat", "start": 0.5, "stop": 0.5},
    ]
    row = [(k, [0.1 * (k - 6), 0.9, 0.09, 0.09]) for k in range(7, 11)]
    odd += [{"id": f"e{k}", "number": k, "box": box, "prompt": "a shell"} for k, box in row]
    (tmp_path / "large" / "unet").mkdir(parents=True)
    widths = {"block_out_channels": [320], "cross_attention_dim": 768}
    (tmp_path / "large" / "unet" / "config.json").write_text(json.dumps(widths))
    rex = tuned(studio.library, studio.library.add_subject("Rex", "dog"), base=str(tmp_path / "large"))
    odd.append({"id": "f", "number": 11, "box": [0.5, 0.6, 0.2, 0.2], "prompt": "a dog", "subject": rex.id})
    empty = {"enc": "rle", "w": 4, "h": 4, "data": [16]}
    odd.append({"id": "g", "number": 12, "box": [0.2, 0.2, 0.2, 0.2], "prompt": "a kite", "mask": empty})
    page = compose(1440, "light", *odd)
    expect(page.locator(".lk-rg[data-region='g']")).to_contain_text("nothing inside its shape, so it takes no part")
    for number, words in ((3, "Too small"), (4, "says nothing yet"), (5, "file of this subject is gone"),
                          (6, "ends before it begins"), (6, "covers")):  # fmt: skip
        expect(page.locator(f".lk-rg[data-region='{odd[number - 3]['id']}']")).to_contain_text(words)
    expect(page.locator(".lk-rg[data-region='f']")).to_contain_text("Starter has other layers, so it takes no part")
    expect(page.get_by_text("More than eight")).to_be_visible()
    picture(page, "amiss")
    made(page, lambda: page.get_by_role("button", name="Make picture").click())
    expect(page.get_by_text("Region 4 has no words. It takes no part.")).to_be_visible()
    job = newest(studio)
    assert len(job.task.scene.regions) == 8 and "a cat" not in [one.prompt for one in job.task.scene.regions]
    page.locator(".lk-rg[data-region='a']").get_by_role("button", name="Enlarge").click()
    expect(page.locator(".lk-rg[data-region='a']")).not_to_contain_text("Too small")
    # What was done last is kept before the next test draws something else.
    until(lambda: studio.library.draft("compose", {})["layout"]["regions"][2]["box"] != odd[0]["box"])


def test_words_of_a_layout_file_are_kept_however_late_an_answer_comes(studio, compose, tmp_path):
    page, file, late = compose(), tmp_path / "grid.txt", []
    file.write_text("a garden ADDBASE\na cat ADDCOL\na dog\n\nDivide Ratio: 1,1\nBase Ratio: 0.2\n")
    page.get_by_role("button", name="Layouts").click()

    def slow(route):  # the first that keeps the draft
        late.append(route) if not late and "a cat" in (route.request.post_data or "") else route.continue_()

    page.route("**/gradio_api/run/**", slow)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a layout file").click()
    chooser.value.set_files(str(file))
    until(lambda: page.wait_for_timeout(50) or late)
    page.wait_for_timeout(1500)  # what came after it is through
    with page.expect_response(late[0].request.url):
        late[0].continue_()
    expect(page.get_by_label("Whole picture")).to_have_value("a garden")
    until(lambda: studio.library.draft("compose", {}).get("prompt") == "a garden")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_layouts_of_other_programs_are_opened_and_saved(studio, compose, picture, tmp_path, theme):
    page, file = compose(1440, theme), tmp_path / "grid.txt"
    file.write_text(
        "a garden ADDBASE\na cat ADDCOL\na dog ADDROW\na pond\n\nDivide Ratio: 1,1,1;1,1\nBase Ratio: 0.2\n"
    )
    expect(page.locator("#lk-canvas").get_by_role("button", name="Undo")).to_be_disabled()
    page.evaluate("window.addEventListener('keydown', event => { window.heard = event.key })")
    page.get_by_role("button", name="Layouts").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open a layout file")).to_have_count(0)
    assert page.evaluate("window.heard") is None, "it closes the list, and does not stop a picture besides"
    page.get_by_role("button", name="Layouts").click()
    picture(page, "layouts")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a layout file").click()
    chooser.value.set_files(str(file))
    expect(page.locator(".lk-rg")).to_have_count(3)
    expect(page.get_by_label("Whole picture")).to_have_value("a garden")
    expect(page.get_by_label("Words for region 3")).to_have_value("a pond")
    until(lambda: studio.library.draft("compose", {}).get("prompt") == "a garden")
    for title, name in (("SwarmUI", "layout-swarmui.txt"), ("Regional Prompter", "layout-regional-prompter.txt")):
        page.get_by_role("button", name="Layouts").click()
        with page.expect_download() as saved:
            page.get_by_role("button", name=title, exact=True).click()
        assert saved.value.suggested_filename == name and "a garden" in saved.value.path().read_text()
        page.get_by_role("button", name="Layouts").click()
    page.get_by_role("button", name="Layouts").click()
    file.write_text("no layout at all")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open a layout file").click()
    chooser.value.set_files(str(file))
    expect(page.get_by_text("This is not a layout.")).to_be_visible()
