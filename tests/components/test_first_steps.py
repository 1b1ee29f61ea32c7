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
