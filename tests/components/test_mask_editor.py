"""What the page sends is checked before it reaches the desk; refusals come back as words, never as a crash."""

import errno
import json
import math
import os

import pytest

from components.mask_editor import MaskEditor, doors
from components.mask_sample import HEIGHT, WIDTH, SampleDesk
from components.subject_picker import doors as picker_doors
from pipelines.errors import BadInput


class Recorder(SampleDesk):
    """The sample desk, which also notes what reached it."""

    def __init__(self):
        super().__init__()
        self.reached = []

    def find(self, photo, points, box, refine):
        self.reached.append(("find", photo, points, box, refine))
        return super().find(photo, points, box, refine)

    def keep(self, photo, mask, feather, accepted, untouched):
        self.reached.append(("keep", photo, mask, feather, accepted, untouched))
        return super().keep(photo, mask, feather, accepted, untouched)

    def add(self, subject, files):
        self.reached.append(("add", subject, files))
        return super().add(subject, files)

    def change(self, subject, field, value):
        self.reached.append(("change", field, value))
        raise BadInput("“<dog>” already stands for Rex.", "Choose another trigger word.")


@pytest.fixture
def desk():
    return Recorder()


@pytest.fixture
def call(desk):
    functions = {f.__name__: f for f in doors(desk)}
    return lambda name, payload: functions[name](payload, None)


def test_a_click_goes_in_and_readings_come_out(call, desk):
    answer = call("find_mask", {"photo": "photo0", "points": [[170, 200, 1]], "box": None, "refine": False})
    assert answer["ok"] and json.dumps(answer)
    best = answer["readings"][0]
    assert sum(best["runs"]) == best["w"] * best["h"] == WIDTH * HEIGHT
    assert desk.reached == [("find", "photo0", ((170.0, 200.0, 1),), None, False)]


def test_a_mask_is_kept_and_comes_back(call):
    runs = [10, WIDTH * HEIGHT - 10]
    sent = {
        "photo": "photo1",
        "w": WIDTH,
        "h": HEIGHT,
        "runs": runs,
        "feather": 2,
        "accepted": True,
        "untouched": False,
    }
    before = call("open_subject", {"subject": "ball"})["photos"][1]["kept"]
    answer = call("keep_mask", sent)
    photo = call("open_subject", {"subject": "ball"})["photos"][1]
    assert photo["runs"] == runs and photo["accepted"]
    assert answer == {"ok": True, "kept": photo["kept"]} and photo["kept"] != before


def test_what_the_disk_refuses_is_said_and_no_path_with_it(call, desk):
    sent = {"photo": "photo0", "w": 1, "h": 1, "runs": [1], "feather": 0}
    for number, said in ((errno.ENOSPC, "The disk is full."), (errno.ENOENT, "No such file or directory")):

        def keep(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number), "/home/somebody/data/masks/a.png")

        desk.keep = keep
        answer = call("keep_mask", sent)
        assert not answer["ok"] and said in answer["error"] and answer["advice"]
        assert "somebody" not in json.dumps(answer)


def test_nothing_found_is_told_apart_from_a_refusal(call):
    nothing = call("find_mask", {"photo": "photo0", "points": [], "box": None, "refine": False})
    assert nothing == {
        "ok": False,
        "kind": "empty",
        "error": "Nothing was found there.",
        "advice": "Click on the ball.",
    }
    twin = call("set_subject", {"subject": "ball", "field": "trigger", "value": "<dog>"})
    assert not twin["ok"] and twin["kind"] == "refused" and twin["error"].startswith("“<dog>”")


HOSTILE = {
    "find_mask": [
        None, [], "photo0", {}, {"photo": "../../etc/passwd"}, {"photo": "photo0", "points": "all"},
        {"photo": "photo0", "points": [[1, 2]]}, {"photo": "photo0", "points": [[1, 2, 7]]},
        {"photo": "photo0", "points": [[math.nan, 2, 1]]}, {"photo": "photo0", "points": [["1", 2, 1]]},
        {"photo": "photo0", "points": [[1, 2, 1]] * 101}, {"photo": "photo0", "points": [], "box": [0, 0, 9]},
        {"photo": "photo0", "points": [], "box": [0, 0, math.inf, 9]},
        {"photo": "photo0", "points": [], "refine": "yes"},
        {"photo": ["photo0"], "points": []}, {"photo": "a" * 65, "points": []},
        {"photo": "photo0", "points": [[1e9, 2, 1]]},
    ],
    "find_things": [None, {}, {"photo": "../x"}, {"photo": 5}],
    "keep_mask": [
        {"photo": "photo0"}, {"photo": "photo0", "w": 10, "h": 10, "runs": [100], "feather": 99},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [99], "feather": 0},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [50, -1, 51], "feather": 0},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [100.0], "feather": 0},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [True] * 100, "feather": 0},
        {"photo": "photo0", "w": 100000, "h": 100000, "runs": [10**10], "feather": 0},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [0] * 200, "feather": 0},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [100], "feather": 0, "accepted": 1},
        {"photo": "photo0", "w": 10, "h": 10, "runs": [100], "feather": "0"},
    ],
    "set_caption": [{"photo": "photo0", "caption": "x" * 1001}, {"photo": "photo0", "caption": 5}, {"photo": "photo0"}],
    "set_subject": [{"subject": "ball", "field": "id", "value": "x"},
                    {"subject": "ball", "field": "name", "value": "x" * 81}],
    "mend": [{"subject": "ball", "photos": ["photo0"], "deed": "format"},
             {"subject": "ball", "photos": "photo0", "deed": "crop"},
             {"subject": "ball", "photos": ["../x"], "deed": "crop"}],
    "add_photos": [{"subject": "ball", "files": []}, {"subject": "ball", "files": ["/etc/passwd"]},
                   {"subject": "ball", "files": [{"path": "x"}]},
                   {"subject": "ball", "files": [{"path": "a\0b", "name": "n"}]},
                   {"subject": "ball", "files": [{"path": "x", "name": "y"}] * 301}],
    "pack_photos": [{"subject": "ball"}, {"subject": "ball", "dialect": "../x"}, {"subject": "", "dialect": "plain"}],
    "use_segmenter": [{"segmenter": "../sam"}, {"segmenter": None}, {}],
    "open_subject": [{"subject": "a b"}, {"subject": None}, {"subject": "x/y"}],
    "discard_photo": [{"photo": ""}],
    "restore_photo": [{"photo": "%2e%2e"}],
    "ready_photo": [{"photo": {}}],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_payloads_are_refused_before_they_reach_the_desk(call, desk, name):
    for payload in HOSTILE[name]:
        answer = call(name, payload)
        assert answer["ok"] is False and answer["error"] and answer["advice"], payload
    assert not desk.reached and not desk.gone


def test_every_server_function_is_tested_with_hostile_payloads(desk):
    assert {f.__name__ for f in doors(desk)} == set(HOSTILE)


def test_the_widget_s_own_template_holds_nothing_that_changes():
    """Gradio draws a template with ${...} anew and would throw away what the script made."""
    editor = MaskEditor(SampleDesk())
    assert "${" not in editor.html_template and "server.find_mask" in editor.js_on_load


def test_the_gallery_checks_too():
    class Shelf:
        reached = ()

        def __getattr__(self, name):
            return lambda *given: setattr(self, "reached", (*self.reached, name))

    shelf = Shelf()
    functions = {f.__name__: f for f in picker_doors(shelf)}
    asked = {"make_subject": {"files": "x"}, "take_sample": {"name": 4}, "put_away": {"subject": "../"}}
    for name, payload in {**asked, "take_back": {}, "put_photo_back": {"photo": 7}, "shelf_now": 7}.items():
        assert functions[name](payload, None)["ok"] is False
    assert not shelf.reached
