"""The region canvas as Gradio sees it: a layout in, the same layout out, a hostile one refused in words."""

import gradio as gr
import pytest

from components import layout
from components.region_canvas import RegionCanvas, _pointing, _saving, open_layout
from pipelines.errors import BadInput, MissingWeights

ONE = {"id": "a", "number": 1, "box": [0.1, 0.1, 0.5, 0.5], "prompt": "a duck"}


@pytest.fixture
def canvas():
    return RegionCanvas(render=False)


def test_value_in_value_out(canvas):
    value = layout.check(layout.blank() | {"regions": [ONE]})
    assert canvas.preprocess(canvas.postprocess(value)) == value
    assert canvas.postprocess(None) == layout.blank()


def test_a_hostile_value_is_an_error_in_words(canvas):
    with pytest.raises(gr.Error, match="outside the picture"):
        canvas.preprocess(layout.blank() | {"regions": [ONE | {"box": [0.9, 0.9, 0.5, 0.5]}]})


def test_the_template_never_changes(canvas):
    assert "${" not in canvas.html_template and "{{" not in canvas.html_template


def test_the_script_can_be_heard(canvas):
    assert callable(canvas.input)


def test_files_are_answered_not_raised():
    save_layout = _saving(lambda: ("two friends", "fog"))
    saved = save_layout({"layout": layout.blank() | {"regions": [ONE]}, "kind": "likeness"}, None)
    assert saved["name"] == "layout.json" and saved["lost"] == []
    opened = open_layout({"text": saved["text"]}, None)
    assert opened["value"]["regions"][0]["prompt"] == "a duck" and opened["words"] is None and opened["notes"] == []
    for answer in (
        save_layout(3, None),
        save_layout({"layout": 3, "kind": "likeness"}, None),
        save_layout({"layout": layout.blank(), "kind": "gone"}, None),
        open_layout({"text": "no"}, None),
        open_layout({"text": 3}, None),
        open_layout(None, None),
        open_layout([], None),
    ):
        assert answer["ok"] is False and answer["error"] and answer["advice"]


def test_other_notations_take_the_pictures_words_along():
    soft = layout.blank() | {"regions": [ONE | {"feather": 0.1}]}
    saved = _saving(lambda: ("two friends", "fog"))({"layout": soft, "kind": "swarm"}, None)
    assert saved["name"].endswith(".txt") and saved["lost"] == ["soft edges"]
    opened = open_layout({"text": saved["text"]}, None)
    assert opened["words"] == {"prompt": "two friends", "negative": "fog"}
    assert opened["value"]["regions"][0]["box"] == ONE["box"]


def test_pointing_asks_with_shares_and_refuses_the_rest():
    point = _pointing(lambda key, x, y: ([x, y, 0.1, 0.1], None))
    assert point({"key": "a", "x": 0.5, "y": 0.25}, None) == {"ok": True, "box": [0.5, 0.25, 0.1, 0.1], "mask": None}
    for payload in ({"key": "a", "x": 2, "y": 0}, {"key": "a", "x": "0", "y": 0}, {"x": 0, "y": 0}, {}, {"y": 1}):
        assert point(payload, None)["ok"] is False


def test_a_tool_that_is_not_there_says_so():
    def missing(key, x, y):
        raise MissingWeights("The file of SAM is gone.", "Fetch it again.")

    told = _pointing(missing)({"key": "a", "x": 0.1, "y": 0.1}, None)
    assert told == {"ok": False, "error": "The file of SAM is gone.", "advice": "Fetch it again."}


def test_pointing_at_nothing_says_so():
    def nothing(key, x, y):
        raise BadInput("Nothing there.", "Click the thing itself.")

    assert _pointing(nothing)({"key": "a", "x": 0.1, "y": 0.1}, None) == {
        "ok": False,
        "error": "Nothing there.",
        "advice": "Click the thing itself.",
    }
