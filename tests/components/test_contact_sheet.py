"""The wall: its value is cleaned, questions and marks are checked, cells go out whole."""

import pytest

from components.contact_sheet import (
    EMPTY,
    MOST_CELLS,
    ContactSheet,
    _looking,
    _marking,
    _packing,
    _remaking,
    _scoring,
    _scrolling,
    _settling,
    _window,
    settle,
)
from components.score_table import Score
from components.wall import Cell, Sheet, Table, Window
from pipelines.errors import BadInput

SHEET = Sheet("w1", "Wall", "Pip", done=1, total=1)


def cells(value, window):
    return (Cell("a:0", "a", "0", "done", "x.png", scores={"likeness": 0.8}),)


@pytest.mark.parametrize("payload", [None, 3, [], {"wall": 3, "chosen": ["x"]}, {"wall": "../../etc", "blind": "yes"}])
def test_a_malformed_value_is_emptied(payload):
    assert settle(payload) == EMPTY


def test_value_in_value_out():
    known = [cells, lambda *scores: None]
    deeds = [*known, lambda *mark: None, lambda value: ("", ""), lambda *cell: {}, lambda *cell: False]
    sheet = ContactSheet(lambda value: ("", None), *deeds, render=False)
    value = {"wall": "w1", "subject": "s", "blind": True, "chosen": "a:0-7", "against": "b:0-7"}
    assert sheet.preprocess(sheet.postprocess(value)) == value
    assert sheet.preprocess(value | {"evil": 1}) == value
    for event in ("select", "refresh", "blind"):
        assert callable(getattr(sheet, event))


def test_a_wall_is_answered_once():
    look = _looking(lambda value: ("1", SHEET), cells)
    assert look({"rev": "", "value": EMPTY}, None)["cells"][0]["scores"] == {"likeness": 0.8}
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
    told = _looking(lambda value: ("none", None), lambda value, window: ())({"rev": "", "value": {}}, None)
    assert told == {"ok": True, "rev": "none", "sheet": None, "cells": []}


def test_only_what_is_in_sight_goes_out():
    asked = []
    bring = _scrolling(lambda value, window: asked.append(window) or cells(value, window))
    given = {"rows": ["a", "b"], "first": 4, "last": 8, "column": "1-0"}
    assert bring({"value": EMPTY, "window": given}, None)["cells"][0]["key"] == "a:0"
    assert asked == [Window(("a", "b"), 4, 8, "1-0")]
    odd = {"rows": ["a", 3, "../x"], "first": -2, "last": 10**9, "column": 7}
    assert _window(odd) == Window(("a",), 0, MOST_CELLS, "")
    many = _window({"rows": [str(k) for k in range(5000)], "first": 0, "last": 10**9})
    assert len(many.rows) * many.last <= MOST_CELLS
    for nothing in (None, 3, [], {"rows": "a", "first": "x"}):
        assert _window(nothing) == Window()


def test_scores_are_told_against_a_row():
    told = _scoring(lambda value, against: Table(against, "prompt", 2, {"a": (Score("likeness", 0.5, 0.4, 0.6),)}))
    assert told({"value": EMPTY, "against": "base"}, None)["table"]["lines"]["a"][0]["low"] == 0.4
    assert told({"value": EMPTY, "against": ["x"]}, None)["table"]["against"] == ""
    assert _scoring(lambda value, against: None)({"value": EMPTY}, None)["table"] is None


@pytest.mark.parametrize("payload", [None, {}, {"rev": 3}, [], {"rev": "x" * 5000}])
def test_a_malformed_question_is_refused(payload):
    assert _looking(lambda value: pytest.fail("it reached the app"), cells)(payload, None)["ok"] is False


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
