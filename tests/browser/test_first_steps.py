"""The first steps, walked in a browser: four clicks from nothing to a picture, with a sample and with own photos.
Masks, files and pictures are painted; uploads, library and queue are real."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from skimage import data

from tests.patience import until
from tests.studio import Studio


@pytest.fixture
def studio(tmp_path):
    with Studio(tmp_path / "studio", door="tests.browser.painted") as studio:
        yield studio


@pytest.fixture
def photos():
    """Two photos, one wide and one high, and what is none, as a file chooser takes them."""
    wide = data.chelsea()
    files = {"mug one.png": png(wide), "mug two.png": png(wide.transpose(1, 0, 2)), "mug three.png": b"nothing"}
    return [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files.items()]


def png(pixels: np.ndarray) -> bytes:
    paper = io.BytesIO()
    Image.fromarray(pixels).save(paper, "PNG")
    return paper.getvalue()


def step(page: Page, number: int):
    return page.locator(".lk-first .step").nth(number - 1)


def walk_on(page: Page) -> None:
    """From the second step to the picture."""
    step(page, 2).get_by_role("button", name="Looks right").click()
    step(page, 3).get_by_role("button", name="Teach it").click()
    expect(step(page, 3)).to_contain_text("knows")
    expect(step(page, 4).get_by_role("img", name="Your picture")).to_be_visible()
    expect(step(page, 4)).to_contain_text("is there. The picture is kept in the library")


def test_a_sample_comes_to_its_picture(studio, visit, picture):
    page = visit(studio.url)
    step(page, 1).get_by_role("button", name="Pip").click()
    expect(step(page, 2).locator("svg .ants")).to_have_count(1)
    walk_on(page)
    picture(page)
    (made,) = studio.library.things("picture")
    assert "Pip" in [one.name for one in studio.library.subjects()] and made.task.scene.prompt.endswith("on a beach")
    page.get_by_role("button", name="Skip to the studio").click()
    page.reload()
    page.get_by_role("tab", name="Library").wait_for()
    expect(page.locator(".lk-first")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_own_photos_come_to_their_picture(studio, visit, picture, photos, width):
    page = visit(studio.url, width, "dark" if width == 390 else "light")
    with page.expect_file_chooser() as chooser:
        step(page, 1).get_by_role("button", name="Or use your own photos").click()
    chooser.value.set_files(photos)
    expect(page.locator(".lk-toast")).to_contain_text("mug three.png")
    expect(step(page, 1)).to_contain_text("2 photos of your own. Two or three other angles would help.")
    expect(step(page, 2).locator("svg .ants")).to_have_count(1)
    page.reload()
    with page.expect_file_chooser() as chooser:
        step(page, 1).get_by_role("button", name="More photos").click()
    chooser.value.set_files(photos[:1] * 2 + [{**photos[1], "name": "mug four.png", "buffer": png(data.coffee())}])
    expect(step(page, 1)).to_contain_text("3 photos of your own.")
    expect(step(page, 2)).to_contain_text("Found on every photo.")
    noun = step(page, 2).get_by_label("What is it?")
    expect(noun).to_have_value("")
    noun.fill("coffee mug")
    noun.press("Enter")
    expect(step(page, 3)).to_contain_text("a real coffee mug comes out as a toy")
    picture(page, "found")
    photo, edge = (step(page, 2).locator(part).bounding_box() for part in (".pic", ".ants"))
    inside = [(edge[x] + edge[w] - photo[x]) / photo[w] for x, w in (("x", "width"), ("y", "height"))]
    cut = (1 / 3 * 451 - (451 - 300) / 2) / 300  # the photo is wide: its sides are cut
    assert inside == pytest.approx([cut, 1 / 3], abs=0.02), "the outline lies on the photo"
    walk_on(page)
    expect(step(page, 3)).to_contain_text("It knows your coffee mug now.")
    picture(page, "done")
    (subject,) = studio.library.subjects()
    assert subject.noun == "coffee mug" and len(subject.photos) == 3
    assert f"{subject.trigger} coffee mug" in studio.library.things("picture")[0].task.scene.prompt
    step(page, 1).get_by_role("button", name="Start over").click()
    expect(step(page, 1).get_by_role("button", name="Pip")).to_be_enabled()
    until(lambda: not [job for job in studio.jobs.list(("queued", "running"))])
