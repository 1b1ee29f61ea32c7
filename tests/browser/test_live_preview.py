"""The live preview alone: what runs is stopped by its button and by Esc, and its last frame stays in sight."""

from dataclasses import replace

import gradio as gr
import pytest
from playwright.sync_api import expect

from components.alone import alone
from components.live_preview import LivePreview, Take
from tests.patience import until
from tests.studio import free_port

FRAME = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="


class Runner:
    """A queue of two takes, one at its third step; what is stopped stands as it is."""

    def __init__(self):
        self.asked: list[str] = []
        self.begin("first")

    def begin(self, name: str) -> None:
        waiting = Take(f"{name}-next", 8, "waiting", "two balls", total=9)
        self.takes = [waiting, Take(name, 7, "running", "two balls", 3, 9, FRAME, 3)]

    def look(self, frames: dict[str, int]) -> tuple[str, list[Take]]:
        return ",".join(f"{one.job}{one.state}" for one in self.takes), self.takes

    def stop(self, event: gr.EventData) -> None:
        self.asked.append(event._data["job"])
        self.takes = [replace(one, state="stopped") for one in self.takes]


@pytest.fixture
def runner():
    return Runner()


@pytest.fixture
def page(runner, visit):
    def build() -> None:
        with gr.Column():
            gr.Textbox(label="Words")
            live = LivePreview(runner.look, slot="takes", elem_id="lk-live")
            gr.HTML('<div id="takes"></div>', apply_default_css=False)
        live.stop(runner.stop, None, None, queue=False)

    blocks = alone(build, free_port(), wait=False)
    page = visit(blocks.local_url)
    yield page
    page.close()
    blocks.close()


def test_the_button_and_esc_stop_what_runs_and_keep_its_frame(runner, page, picture):
    live, stop = page.locator("#lk-live"), page.get_by_role("button", name="Stop, keep this frame")
    expect(live).to_contain_text("step 3 of 9")
    stop.click()
    expect(live).to_contain_text("stopped at 3")
    assert runner.asked == ["first"]
    expect(live.locator(".lk-picture img")).to_have_attribute("src", FRAME)
    expect(live.locator(".lk-picture img")).to_be_visible()
    expect(stop).to_have_count(0)
    expect(page.get_by_role("button", name="Take with seed 8, stopped")).to_be_visible()
    picture(page, "stopped")
    page.keyboard.press("Escape")
    runner.begin("second")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(live).to_contain_text("step 3 of 9")
    page.get_by_label("Words").press("Escape")
    expect(live).to_contain_text("step 3 of 9")
    page.get_by_label("Words").blur()
    page.keyboard.press("Escape")
    expect(live).to_contain_text("stopped at 3")
    until(lambda: len(runner.asked) > 1)
    assert runner.asked == ["first", "second"], "once what ran, not before it ran, and not from a field"
