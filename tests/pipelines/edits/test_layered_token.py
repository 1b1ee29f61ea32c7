from dataclasses import replace

import torch

from pipelines import seams, voices
from pipelines.attention.region_route import RegionRoute
from pipelines.conditioning import Conditioning, Place, Portion
from pipelines.spec import Region, use
from tests.pipelines.probes import ask, stir

DEPTH = 7


def predict(backbone, words: Conditioning):
    x = torch.randn(len(words.text), 4, 8, 8, generator=torch.Generator().manual_seed(2))
    return backbone.predict(x, torch.full((len(x),), 500), words)


def test_every_layer_has_its_own_two_vectors(tiny, cat):
    voice = voices.build(tiny, [use("layered_token")], [cat])
    (rows,) = voice.parameters().values()
    assert rows.shape == (DEPTH, 2, 32)
    table = tiny.parts["text"].embeddings.token_embedding.weight
    assert torch.equal(rows[:, 1], table[tiny.ids("cat")].mean(0).expand(DEPTH, -1))
    assert (rows[:, 0] == rows[0, 0]).all() and 0.5 < rows[0, 0].norm() / table.norm(dim=1).mean() < 2
    (apart,) = voices.build(tiny, [use("layered_token", apart=True)], [cat]).parameters().values()
    assert not torch.equal(apart[0, 0], apart[1, 0])


def test_a_layer_hears_what_a_plain_prompt_of_its_vectors_would_say(tiny, cat):
    """Rows of the table for the vectors: layer k then hears a prompt spelt in those letters, to rounding."""
    voice = voices.build(tiny, [use("layered_token")], [cat])
    table = tiny.parts["text"].embeddings.token_embedding.weight
    spelt = ["a b", "c d", "e f", "g h", "i j", "k l", "m n"]
    with torch.no_grad():
        for layer, letters in enumerate(spelt):
            next(iter(voice.parameters().values()))[layer] = table[tiny.ids(letters)]
        with tiny.adapted({"a": voice}) as stage:
            words = tiny.encode(["x <tom> cat y", "z"], stage)
        plain = tiny.encode([f"x {letters} y" for letters in spelt])
    assert words.text.shape == (2, DEPTH, 77, 32) and words.spans == ({"<tom>": (2, 3)}, {})
    torch.testing.assert_close(words.text[0], plain.text)
    torch.testing.assert_close(words.text[1], tiny.encode(["z"]).text.expand(DEPTH, -1, -1))


def test_the_noun_behind_the_word_is_taken_in_and_no_other(tiny, cat):
    voice = stir(voices.build(tiny, [use("layered_token")], [cat]))
    with tiny.adapted({"a": voice}) as stage:
        assert torch.equal(tiny.encode(["a <tom> cat b"], stage).text, tiny.encode(["a <tom> b"], stage).text)
        assert not torch.equal(tiny.encode(["a <tom> cats"], stage).text, tiny.encode(["a <tom>"], stage).text)


def test_equal_slices_are_the_plain_text_exactly(tiny):
    words = tiny.encode(["a cat", "b"])
    layered = replace(words, text=words.text[:, None].expand(-1, DEPTH, -1, -1))
    with tiny.adapted():
        assert torch.equal(predict(tiny, layered), predict(tiny, words))


def test_a_cross_attention_hears_its_own_slice_only(tiny):
    text = tiny.encode(["a cat"]).text[:, None].repeat(1, DEPTH, 1, 1).requires_grad_(True)
    for index in (0, 1):
        site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross" and s.index == index)
        x = torch.randn(1, 64, site.attention.to_q.in_features, generator=torch.Generator().manual_seed(1))
        with tiny.adapted():
            said = site.attention(x, encoder_hidden_states=text)
        (moved,) = torch.autograd.grad(said.square().sum(), text)
        heard = moved.abs().sum((0, 2, 3))
        assert heard[index] > 0 and heard.sum() == heard[index]


def test_plain_and_layered_words_in_one_batch(tiny, cat):
    voice = stir(voices.build(tiny, [use("layered_token")], [cat]))
    with tiny.adapted({"a": voice}) as stage, torch.no_grad():
        plain, taught = tiny.encode(["b"], stage), tiny.encode(["a <tom>"], stage)
        assert plain.text.dim() == 3 and (plain + taught).text.shape == (2, DEPTH, 77, 32)
        torch.testing.assert_close((plain + taught).text, tiny.encode(["b", "a <tom>"], stage).text)
        torch.testing.assert_close((taught + plain).rows([1, 0]).text, (plain + taught).text)
        both, apart = predict(tiny, plain + taught), [predict(tiny, words) for words in (plain, plain + taught)]
    torch.testing.assert_close(both[:1], apart[0])


def test_regions_hear_layered_words_and_they_are_projected_once(tiny, cat):
    voice = stir(voices.build(tiny, [use("layered_token")], [cat]))
    key = next(s for s in seams.sites(tiny.unet) if s.kind == "cross").attention.to_k
    asked, x = [], torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(4))
    watch = key.register_forward_hook(lambda *seen: asked.append(1))
    with tiny.adapted({"a": voice}, [RegionRoute()]) as stage, torch.no_grad():
        everywhere, taught = tiny.encode(["b"], stage), tiny.encode(["a <tom>"], stage)
        whole = tiny.predict(x, torch.tensor([500]), taught)
        portion = Portion(Place(Region((0.0, 0.0, 1.0, 1.0)), 64, 64), taught.text, {})
        asked.clear()
        with stage.remembering(), stage.speaking(stage.now, (portion,)):
            routed = [tiny.predict(x, torch.tensor([500]), everywhere) for _ in range(2)]
    watch.remove()
    assert torch.equal(*routed) and len(asked) == 2
    torch.testing.assert_close(routed[0], whole)


def test_vectors_that_have_grown_long_learn_no_more(tiny, cat):
    for ceiling, learns in ((5.0, True), (0.1, False)):
        voice = voices.build(tiny, [use("layered_token", ceiling=ceiling), use("lora")], [cat])
        with tiny.adapted({"a": voice}) as stage:
            ask(tiny, "a <tom>", stage).square().mean().backward()
        rows = next(p for name, p in voice.parameters().items() if name.startswith("layered"))
        assert (rows.grad is not None and bool(rows.grad.abs().sum() > 0)) == learns


def test_two_text_encoders_hear_the_same_layers(tiny_xl, cat):
    voice = stir(voices.build(tiny_xl, [use("layered_token")], [cat]))
    with tiny_xl.adapted({"a": voice}) as stage:
        words = tiny_xl.encode(["a <tom> cat", ""], stage)
    assert words.text.shape == (2, DEPTH, 77, 64) and words.pooled.shape == (2, 16)
    assert not words.text[1].any() and not words.pooled[1].any()
