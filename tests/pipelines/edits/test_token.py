import pytest
import torch

from pipelines import voices
from pipelines.conditioning import number, spell
from pipelines.errors import UnknownToken
from pipelines.spec import Subject, use
from tests.pipelines.probes import ask, stir


def test_it_starts_as_its_noun(tiny):
    letter = Subject("s", "S", "k", "<s>")
    voice = voices.build(tiny, [use("token")], [letter])
    with tiny.adapted({"a": voice}) as stage:
        assert torch.equal(ask(tiny, "a <s>", stage), ask(tiny, "a k"))


def test_a_word_of_three_vectors_equals_three_rows_of_the_table(tiny, cat):
    """Speaking by position gives what a longer vocabulary would: here the rows of "xyz" spelt in single letters."""
    voice = voices.build(tiny, [use("token", vectors=3)], [cat])
    (rows,) = voice.parameters().values()
    table = tiny.parts["text"].embeddings.token_embedding.weight
    with torch.no_grad():
        rows.copy_(table[[i for letter in "xyz" for i in tiny.ids(letter)]])
    with tiny.adapted({"a": voice}) as stage:
        assert torch.equal(ask(tiny, "a <tom> b", stage), ask(tiny, "a x y z b"))


def test_one_word_for_each_subject_and_only_the_spoken_one_learns(tiny, cat, dog):
    voice = stir(voices.build(tiny, [use("token", vectors=2)], [cat, dog]))
    with tiny.adapted({"a": voice}) as stage:
        ask(tiny, "a <rex>", stage).square().mean().backward()
    tom, rex = voice.parameters().values()
    assert tom.grad.abs().sum() == 0 and rex.grad.abs().sum() > 0


def test_a_rare_word_is_new_each_seed_and_of_the_tables_size(tiny, cat):
    rare = [use("token", start="rare", learn=False)]
    (one,), (two,) = (voices.build(tiny, rare, [cat], seed).parameters().values() for seed in (0, 1))
    table = tiny.parts["text"].embeddings.token_embedding.weight
    assert not torch.equal(one, two) and not one.requires_grad
    assert 0.5 < one.norm() / table.norm(dim=1).mean() < 2


def test_positions_are_remembered(tiny, cat):
    voice = voices.build(tiny, [use("token", vectors=2)], [cat])
    with tiny.adapted({"a": voice}) as stage:
        words = tiny.encode(["a <tom>, b <Tom>", "a cat"], stage)
    assert words.spans == ({"<tom>": (2, 3, 6, 7)}, {})


def test_an_untaught_word_is_refused_by_name(tiny, cat):
    with pytest.raises(UnknownToken, match="<rex>"):
        tiny.encode(["a <rex>"])
    with tiny.adapted({"a": voices.build(tiny, [use("token")], [cat])}) as stage:
        with pytest.raises(UnknownToken, match="<tom>"):
            tiny.encode(["<tom> and <rex>"], stage)
        with stage.speaking({}), pytest.raises(UnknownToken):
            tiny.encode(["<tom>"], stage)


def test_a_plain_word_may_be_a_trigger(tiny):
    tokenizer = tiny.readers[0].tokenizer
    spelt = spell("a sks cat, not sksy", {"sks": 2}, tokenizer)
    assert spelt.ids[2:4] == (number("sks", 0), number("sks", 1)) and spelt.spans == {"sks": (2, 3)}
    assert not spelt.cut and len(spelt.ids) == 77


def test_what_does_not_fit_is_said(tiny):
    spelt = spell("x " * 90 + "<tom>", {"<tom>": 1}, tiny.readers[0].tokenizer)
    assert spelt.cut and spelt.spans == {"<tom>": ()} and len(spelt.ids) == 77
