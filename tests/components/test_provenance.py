"""The panel shows one thing by its id and passes on only deeds it knows."""

import pytest

from components.provenance import Link, Provenance, Sheet
from pipelines.errors import BadInput


@pytest.fixture
def panel():
    def about(name):
        if name == "gone":
            raise BadInput("This is not in the library.", "It may have been deleted.")
        return Sheet(name, "picture", "a robot", lineage=(Link("star", "This picture"),))

    orders = []
    made = Provenance(about, lambda *order: orders.append(order) or {"ok": True}, render=False)
    made.orders = orders
    return made


def test_a_sheet_goes_out_whole(panel):
    sheet = panel.thing_about({"id": "a1"}, None)["sheet"]
    assert sheet["title"] == "a robot" and sheet["lineage"][0]["title"] == "This picture"


def test_what_is_gone_is_said_in_words(panel):
    answer = panel.thing_about({"id": "gone"}, None)
    assert answer == {"ok": False, "error": "This is not in the library.", "advice": "It may have been deleted."}


@pytest.mark.parametrize("payload", [None, {}, {"id": "../a"}, {"id": 3}, {"id": ""}])
def test_only_ids_are_looked_up(panel, payload):
    assert panel.thing_about(payload, None)["ok"] is False


@pytest.mark.parametrize(
    "payload",
    [None, {"do": "burn", "id": "a"}, {"do": "bin", "id": "a/b"}, {"do": "rename", "id": "a", "words": "x" * 201}],
)
def test_unknown_deeds_are_refused(panel, payload):
    assert panel.thing_do(payload, None)["ok"] is False and panel.orders == []


def test_a_known_deed_reaches_the_app(panel):
    assert panel.thing_do({"do": "rename", "id": "a1", "words": "Robot"}, None) == {"ok": True}
    assert panel.orders == [("rename", "a1", "Robot")]
