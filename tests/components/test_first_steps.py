"""The steps answer only what they know, and pass on only short names."""

import pytest

from components.first_steps import FirstSteps, Someone, Somewhere
from pipelines.errors import BadInput


class Path:
    def __init__(self):
        self.asked = []

    def offer(self):
        return [Someone("Pip", "Pip", "a toy robot", ("data:,",), 4)], [Somewhere("beach", "beach", "data:,")]

    def forecast(self):
        return {"seconds": 64.0, "guess": True}

    def take(self, files, subject=""):
        self.asked.append((files, subject))
        return {"someone": {}, "refused": []}

    def call(self, subject, noun):
        return Someone(subject, "Rex", noun, (), 1)

    def make(self, subject, place):
        self.asked.append((subject, place))
        return "job1"

    def teach(self, subject):
        raise BadInput("There is no recipe.", "Fetch the studio again.")


@pytest.fixture
def steps():
    made = FirstSteps(Path(), render=False)
    return made


def test_people_and_places_are_offered(steps):
    offer = steps.first_offer({}, None)
    assert offer["people"][0]["count"] == 4 and offer["places"][0]["key"] == "beach"
    assert offer["forecast"] == {"seconds": 64.0, "guess": True}


def test_a_step_is_taken_and_its_answer_comes_back(steps):
    assert steps.first_do({"do": "make", "with": ["pip", "beach"]}, None) == {"ok": True, "answer": "job1"}


def test_what_goes_wrong_is_said_in_words(steps):
    answer = steps.first_do({"do": "teach", "with": ["pip"]}, None)
    assert answer == {"ok": False, "error": "There is no recipe.", "advice": "Fetch the studio again."}


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"do": "offer", "with": []}, {"do": "__init__", "with": ["x"]}, {"do": "make", "with": ["pip"]},
     {"do": "make", "with": ["pip", "../x"]}, {"do": "teach", "with": [3]}, {"do": "teach", "with": "pip"}],
)  # fmt: skip
def test_anything_else_is_refused(steps, payload):
    assert steps.first_do(payload, None)["ok"] is False


def test_own_photos_come_to_a_new_subject_or_to_one_and_get_a_word(steps):
    photo = {"path": "/uploads/a.png", "name": "a.png"}
    assert steps.first_take({"files": [photo]}, None) == {"ok": True, "someone": {}, "refused": []}
    assert steps.first_take({"files": [photo], "subject": "rex"}, None)["ok"]
    assert steps.first_call({"subject": "rex", "noun": "dog"}, None)["someone"]["words"] == "dog"
    for payload in (None, {}, {"files": []}, {"files": [photo], "subject": "../x"}, {"files": ["a"]}):
        assert steps.first_take(payload, None)["ok"] is False
    for payload in ({}, {"subject": "rex"}, {"subject": "rex", "noun": "x" * 41}, {"subject": "/", "noun": "dog"}):
        assert steps.first_call(payload, None)["ok"] is False
