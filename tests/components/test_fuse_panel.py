"""The fuse panel as Gradio sees it: names and numbers in, the rest left out."""

import pytest

from components.fuse_panel import FusePanel


@pytest.mark.parametrize("payload, value", [
    ({"way": "sum", "weights": {"a1": 0.5, "b2": 1}}, {"way": "sum", "weights": {"a1": 0.5, "b2": 1.0}}),
    ({"way": "../x", "weights": {"a b": 1, "c": "2", "d": True}}, {"way": "", "weights": {}}),
    ({"way": 3, "weights": [1]}, {"way": "", "weights": {}}),
    (None, {"way": "", "weights": {}}),
])  # fmt: skip
def test_what_comes_from_the_page_is_names_and_numbers(payload, value):
    assert FusePanel(render=False).preprocess(payload) == value


def test_the_template_never_changes():
    panel = FusePanel(render=False)
    assert "${" not in panel.html_template and "{{" not in panel.html_template and callable(panel.fuse)
