"""What was found in regions, in words: each failing has its sentence, and a button where one helps."""

import pytest

from app import findings
from components import layout

NAMES = {"p": "Pip", "d": "Dot"}


def told(first=None, second=None, boxes=([0.1, 0.1, 0.4, 0.8], [0.45, 0.1, 0.4, 0.8]), **facts):
    regions = [{"id": f"r{k}", "number": k + 3, "box": box, "prompt": "x"} | facts for k, box in enumerate(boxes)]
    drawn = layout.check(layout.blank() | {"regions": regions})
    rows = []
    for k, (who, given) in enumerate((("p", first), ("d", second)), 1):
        usual = {"room": 0.32, "inside": 0.7, "own": 0.8, "subject": who, "others": {"d" if who == "p" else "p": 0.05}}
        rows.append({"number": k, **usual, **(given or {})})
    return findings.told(rows, drawn, ["r0", "r1"], NAMES.get)


def test_a_subject_in_its_place_is_said_to_be():
    found = told()
    assert found["r0"]["tone"] == "ok" and found["r0"]["says"] == "Pip is in its place."
    assert found["r0"]["unread"] == [], "pictures of before do not tell"
    assert told(first={"unread": ["Too many."]})["r0"]["unread"] == ["Too many."]
    assert (found["r0"]["own"], found["r0"]["by"], found["r0"]["bleed"]) == (0.8, "Dot", 0.05)


def test_bleeding_names_both_and_offers_to_pull_apart_what_overlaps():
    one = told(second={"others": {"p": 0.31}})["r1"]
    assert one["says"] == "Some of Pip shows in Dot’s box." and one["tone"] == "warn"
    assert "share 4 % of the picture" in one["advice"] and one["deed"] == "apart"
    apart = told(second={"others": {"p": 0.31}}, boxes=([0.0, 0.1, 0.4, 0.8], [0.5, 0.1, 0.4, 0.8]))["r1"]
    assert "farther apart" in apart["advice"] and not apart["deed"]
    assert told(second={"others": {"p": 0.29}})["r1"]["tone"] == "ok"


def test_two_files_that_bleed_may_become_one():
    far = ([0.0, 0.1, 0.4, 0.8], [0.5, 0.1, 0.4, 0.8])
    regions = [{"id": f"r{k}", "number": k, "box": box, "prompt": "x", "subject": key}
               for k, (box, key) in enumerate(zip(far, ("a", "b"), strict=True), 1)]  # fmt: skip
    drawn = layout.check(layout.blank() | {"regions": regions})
    usual = {"room": 0.3, "inside": 0.7, "own": 0.8}
    rows = [
        {"number": 1, "subject": "p", "others": {}} | usual,
        {"number": 2, "subject": "d", "others": {"p": 0.5}} | usual,
    ]
    assert findings.told(rows, drawn, ["r1", "r2"], NAMES.get)["r2"]["deed"] == "fuse"
    drawn["regions"][1]["subject"] = "a.d"
    assert not findings.told(rows, drawn, ["r1", "r2"], NAMES.get)["r2"]["deed"], "they speak from one file"


@pytest.mark.parametrize("given, more, words, deed", [
    ({}, {"strength": 0.5}, "strength is 0.50", "stronger"),
    ({"room": 0.05}, {}, "5 % of the picture", "larger"),
    ({"inside": 0.35}, {}, "elsewhere", ""),
    ({}, {}, "another seed", ""),
])  # fmt: skip
def test_a_subject_that_is_missing_gets_the_nearest_remedy(given, more, words, deed):
    one = told(first={"own": 0.1, **given}, **more)["r0"]
    assert one["says"] == "Pip is hardly to be seen here." and words in one["advice"] and one["deed"] == deed


def test_words_without_a_subject_are_judged_by_their_attention():
    plain = {"own": None, "subject": "", "others": {}}
    calm, lost = told(first=plain)["r0"], told(first=plain | {"inside": 0.33})["r0"]
    assert calm["tone"] == "" and not calm["says"] and lost["tone"] == "warn"
    unwatched = told(first=plain | {"inside": None})["r0"]
    assert unwatched["tone"] == "" and unwatched["inside"] is None


@pytest.mark.parametrize("facts", [None, "x", [], [{"number": 9, "subject": ""}]])
def test_a_picture_that_tells_nothing_tells_nothing(facts):
    drawn = layout.check(layout.blank() | {"regions": [{"id": "a", "number": 1, "box": [0, 0, 1, 1]}]})
    assert findings.told(facts, drawn, ["a"], NAMES.get) == {}


def test_a_region_that_was_left_out_says_so_by_its_own_number():
    drawn = layout.check(layout.blank() | {"regions": [{"id": "r0", "number": 3, "box": [0, 0, 1, 1], "prompt": "x"}]})
    lost = {"number": 1, "why": "Region 1 was left out. There is no file pip.", "advice": "Choose another."}
    one = findings.told([lost], drawn, ["r0"], NAMES.get)["r0"]
    assert (one["says"], one["tone"]) == ("Region 3 was left out. There is no file pip.", "warn") and one["own"] is None
