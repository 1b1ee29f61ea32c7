from dataclasses import replace

import torch

from pipelines import corpus, voices
from pipelines.objectives.preserve_text import PreserveText, norms, squares
from pipelines.spec import use
from tests.pipelines.steps import examples, glimpse, shot


def test_the_papers_form_leaves_the_noun_out_and_counts_the_start_ten_times():
    strayed = torch.zeros(1, 4, 2)
    strayed[0, 0], strayed[0, 2], strayed[0, 3] = torch.tensor([1.0, 1.0]), torch.tensor([9.0, 9.0]), 3.0
    assert squares(strayed, [(2,)]) == (10 * 2 + 18) / 3


def test_the_codes_form_takes_norms_of_the_start_and_of_all_that_follows():
    strayed = torch.zeros(1, 5, 2)
    strayed[0, 0], strayed[0, 1], strayed[0, 3], strayed[0, 4] = 0, 7.0, torch.tensor([3.0, 0]), torch.tensor([0, 4.0])
    strayed[0, 0, 0] = 2
    assert norms(strayed, [(1, 2)]) == 10 * 2 + 5


def test_sentences_hold_the_noun_once_and_none_comes_twice():
    said = corpus.about(1000)
    assert len(set(said)) == 1000 and all(one.count("{}") == 1 for one in said)
    assert corpus.about(27) == said[:27]


def test_it_says_nothing_until_the_text_is_read_otherwise(tiny, tmp_path):
    subject = shot(tmp_path, count=1)
    voice = voices.build(tiny, [use("residual_token"), use("weight_delta", where="text")], [subject])
    with tiny.adapted({"a": voice}) as stage:
        seen = glimpse(tiny, examples(tiny, subject), stage, batch=1)
        for alone in (False, True):
            value = PreserveText(alone=alone)(seen)
            value.backward()
            assert value == 0 and all(p.grad is None or p.grad.isfinite().all() for p in voice.parameters().values())


def test_a_noun_that_is_pulled_away_does_not_drag_the_sentence_along(tiny, tmp_path):
    """Pulled at its own position, it moves everything as far as itself; held, the rest moves a fifth of that, also in
    sentences that were never held, and less than the noun."""
    (noun, rest), (held_noun, held_rest) = (moved(tiny, tmp_path, weight) for weight in (0.0, 1.0))
    assert rest > 0.8 * noun and held_rest < 0.2 * rest and held_rest < 0.9 * held_noun


def moved(tiny, folder, weight):
    """How far the noun and everything else have moved in four new sentences, after 30 steps."""
    subject = shot(folder, count=1)
    voice = voices.build(tiny, [use("residual_token", learn=False), use("weight_delta", where="text")], [subject])
    taught = [p for p in voice.parameters().values() if p.requires_grad]
    optimiser, hold = torch.optim.Adam(taught, lr=3e-3), PreserveText(sentences=200, few=2)
    away = torch.randn(32, generator=torch.Generator().manual_seed(1))
    with tiny.adapted({"a": voice}) as stage:
        seen = glimpse(tiny, examples(tiny, subject), stage, frozenset(), batch=1)
        for k in range(30):
            said = tiny.encode(["a photo of a <tom> cat"], stage)
            loss = (said.text[0, list(said.spans[0]["<tom>"])] - away).square().mean()
            if weight:
                loss = loss + weight * hold(replace(seen, step=k))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        new = corpus.about(204)[200:]
        with torch.no_grad():
            now = tiny.encode([one.format("<tom> cat") for one in new], stage)
    far = (now.text - tiny.encode([one.format("cat") for one in new]).text).norm(dim=-1)
    at = torch.zeros_like(far, dtype=torch.bool)
    for row, span in enumerate(now.spans):
        at[row, list(span["<tom>"])] = True
    return float(far[at].mean()), float(far[~at].mean())
