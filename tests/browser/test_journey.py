"""From photos of a real cat to a picture of it and a comparison, as a person would, on the real workers and the
starter; the worker that trains is killed on the way."""

import os
import signal

import pytest
from PIL import Image, ImageEnhance, ImageOps
from playwright.sync_api import Page, expect
from skimage import data

from app.bases import STARTER
from app.jobs import ENDED
from app.walls import Walls
from pipelines import masks
from tests.patience import SECONDS, until
from tests.studio import Studio

pytestmark = pytest.mark.skipif(
    not (STARTER / "model_index.json").exists(), reason="assets/starter is not in this checkout: nothing can be taught"
)

LONG = 5 * SECONDS
"""For what takes half a minute on idle cores."""
CLICK = 0.5, 0.55
"""Where the cat is in each photo, as shares of it."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with Studio(tmp_path_factory.mktemp("studio")) as studio:
        yield studio


@pytest.fixture
def photos(tmp_path) -> list[str]:
    """Three photos of a cat: one as a phone stores it, on its side with a tag that says so; a PNG; a small WebP."""
    cat = Image.fromarray(data.chelsea())
    first, second, third = (tmp_path / name for name in ("cat.jpg", "cat close.png", "cat.webp"))
    tag = Image.Exif()
    tag[274] = 6
    cat.transpose(Image.Transpose.ROTATE_90).save(first, exif=tag, quality=92)
    cat.crop((70, 0, 400, 300)).save(second)
    ImageEnhance.Brightness(ImageOps.mirror(cat).resize((300, 200))).enhance(0.8).save(third)
    return [str(path) for path in (first, second, third)]


def test_from_photos_to_a_comparison(studio, visit, picture, photos):
    page = visit(studio.url)
    page.get_by_role("button", name="Skip to the studio").click()
    bring_photos(page, photos)
    until(lambda: not studio.jobs.list())  # a click is answered between two photos that are looked at, or refused
    for number in (1, 2, 3):
        click_and_accept(page, number)
    picture(page, "masks")
    (subject,) = studio.library.subjects()
    shots = studio.library.shots(subject.id)
    assert [shot.accepted for shot in shots] == [True] * 3
    assert {(shot.width, shot.height) for shot in shots} == {(451, 300), (330, 300), (300, 200)}, "they stand upright"
    for shot in shots:
        mask = masks.from_png(studio.library.files.inside(shot.mask))
        high, wide = mask.shape
        assert mask[round(high * CLICK[1]), round(wide * CLICK[0])], "what was clicked is in it"
        assert 0.05 < mask.mean() < 0.9 and mask[:, wide // 10 : -wide // 10].sum() > 0.9 * mask.sum(), "it is the cat"

    teach(page, studio, picture)
    picture(page, "learnt")
    (learnt,) = studio.library.things("artefact")
    assert learnt.facts["steps"] == 20 and learnt.subjects == (subject.id,)

    compose(page, subject.trigger)
    picture(page, "composed")
    (made,) = studio.library.things("picture")
    assert [bool(region.artefact) for region in made.task.scene.regions] == [True, False]

    compare(page)
    picture(page, "compared")
    (wall,) = Walls(studio.library).all()
    assert len(list((wall.path / "cells").glob("*.json"))) == 4
    assert dict(wall.task.recipes)["dreambooth_lora"]["steps"] == 20

    page.reload()
    expect(page.locator(".lk-cell > img")).to_have_count(4)
    page.keyboard.press("g")
    page.keyboard.press("1")
    expect(page.locator(".lk-frame[aria-label*='mask accepted']")).to_have_count(3)
    assert [job.state for job in studio.jobs.list(ENDED) if job.lane == "heavy"] == ["finished"] * 3


def bring_photos(page: Page, photos: list[str]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose photos").first.click()
    chooser.value.set_files(photos)
    page.get_by_text("photo 1 of 3").wait_for()
    page.get_by_label("Class noun").fill("cat")
    page.keyboard.press("Tab")


def click_and_accept(page: Page, number: int) -> None:
    """Show the cat, wait for its mask, accept it, go on."""
    page.get_by_text(f"photo {number} of 3").wait_for()
    view = page.locator(".lk-maskview")
    page.wait_for_function("document.querySelector('.lk-maskview img').naturalWidth > 0")
    page.locator(".lk-maskword .lk-ring").wait_for(state="detached")
    box = view.bounding_box()
    page.mouse.click(box["x"] + box["width"] * CLICK[0], box["y"] + box["height"] * CLICK[1])
    expect(page.locator(".lk-said")).to_contain_text("covers")
    accept = page.get_by_role("button", name="Accept mask")
    accept.click()
    page.locator(".lk-okb").wait_for()
    page.locator(".lk-maskview").focus()
    page.keyboard.press("n")


def teach(page: Page, studio: Studio, picture) -> None:
    """Twenty steps of DreamBooth-LoRA; the worker is killed in the middle, and the run carries on."""
    page.locator("#lk-pages").get_by_role("tab", name="Tune").click()
    expect(page.locator(".lk-rec[aria-selected=true]")).to_contain_text("DreamBooth-LoRA")
    expect(page.locator(".lk-setup")).to_contain_text("3 masks")
    steps = page.locator(".lk-knob input.num[data-knob=steps]")
    steps.fill("20")
    steps.press("Enter")
    page.locator("#lk-start").click()
    job = until(lambda: next((one for one in studio.jobs.list() if one.task.kind == "tune"), None))
    until(lambda: (known := studio.jobs.latest(job.id, "progress")) and known.step >= 3, LONG)
    until(lambda: saved(studio, job.id))
    worker = next(one for one in studio.jobs.workers() if one.lane == "heavy")
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: studio.jobs.get(job.id).state == "lost")
    picture(page, "killed")
    last = saved(studio, job.id)[-1]
    page.get_by_role("button", name=f"Carry on from {last}").first.click()
    until(lambda: studio.jobs.get(job.id).state in ENDED and studio.jobs.get(job.id).runs == 2, LONG)
    ended = studio.jobs.get(job.id)
    assert ended.state == "finished", ended.message
    said = [event for *_, event in studio.jobs.events(job.id) if event.kind == "progress"]
    assert [one.step for one in said if one.note == "carrying on"] == [last] and last > 0


def saved(studio: Studio, job: str) -> list[int]:
    """The steps at which the run was put on disk."""
    made = [event for *_, event in studio.jobs.events(job) if event.kind == "made"]
    return [event.facts["step"] for event in made if event.what == "checkpoint"]


def compose(page: Page, trigger: str) -> None:
    """Two boxes: the cat in one, a ball in the other."""
    page.locator("#lk-pages").get_by_role("tab", name="Compose").click()
    page.get_by_label("Whole picture").fill("a sunny beach")
    board = page.locator("svg.lk-regionboard")
    board.wait_for()
    for left, right in ((0.08, 0.48), (0.56, 0.94)):
        box = board.bounding_box()
        page.mouse.move(box["x"] + left * box["width"], box["y"] + 0.3 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + right * box["width"], box["y"] + 0.9 * box["height"], steps=5)
        page.mouse.up()
    rows = page.locator(".lk-regions article[data-region]")
    expect(rows).to_have_count(2)
    page.get_by_label("Who is in region 1").select_option(index=1)
    page.get_by_label("Words for region 1").fill(f"{trigger} cat")
    page.get_by_label("Words for region 2").fill("a red ball")
    page.get_by_role("button", name="Make picture").click()
    expect(page.locator("#lk-live")).to_contain_text("done in", timeout=LONG * 1000)


def compare(page: Page) -> None:
    """The same knobs from Tune, against the untuned base, on two prompts."""
    page.locator("#lk-pages").get_by_role("tab", name="Tune").click()
    page.locator("#lk-rival").click()
    form = page.locator(".lk-wallsetup")
    expect(form.get_by_label("DreamBooth-LoRA")).to_be_checked()
    form.get_by_label("Untuned base").check()
    form.get_by_label("Prompts").fill("a photo of {} on a beach\na photo of {} in the snow")
    form.get_by_role("button", name="Sampling").click()
    form.get_by_label("Steps").first.fill("8")
    expect(form.locator(".lk-makenote")).to_contain_text("4 pictures")
    form.get_by_role("button", name="Make the wall").click()
    expect(page.locator(".lk-cell > img")).to_have_count(4, timeout=LONG * 1000)
