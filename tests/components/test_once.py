"""What a page asks for once is done once, though it has to ask again because the answer was lost."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.once import KEPT
from components.payload import served


def counted():
    done = []

    def take(asked: dict) -> dict:
        assert "once" not in asked
        done.append(asked["what"])
        return {"number": len(done)}

    return done, served(take)


def test_a_question_of_the_same_name_is_answered_as_it_was():
    done, take = counted()
    first = take({"what": "a", "once": "name-1"}, None)
    assert take({"what": "a", "once": "name-1"}, None) == first == {"ok": True, "number": 1} and done == ["a"]
    assert take({"what": "b", "once": "name-2"}, None)["number"] == 2
    assert [take({"what": "c"}, None)["number"] for _ in range(2)] == [3, 4], "without a name each counts"
    assert [take({"what": "d", "once": name}, None)["number"] for name in (5, "x" * 65, ["l"])] == [5, 6, 7]
    for number in range(KEPT):
        take({"what": "e", "once": f"later-{number}"}, None)
    assert take({"what": "a", "once": "name-1"}, None)["number"] == 8 + KEPT, "after a while it is forgotten"


def test_a_second_question_waits_for_the_first():
    begun, go_on, done = threading.Event(), threading.Event(), []

    def slow(asked: dict) -> dict:
        begun.set()
        assert go_on.wait(30)
        done.append(time.monotonic())
        return {"at": done[-1]}

    take = served(slow)
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(take, {"once": "same"}, None)
        assert begun.wait(30)
        two = pool.submit(take, {"once": "same"}, None)
        go_on.set()
        assert one.result() == two.result() and len(done) == 1


def test_what_came_to_nothing_is_tried_again():
    tries = []

    def odd(asked: dict) -> None:
        tries.append(asked)
        if len(tries) == 1:
            raise RuntimeError("a defect")

    take = served(odd)
    with pytest.raises(RuntimeError):
        take({"once": "same"}, None)
    assert take({"once": "same"}, None) == {"ok": True} and len(tries) == 2
