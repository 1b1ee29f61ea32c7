"""The tokenizer takes any text, and knows the toy world's words whole."""

import pytest

from pipelines import toybox
from pipelines.benchmarks.parts import STARTER
from pipelines.doors import open_doors


@pytest.fixture(scope="module", params=["built", "shipped"])
def tokenizer(request, tmp_path_factory):
    """One that is learnt here, and the one in assets/starter."""
    open_doors()
    from transformers import CLIPTokenizer

    from pipelines.starter import words

    if request.param == "shipped":
        if not (STARTER / "tokenizer").is_dir():
            pytest.skip("assets/starter is not in this checkout")
        return CLIPTokenizer.from_pretrained(STARTER / "tokenizer", local_files_only=True)
    return words.build(tmp_path_factory.mktemp("words"), sentences=1500)


def test_the_worlds_words_are_whole(tokenizer):
    for word in (*toybox.NOUNS, *toybox.COLOURS, *toybox.PLACES, *toybox.STYLES):
        assert len(tokenizer.tokenize(word)) == len(word.split()), word


@pytest.mark.parametrize("text", ["Zürich, 42 quokkas!", "<bear1> naïve café", "日本の猫", "🦆 🚀", "", "a" * 500])
def test_any_text_may_be_typed(tokenizer, text):
    ids = tokenizer(text, padding="max_length", truncation=True, max_length=64).input_ids
    assert len(ids) == 64
    assert ids[0] == tokenizer.bos_token_id and tokenizer.eos_token_id in ids
    inner = ids[1 : ids.index(tokenizer.eos_token_id)]
    assert bool(inner) == bool(text), "every character falls into pieces, none into an unknown"


def test_text_comes_back(tokenizer):
    text = "a red robot in a flower field with an ünlikely wörd"
    ids = tokenizer(text).input_ids
    assert tokenizer.decode(ids, skip_special_tokens=True).strip() == text
