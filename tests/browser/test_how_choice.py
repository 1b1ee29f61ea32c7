"""On Compose: how regions meet is chosen, told in a sentence, tuned, and remembered."""

import time

from playwright.sync_api import expect

from tests.patience import until


def test_a_way_is_chosen_and_remembered(studio, visit, picture):
    page = visit(studio.url, inside=True)
    page.get_by_role("tab", name="Compose").click()
    meet = page.locator("#lk-how-regions")
    meet.get_by_text("How regions meet").click()
    way, says = meet.get_by_label("Way"), meet.locator(".lk-says")
    expect(says).to_contain_text("its own words and its own subject")
    way.select_option(label="Layout-Control, backward")
    expect(says).to_contain_text("pushed until")
    push = meet.get_by_label("Push", exact=True).first
    push.fill("44")
    help_of = page.locator(f"#{push.get_attribute('aria-describedby')}")
    expect(help_of).not_to_have_css("width", "1px")  # it is read out, and shown while the field has the focus
    assert help_of.inner_text()
    push.press("Enter")
    expect(help_of).to_have_css("width", "1px")
    meet.locator("label.tells", has_text="Push").first.click(position={"x": 4, "y": 6})
    expect(help_of).not_to_have_css("width", "1px")
    expect(meet.get_by_text("default: 30")).to_be_visible()
    picture(page, "chosen")
    until(lambda: studio.library.draft("compose", {}).get("knobs") == {"rate": 44})
    assert studio.library.draft("compose")["how"] == "layout_backward"
    page.reload()
    page.get_by_role("tab", name="Compose").click()
    meet.get_by_text("How regions meet").click()
    expect(way).to_have_value("layout_backward")
    way.select_option("region_blend")
    expect(meet.get_by_text("3 times as long")).to_be_visible()
    expect(meet.get_by_role("img", name="with one region 2×, with 8 regions 9×")).to_be_visible()


def test_what_is_chosen_while_the_page_still_fills_itself_stays(studio, visit):
    page = visit(studio.url, inside=True)
    page.get_by_role("tab", name="Library").click()
    page.route("**/run/predict*", lambda route: (time.sleep(1.5), route.continue_()))
    page.get_by_role("tab", name="Compose").click()
    words = page.get_by_label("Whole picture")
    words.fill("a duck on grass")
    page.wait_for_timeout(4000)  # longer than the answer that fills the page
    expect(words).to_have_value("a duck on grass")
    page.unroute_all(behavior="ignoreErrors")
