import torch

from pipelines import voices
from pipelines.encoders.paired_stream import PairedStream, otsu
from pipelines.spec import use
from tests.pipelines.probes import ask, stir
from tests.pipelines.steps import shot

USES = use("token", instead=True), use("image_branch"), use("reference_photo")


def test_a_map_is_cut_where_it_falls_apart():
    low, high = torch.rand(40) * 0.2, 0.8 + torch.rand(24) * 0.2
    assert torch.equal(otsu(torch.cat([low, high])[None])[0], torch.arange(64) >= 40)
    assert otsu(torch.full((2, 9), 0.3)).all(), "a map that is the same everywhere leaves nothing out"


def test_the_reference_is_seen_as_the_base_alone_sees_it(tiny, tmp_path):
    """Whatever the branches learnt: they do not read on the reference's own way."""
    voice = stir(voices.build(tiny, USES, [shot(tmp_path)]), amount=0.1)
    layer = next(key.partition("/")[2] for key in voice.modules if key.startswith("image_branch"))
    with torch.no_grad(), tiny.adapted({"a": voice}, encoders=[PairedStream()]) as stage:
        ask(tiny, "a <tom>", stage)
        first = stage.shown["a"][layer]
        stir(voice, 1, 0.0)
        for key, parameter in voice.parameters().items():
            if key.startswith("image_branch"):
                parameter.add_(0.3)
        ask(tiny, "a <tom>", stage)
        again = stage.shown["a"][layer]
    assert torch.equal(first.tokens, again.tokens) and torch.equal(first.mask, again.mask)
    assert first.mask.any() and not first.mask.all() and first.tokens.shape[:2] == first.word.shape


def test_words_to_keep_away_from_look_where_the_others_say_the_word(tiny, tmp_path):
    voice = stir(voices.build(tiny, USES, [shot(tmp_path)]), amount=0.1)
    seen = []

    class Listens(PairedStream):
        def __call__(self, asked):
            from pipelines.encoders.paired_stream import positions

            seen.append((positions(asked), asked.words.ends))
            return super().__call__(asked)

    with torch.no_grad(), tiny.adapted({"a": voice}, encoders=[Listens()]) as stage:
        words = tiny.encode(["", "a <tom> cat"], stage)
        tiny.predict(torch.zeros(2, 4, 8, 8), torch.tensor([5, 5]), words)
        plain = tiny.encode(["red", "a cat"], stage)
        tiny.predict(torch.zeros(2, 4, 8, 8), torch.tensor([5, 5]), plain)
    assert seen[0] == ([[2], [2]], (1, 3)) and seen[1] == ([[4], [5]], (4, 5))


def test_without_the_voice_nobody_looks(tiny, tmp_path):
    voice = stir(voices.build(tiny, USES, [shot(tmp_path)]), amount=0.1)
    before = ask(tiny)
    with tiny.adapted({"a": voice}, encoders=[PairedStream()]) as stage, stage.speaking({}):
        assert torch.equal(ask(tiny, stage=stage), before) and not stage.shown
