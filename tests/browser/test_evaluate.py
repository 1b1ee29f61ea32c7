"""The Evaluate page in Chromium: ToyBench runs for real, the table fills, survives a reload, and is given away."""

import io
import json
import zipfile

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def evaluate(studio, visit):
    """`evaluate(width, theme)` opens the page."""

    def open_page(width: int = 1440, theme: str = "light") -> Page:
        page = visit(f"{studio.url}/#evaluate", width, theme, inside=True)
        page.locator(".lk-leaders .lk-tools > *").first.wait_for()
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        return page

    return open_page


def test_an_empty_page_teaches_and_refuses_in_words(evaluate, picture):
    page = evaluate()
    expect(page.locator(".lk-leaders .lk-empty")).to_contain_text("Which method, honestly")
    rail = page.locator("#lk-evaluate-rail")
    expect(rail.locator(".lk-makenote")).to_contain_text("2 pictures")
    rail.get_by_label("SVDiff").check()
    expect(rail.locator(".lk-makenote")).to_contain_text("4 pictures")
    picture(page, "evaluate-empty")
    rail.get_by_label("Single", exact=False).uncheck()
    expect(rail.locator(".lk-makenote")).to_have_count(0)
    rail.get_by_role("button", name="Run it").click()
    expect(page.locator(".lk-toast")).to_contain_text("No track is ticked.")


def test_a_run_fills_the_table_and_is_given_away(evaluate, picture, studio):
    page = evaluate()
    rail = page.locator("#lk-evaluate-rail")
    expect(rail.locator(".lk-makenote")).to_contain_text("2 pictures")
    rail.get_by_role("button", name="Run it").click()
    expect(page.locator(".lk-leaders .lk-tools")).to_contain_text("the untuned base")
    expect(page.locator(".lk-leaders .lk-tag.ok")).to_contain_text("6")
    table = page.locator(".lk-leadtable")
    expect(table.locator("tbody tr")).to_have_count(3)
    renders = table.locator("tbody tr", has_text="Perfect pictures")
    expect(renders.locator("td").first.locator(".fig")).to_have_text("1.00")
    page.reload()
    expect(page.locator(".lk-leadtable tbody tr")).to_have_count(3)
    page.locator(".lk-leadtable thead").get_by_role("button", name="Likeness (DINO-I)", exact=True).click()
    expect(page.locator('.lk-leadtable th[aria-sort="descending"]')).to_contain_text("Likeness")
    picture(page, "evaluate-done")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Report").click()
    with open(waited.value.path(), "rb") as file, zipfile.ZipFile(io.BytesIO(file.read())) as pack:
        names = {name.split("/", 1)[1] for name in pack.namelist()}
        kept = json.loads(pack.read(next(name for name in pack.namelist() if name.endswith("hashes.json"))))["sha256"]
    assert {"index.html", "result.json", "table.csv", "scores.csv"} <= names and set(kept) <= names


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1024, 390])
def test_it_fits(evaluate, picture, width, theme):
    page = evaluate(width, theme)
    expect(page.locator(".lk-leadtable tbody tr")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, f"evaluate-{width}-{theme}")
