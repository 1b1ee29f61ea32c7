from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.objectives.anchor import Anchor
from pipelines.objectives.denoise import Denoise
from pipelines.spec import use
from tests.pipelines.probes import stir
from tests.pipelines.steps import examples, glimpse, shot


@pytest.fixture
def taught(tiny, tmp_path):
    """A word of two vectors that has strayed, and a step that says it."""
    subject = shot(tmp_path)
    voice = stir(voices.build(tiny, [use("token", vectors=2)], [subject]))
    with tiny.adapted({"a": voice}) as stage:
        yield next(iter(voice.parameters().values())), glimpse(tiny, examples(tiny, subject), stage, frozenset())


def noun(backbone, said="cat"):
    return backbone.parts["text"].embeddings.token_embedding.weight[backbone.ids(said)].mean(0)


def test_it_is_the_mean_over_a_prompt_of_the_embeddings_distance(tiny, taught):
    """Against the prompt's embeddings themselves, with the anchor in the place of each vector's mean."""
    vectors, seen = taught
    said, meant = torch.zeros(77, 32), torch.zeros(77, 32)
    said[5], meant[5] = vectors.detach().mean(0), noun(tiny)
    torch.testing.assert_close(Anchor()(seen), torch.nn.functional.mse_loss(said, meant))


def test_alone_it_brings_the_word_home_and_leaves_the_differences(tiny, taught):
    vectors, seen = taught
    apart = (vectors[0] - vectors[1]).detach().clone()
    optimiser = torch.optim.AdamW([vectors], 5e-3, weight_decay=0)
    for step in range(400):
        optimiser.param_groups[0]["lr"] = 5e-3 * (1 - step / 400)
        optimiser.zero_grad()
        Anchor()(seen).backward()
        optimiser.step()
    assert (vectors.mean(0) - noun(tiny)).square().sum() < 1e-6
    torch.testing.assert_close(vectors[0] - vectors[1], apart, atol=1e-2, rtol=0)


def test_more_pull_is_nearer_at_equal_steps(tiny, tmp_path):
    """Nearer to the noun, shorter, and more like a word that the model knows."""
    subject, strayed, long, odd = shot(tmp_path, noun="k"), [], [], []
    found, table = examples(tiny, subject), tiny.parts["text"].embeddings.token_embedding.weight.detach()
    for pull in (0.0, 0.95, 0.99):
        voice = voices.build(tiny, [use("token")], [subject])
        (vectors,) = voice.parameters().values()
        optimiser = torch.optim.AdamW([vectors], 2e-2, weight_decay=0, eps=1e-20)  # a smaller loss is no smaller step
        with tiny.adapted({"a": voice}) as stage:
            for _ in range(6):
                seen = glimpse(tiny, found, stage, frozenset({"prediction"}))
                optimiser.zero_grad()
                ((1 - pull) * Denoise()(seen) + pull * Anchor()(seen)).backward()
                optimiser.step()
        word = vectors.detach().mean(0)
        strayed.append(float((word - noun(tiny, "k")).norm()))
        long.append(float(word.norm()))
        odd.append(1 - float(torch.nn.functional.cosine_similarity(word[None], table).max()))
    for each in (strayed, long, odd):
        assert each[0] > each[1] > each[2], (strayed, long, odd)


def test_who_is_not_in_the_picture_is_not_pulled(taught):
    _, seen = taught
    nobody = tuple(replace(one, subjects=()) for one in seen.examples)
    assert Anchor()(seen) > 0 and Anchor()(replace(seen, examples=nobody)) == 0
