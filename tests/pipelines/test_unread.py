"""Words that a text encoder does not read are told of: which, and whose. The tiny model reads 75 letters."""

from dataclasses import replace

import pytest

from pipelines import sample
from pipelines.spec import Region, Scene
from pipelines.unread import rest, unread

LEFT = Region((0.0, 0.0, 0.5, 1.0), "a cat")


def test_the_rest_begins_with_the_first_word_that_is_not_read_whole(tiny):
    tokenizer = tiny.readers[0].tokenizer
    assert rest("x" * 70 + " cats", {}, {}, tokenizer) == "" and rest("", {}, {}, tokenizer) == ""
    assert rest("x" * 70 + " catses and", {}, {}, tokenizer) == "catses and"
    assert rest("<tom> " + "x" * 70, {"<tom>": 5}, {}, tokenizer) == ""
    assert rest("<tom> " + "x" * 70, {"<tom>": 6}, {}, tokenizer) == "x" * 70, "a taught word has its own length"
    assert rest("<tom> cat " + "x" * 70, {"<tom>": 5}, {"<tom>": "cat"}, tokenizer) == "", "its noun is said once"


@pytest.mark.parametrize("long", ["y" * 70 + " behind it", "y" * 90])
def test_whose_words_are_too_many_is_told(tiny, long):
    end = "behind it" if " " in long else "y" * 59 + "…"
    many = Scene(long, long, regions=(LEFT, replace(LEFT, prompt=long, negative=long)))
    told = unread(many, tiny, {})
    assert told == {
        0: [f"The picture’s {what} are too many for this base: “{end}” was not read. Say it shorter."
            for what in ("words", "words to keep out")],
        2: [f"Its {what} are too many for this base: “{end}” was not read. Say it shorter."
            for what in ("words", "words to keep out")],
    }  # fmt: skip
    assert [len(one) for one in unread(replace(many, scale=1), tiny, {}).values()] == [1, 1], "nobody keeps out there"
    assert unread(Scene("a", "b", regions=(LEFT,)), tiny, {}) == {}


def test_a_way_that_looks_into_the_pictures_words_does_not_find_a_region_there(tiny):
    scene = Scene("z" * 74, regions=(LEFT,), how="layout_forward")
    ready = sample.prepared(replace(scene, width=tiny.size, height=tiny.size), tiny, lambda *said: None, {})[0]
    assert ready.prompt.endswith(", a cat")
    assert unread(ready, tiny, {})[1] == ["The picture’s words speak of it too late to be read. Say them shorter."]
    routed = sample.prepared(replace(scene, how="region_route"), tiny, lambda *said: None, {})[0]
    assert 1 not in unread(routed, tiny, {}), "this way reads the region’s own words"
