"""What is asked of whom: as published, photo by photo where the protocol shows one, pairs and class words apart."""

from pathlib import Path

import pytest

from pipelines.eyes import Eyes
from pipelines.published.measures import lacking, single, together
from pipelines.published.parts import CLASS, PAIRS, parts, seeds, tables
from pipelines.published.rows import count, fits
from pipelines.spec import Photo, Subject
from pipelines.suites import Suite, custom_diffusion, dreambooth, stellar
from pipelines.suites.protocol import Case, Prompt, Protocol


def suite(protocol: Protocol, subjects, cases, one=None) -> Suite:
    return Suite("s", "S", "0", "", Path(), tuple(subjects), tuple(cases), protocol, one=one or {})


def subject(id: str, noun: str, *stems: str, kind="object") -> Subject:
    return Subject(id, id, noun, f"<{id}>", tuple(Photo(f"/{id}/{stem}.jpg") for stem in stems), kind)


VASE, DOG = subject("vase", "vase", "00", "01"), subject("dog", "dog", "00", "01", "02")
BEACH = Prompt("a {0} on a beach", 0)


def test_dreambooth_asks_four_pictures_of_every_prompt_and_of_the_class_word():
    asked = suite(dreambooth.PROTOCOL, [VASE, DOG], [Case("dog", ("dog",), (BEACH,))])
    first, word = parts(asked)
    assert (first.track, first.who, first.said(first.asks[0])) == ("test", (DOG,), "a <dog> dog on a beach")
    assert first.asks[0].text == first.asks[0].plain == "a dog on a beach"
    assert (word.track, word.id, word.said(word.asks[0])) == (CLASS, "dog", "a dog"), "nobody asks for the vase"
    assert seeds(asked) == (0, 1, 2, 3)


def test_one_photo_protocols_show_the_published_photo():
    protocol = Protocol(4, references="one")
    both = Case("vase+dog", ("vase", "dog"), (Prompt("a {0} and a {1}", 0),))
    (pair,) = parts(suite(protocol, [VASE, DOG], [both], {"vase": "01", "dog": "07"}))
    assert pair.track == PAIRS and [one.photos[0].image for one in pair.who] == ["/vase/01.jpg", "/dog/00.jpg"]
    assert [len(one.photos) for one in pair.who] == [1, 1] and pair.known == (VASE, DOG)


def test_stellar_asks_of_each_photo_by_itself_and_by_kind_of_prompt():
    ann = subject("007", "person", "0", "1", kind="person")
    prompts = (Prompt("{0} reads", 0, "templated"), Prompt("a picture of {0}", 1, "written"))
    asked = suite(stellar.PROTOCOL, [ann], [Case("007", ("007",), prompts), Case("v", ("007",), prompts, "validation")])
    found = parts(asked)
    assert [(one.track, one.id) for one in found] == [
        ("templated", "007-0"), ("written", "007-0"), ("templated", "007-1"), ("written", "007-1"),
        ("validation", "v-0"), ("validation", "v-1"),
    ]  # fmt: skip
    assert found[0].asks[0].text == "a person reads" and found[0].said(found[0].asks[0]) == "<007> person reads"
    assert len(found[0].who[0].photos) == 1 and len(found[0].known[0].photos) == 2 and seeds(asked) == (42,)
    assert set(tables(asked, found)) == {"templated", "written", "validation"}


def test_a_quick_look_takes_two_cases_of_every_table():
    many = [subject(f"s{k}", "dog", "0") for k in range(5)]
    cases = [Case(one.id, (one.id,), (BEACH,) * 9) for one in many]
    found = parts(suite(custom_diffusion.PROTOCOL, many, cases), quick=True)
    assert [(one.track, len(one.asks)) for one in found] == [("test", 2)] * 2 + [(CLASS, 1)] * 2


def test_recipes_are_asked_where_what_they_need_is_there():
    person = subject("007", "person", "0", kind="person")
    whole = suite(Protocol(1), [VASE, DOG, person], [Case(one.id, (one.id,), (BEACH,)) for one in (VASE, person)])
    vase, _ = parts(whole)
    assert fits("dreambooth_lora", vase) and not fits("break_a_scene", vase) and not fits("style_boost", vase)


@pytest.mark.parametrize("name", ["dreambooth", "stellar"])
def test_every_published_score_is_measured_or_missed_in_words(name, eyes):
    protocol = {"dreambooth": dreambooth, "stellar": stellar}[name].PROTOCOL
    asked = suite(protocol, [], [])
    said = lacking(asked, eyes, (*single(asked), *together(asked), "prior_preservation"))
    assert said == []
    assert len(lacking(asked, eyes, ())) == len(protocol.scores)


def test_what_people_judge_is_not_made_up(eyes):
    asked = suite(Protocol(1, scores=(("cp", ""), ("sc", ""))), [], [])
    model, people = lacking(asked, eyes, ("likeness",))
    assert "large language model" in model and "people" in people and isinstance(eyes, Eyes)


def test_a_run_is_counted_before_anything_is_made():
    both = Case("vase+dog", ("vase", "dog"), (BEACH, BEACH))
    every = suite(dreambooth.PROTOCOL, [VASE, DOG], [Case("dog", ("dog",), (BEACH,)), both])
    cases = parts(every)  # the dog in a prompt and as a class word, the pair in two prompts
    assert count(every, cases, (0, 1), ()) == (2 * (1 + 2 + 1), 0)
    assert count(every, cases, (0, 1), ("svdiff",)) == (2 * 8, 2), "each of the two learns once"
    assert count(every, cases, (0, 1), ("break_a_scene", "style_boost")) == (8, 0), "nobody marked masks or styles"
