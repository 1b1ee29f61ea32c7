"""What axe-core finds in the studio in use, on every page, wide and on a phone, in both themes: nothing serious."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app import comparing
from app.comparing import Draft
from app.jobs import ENDED
from app.studies import Studies
from app.studio import ORDER
from app.subjects import Subjects
from app.walls import Walls
from pipelines.spec import Scene
from pipelines.tasks import Sample
from tests.patience import until
from tests.studio import Studio

GRAVE = ("serious", "critical")
VIOLATIONS = {"resultTypes": ["violations"]}  # of what is in order one example is enough
CONTRAST = VIOLATIONS | {"runOnly": ["color-contrast"]}
STILL = """() => !document.getAnimations().some(
    one => one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity)"""
WORDS = "a photo of {} on a beach\na photo of {} in the snow"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio in use: a subject, a wall others vote on, pictures, one that failed, one that waits."""
    with Studio(tmp_path_factory.mktemp("studio"), door="tests.browser.painted") as studio:
        library, jobs = studio.library, studio.jobs
        Subjects(library, jobs).take_sample("Pip")
        draft = Draft((library.subjects()[0].id,), ("dreambooth_lora", "textual_inversion"), True, WORDS)
        task = comparing.plan(draft, library, "starter")
        wall = jobs.submit(task, "Wall 1: Pip, 3 methods")
        Walls(library).add(task, wall)
        made = [Sample(Scene(f"{words}", steps=4), library.new_path("picture")) for words in ("a duck", "refuse")]
        line = [wall, *(jobs.submit(one, one.scene.prompt) for one in made)]
        until(lambda: all(jobs.get(one).state in ENDED for one in line))
        jobs.pause(jobs.submit(Sample(Scene("later"), library.new_path("picture")), "A picture for later"))
        yield studio


def found(page: Page, options: dict) -> list[str]:
    """What is amiss, in words; what axe itself could not decide does not count."""
    told = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in told if one["impact"] in GRAVE for node in one["nodes"]
    ]  # fmt: skip


def amiss(page: Page, state: str) -> list[str]:
    """Everything in the light; in the dark the contrasts, all that differs there."""
    page.wait_for_function(STILL)
    light = found(page, VIOLATIONS)
    page.evaluate("document.body.classList.add('dark'); document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(STILL)
    dark = found(page, CONTRAST)
    page.evaluate("document.body.classList.remove('dark'); document.documentElement.dataset.theme = 'light'")
    return [f"{state}, {theme}: {one}" for theme, each in (("light", light), ("dark", dark)) for one in each]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_serious_stands_in_the_way(studio, visit, width):
    page = visit(studio.url, width)
    page.get_by_role("button", name="Skip to the studio").wait_for()
    page.wait_for_timeout(500)
    wrong = amiss(page, "first steps")
    page.get_by_role("button", name="Skip to the studio").click()
    for name in ORDER:
        page.evaluate("name => { location.hash = name }", name.lower())
        page.locator(f'[role="tab"][aria-selected="true"]:has-text("{name}")').first.wait_for()
        page.wait_for_timeout(1500)  # until lists that are asked for have come
        wrong += amiss(page, name)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("width", [1440, 390])
def test_nor_in_front_of_the_pages(studio, visit, width):
    page = visit(f"{studio.url}/#compare", width, inside=True)
    cell = page.locator(".lk-wallboard .lk-cell").nth(1)
    cell.click()
    expect(cell).to_have_class("lk-cell sel")
    cell.click()
    page.locator("dialog.lk-viewer").get_by_role("button", name="All methods").click()
    wrong = amiss(page, "viewer")
    page.keyboard.press("Escape")
    page.locator("[data-event=more]").click()
    page.get_by_label("Subjects: Pip").wait_for()
    wrong += amiss(page, "a wall's set-up")
    page.evaluate("location.hash = 'library'")
    page.locator(".lk-board .lk-cell[data-at]").first.click(modifiers=["Control"])
    expect(page.locator(".lk-board [role=status]")).to_contain_text("chosen")
    wrong += amiss(page, "several chosen")
    page.evaluate("dispatchEvent(new Event('lk:queue'))")
    expect(page.locator(".lk-queue")).to_contain_text("A picture for later")
    wrong += amiss(page, "queue")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("dialog.lk-help").wait_for()
    wrong += amiss(page, "keys")
    assert not wrong, "\n\n".join(wrong)


def test_nor_where_others_vote(studio, visit):
    wall = Walls(studio.library).all()[0].key
    page = visit(f"{studio.url}/vote/{Studies(studio.library, studio.jobs).begin(wall, 'likeness').id}", 390)
    page.get_by_role("button", name="This one").first.wait_for()
    wrong = amiss(page, "vote")
    assert not wrong, "\n\n".join(wrong)
