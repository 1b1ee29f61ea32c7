import torch

from pipelines import corpus, voices
from pipelines.spec import Subject, use
from tests.pipelines.probes import stir

BEAR = Subject("b", "Bo", "teddy bear", "<bo>")


def tuned(tiny, subjects, seed):
    """Prompts as a text encoder hears them whose weights have all moved, and in which the words stand for nouns."""
    uses = [use("residual_token", learn=False), use("weight_delta", where="text")]
    voice = voices.build(tiny, uses, subjects)
    for key, module in voice.modules.items():
        if key.startswith("weight_delta"):
            with torch.no_grad():
                chance = torch.Generator().manual_seed(seed)
                for parameter in module.parameters():
                    parameter.add_(torch.randn(parameter.shape, generator=chance) * 0.02)

    @torch.no_grad()
    def hear(prompts):
        with tiny.adapted({"a": voice}) as stage:
            return tiny.encode(prompts, stage)

    return hear


def worked_out(tiny, subject, seed, sentences=30):
    return voices.build(
        tiny, [use("residual_token", sentences=sentences)], [subject], taught=tuned(tiny, [subject], seed)
    )


def test_it_is_the_mean_shift_of_the_noun_over_the_sentences(tiny):
    voice, hear = worked_out(tiny, BEAR, 3), tuned(tiny, [BEAR], 3)
    ids, shifts = tiny.ids("teddy bear"), []
    for sentence in corpus.about(30):
        at = 1 + len(tiny.ids(sentence.partition("{}")[0])) + torch.arange(len(ids))
        said = [sentence.format("teddy bear")]
        shifts.append((hear(said).text - tiny.encode(said).text).detach()[0, at])
    (rows,) = voice.parameters().values()
    assert rows.shape == (len(ids), 32) and torch.allclose(rows, torch.stack(shifts).mean(0), atol=1e-5)
    assert rows.norm() > 0.1


def test_it_moves_the_noun_by_itself_and_no_other_position(tiny):
    (rows,) = (voice := worked_out(tiny, BEAR, 3)).parameters().values()
    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        said = tiny.encode(["two of the <bo> teddy bear in fog"], stage)
        plain, bare = tiny.encode(["two of the teddy bear in fog"]), tiny.encode(["a teddy bear"], stage)
    at, moved = list(said.spans[0]["<bo>"]), said.text - plain.text
    assert torch.allclose(moved[0, at], rows, atol=1e-6)
    moved[0, at] = 0
    assert not moved.any() and torch.equal(bare.text, tiny.encode(["a teddy bear"]).text)


def test_two_that_never_met_add_up_even_with_one_noun(tiny):
    """Encoded together, each is what it is alone, because nothing that was added is read again."""
    first, second = Subject("b", "Bo", "bear", "<bo>"), Subject("k", "Ko", "bear", "<ko>")
    heard = {"a": worked_out(tiny, first, 3), "b": worked_out(tiny, second, 4)}
    plain = tiny.encode(["a bear and a bear"]).text
    with torch.no_grad(), tiny.adapted(heard) as stage:
        both = tiny.encode(["a <bo> bear and a <ko> bear"], stage)
    for voice, word in zip(heard.values(), both.spans[0], strict=True):
        (rows,), at = voice.parameters().values(), list(both.spans[0][word])
        assert torch.allclose(both.text[0, at] - plain[0, at], rows, atol=1e-6)


def test_two_text_encoders_each_have_their_own(tiny_xl):
    voice = worked_out(tiny_xl, BEAR, 3)
    assert [rows.shape[1] for rows in voice.parameters().values()] == [32, 32]
    with torch.no_grad(), tiny_xl.adapted({"a": voice}) as stage:
        moved = tiny_xl.encode(["a <bo>"], stage).text - tiny_xl.encode(["a teddy bear"]).text
    at = range(2, 2 + len(tiny_xl.ids("teddy bear")))
    assert torch.allclose(moved[0, list(at)], torch.cat(list(voice.parameters().values()), -1), atol=1e-5)


def test_it_is_as_loud_as_its_voice(tiny):
    voice = stir(voices.build(tiny, [use("residual_token")], [BEAR]))
    with torch.no_grad(), tiny.adapted({"a": voice}) as stage:
        plain, full = tiny.encode(["a teddy bear"]).text, tiny.encode(["a <bo>"], stage).text
        with stage.speaking({"a": 0.5}):
            half = tiny.encode(["a <bo>"], stage).text
    assert torch.allclose(half, (plain + full) / 2, atol=1e-6)
