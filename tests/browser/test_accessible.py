"""What axe-core finds on every page, in both themes: nothing serious."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from app.studio import ORDER
from app.subjects import Subjects
from tests.studio import Studio

GRAVE = ("serious", "critical")
CONTRAST = {"runOnly": ["color-contrast"]}


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio with a subject, so that pages have something to show."""
    with Studio(tmp_path_factory.mktemp("studio"), door="tests.browser.painted") as studio:
        Subjects(studio.library, studio.jobs).take_sample("Pip")
        yield studio


def found(page: Page, options: dict | None = None) -> list[str]:
    """What is amiss, in words; what axe itself could not decide does not count."""
    told = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node['failureSummary']}"
        for one in told if one["impact"] in GRAVE for node in one["nodes"]
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", *ORDER])
def test_nothing_serious_stands_in_the_way(studio, visit, name):
    page = visit(f"{studio.url}/#{name.lower()}", inside=bool(name))
    page.locator(f'[role="tab"][aria-selected="true"]:has-text("{name or ORDER[0]}")').first.wait_for()
    page.wait_for_function("document.querySelector('.lk-top .lk-model')")
    page.wait_for_timeout(1500)  # until lists that are asked for have come
    assert found(page) == []
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function("!document.getAnimations().some(one => one instanceof CSSTransition)")
    assert found(page, CONTRAST) == []
