"""A widget has the events that its script names, as `gr.HTML` has, and its script is read once."""

import gradio as gr
import pytest

from components.widget import Widget, quoted

SCRIPT = """trigger("press"); go('lift', `turn`); say("don't", "a b"); both('x'y'z'); plain"""


@pytest.mark.parametrize("name", ["press", "lift", "turn", "x", "y", "z", "plain", "a", "don", "pres", "nothing"])
def test_events_are_those_of_the_script(name):
    assert hasattr(Widget(js_on_load=SCRIPT), name) == hasattr(gr.HTML(js_on_load=SCRIPT), name)


def test_what_is_missing_is_named():
    with pytest.raises(AttributeError, match="Widget has no nothing"):
        Widget(js_on_load=SCRIPT).nothing  # noqa: B018
    assert not hasattr(Widget(), "press")


def test_a_script_is_read_once_however_often_a_page_comes():
    script = SCRIPT + "once"
    before = quoted.cache_info().misses
    widgets = [Widget(js_on_load=script) for _ in range(3)]
    for _ in range(5):
        assert [widget.get_config()["name"] for widget in widgets] == ["widget"] * 3
    assert quoted.cache_info().misses == before + 1
