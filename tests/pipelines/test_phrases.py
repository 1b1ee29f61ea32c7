from pipelines.phrases import besides, naming, plain, spans


def found(text, *phrases):
    return [[text[a:b] for a, b in one] for one in spans(text, phrases)]


def test_a_phrase_is_found_by_its_words():
    text = "A small Red duck and a <tom> cat on the beach"
    assert found(text, "the red duck", "<tom> cat", "a boat", "red beach", "") == [
        ["Red", "duck"],
        ["<tom>", "cat"],
        [],
        [],
        [],
    ]
    assert found("a catfish", "a cat") == [[]]


def test_two_of_a_kind_are_two_places():
    first, second, third = spans("a duck and a duck", ["a duck"] * 3)
    assert first != second and first and second and not third


def test_a_picture_names_what_it_did_not_say():
    assert naming("a cat on a beach", ["a cat", "a red duck"]) == "a cat on a beach, a red duck"
    assert naming("", ["a cat", "a cat"]) == "a cat, a cat"
    assert naming("a cat", ["cat", ""]) == "a cat"


def test_taught_words_are_left_out():
    assert plain("a <tom>  cat, <rex>") == "a cat,"
    assert besides("a <tom> cat", ["a <rex> red dog", "a <pip> cat", "the red dog"]) == "red dog"
