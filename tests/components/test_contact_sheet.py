"""The wall: its value is cleaned, questions and marks are checked, cells go out whole."""

import pytest

from components.contact_sheet import (
    EMPTY,
    Cell,
    ContactSheet,
    Sheet,
    _looking,
    _marking,
    _packing,
    _remaking,
    _settling,
    settle,
)
from pipelines.errors import BadInput

SHEET = Sheet("w1", "Wall", "Pip", cells=(Cell("a:0", "a", "0", "done", "x.png", likeness=0.8),), done=1, total=1)


@pytest.mark.parametrize("payload", [None, 3, [], {"wall": 3, "chosen": ["x"]}, {"wall": "../../etc", "blind": "yes"}])
def test_a_malformed_value_is_emptied(payload):
    assert settle(payload) == EMPTY


def test_value_in_value_out():
    deeds = [lambda *mark: None, lambda value: ("", ""), lambda *cell: {}, lambda *cell: False]
    sheet = ContactSheet(lambda value: ("", None), *deeds, render=False)
    value = {"wall": "w1", "subject": "s", "blind": True, "chosen": "a:0-7", "against": "b:0-7"}
    assert sheet.preprocess(sheet.postprocess(value)) == value
    assert sheet.preprocess(value | {"evil": 1}) == value
    for event in ("select", "refresh", "blind"):
        assert callable(getattr(sheet, event))


def test_a_wall_is_answered_once():
    look = _looking(lambda value: ("1", SHEET))
    assert look({"rev": "", "value": EMPTY}, None)["sheet"]["cells"][0]["likeness"] == 0.8
    assert look({"rev": "1", "value": EMPTY}, None) == {"ok": True, "rev": "1", "same": True}


def test_a_wall_is_packed_or_it_is_said_why_not():
    packed = _packing(lambda value: (f"file={value['wall']}.zip", "wall.zip"))
    assert packed({"value": {"wall": "w1"}}, None) == {"ok": True, "address": "file=w1.zip", "name": "wall.zip"}

    def nothing(value):
        raise BadInput("There is nothing to export yet.", "Wait.")

    assert _packing(nothing)({"value": None}, None)["error"] == "There is nothing to export yet."


def test_a_single_picture_is_handed_over_and_made_again():
    asked = []
    settings = _settling(lambda value, key: {"scene": {"prompt": f"{value['wall']} {key}"}, "base": "starter"})
    remake = _remaking(lambda value, key: asked.append((value["wall"], key)) is None)
    question = {"value": {"wall": "w1"}, "key": "svdiff--scale-7.5:0-3"}
    assert settings(question, None) == {"ok": True, "scene": {"prompt": "w1 svdiff--scale-7.5:0-3"}, "base": "starter"}
    assert remake(question, None) == {"ok": True, "back": True} and asked == [("w1", "svdiff--scale-7.5:0-3")]
    for bad in (None, {}, {"key": ""}, {"key": 3}, {"key": "a b"}, {"value": {"wall": "w1"}, "key": "x" * 121}):
        assert settings(bad, None)["ok"] is remake(bad, None)["ok"] is False
    assert len(asked) == 1


def test_no_wall_is_an_answer_too():
    assert _looking(lambda value: ("none", None))({"rev": "", "value": {}}, None) == {
        "ok": True,
        "rev": "none",
        "sheet": None,
    }


@pytest.mark.parametrize("payload", [None, {}, {"rev": 3}, [], {"rev": "x" * 5000}])
def test_a_malformed_question_is_refused(payload):
    assert _looking(lambda value: pytest.fail("it reached the app"))(payload, None)["ok"] is False


def test_a_mark_reaches_the_app_and_a_malformed_one_does_not():
    kept = []
    mark = _marking(lambda *one: kept.append(one))
    assert mark({"wall": "w1", "what": "star", "key": "a:0", "on": True}, None) == {"ok": True}
    assert kept == [("w1", "star", "a:0", True)]
    for bad in (
        None,
        {},
        {"wall": "w1", "what": "burn", "key": "a", "on": True},
        {"wall": "", "what": "star", "key": "a", "on": True},
        {"wall": "../w", "what": "hide", "key": "a", "on": True},
        {"wall": "w", "what": "hide", "key": "a", "on": 1},
    ):
        assert mark(bad, None)["ok"] is False
    assert len(kept) == 1
