from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.objectives.attention_to_mask import AttentionToMask
from pipelines.spec import use
from tests.pipelines.steps import examples, glimpse, shot

WORD = (4, 5)


@pytest.fixture
def seen(tiny, tmp_path):
    """A step whose word has two parts, at positions 4 and 5 ("a photo of" is longer in letters; only spans matter)."""
    subject = shot(tmp_path)
    voice = voices.build(tiny, [use("layered_token"), use("lora")], [subject])
    with tiny.adapted({"a": voice}) as stage:
        found = glimpse(tiny, examples(tiny, subject), stage)
        yield replace(found, words=replace(found.words, spans=({"<tom>": WORD},) * 2))


def looking(seen, first, last, masks):
    """The step with two cross-attentions on an 8 x 8 grid: what each part of the word looks at, (8, 8) each."""
    shares = torch.full((2, 3, 64, 77), 1e-3)
    shares[..., WORD[0]], shares[..., WORD[1]] = first.flatten() / 2, last.flatten() / 2
    maps = {"unet.a.attn2": shares, "unet.b.attn2": shares, "unet.a.attn1": torch.rand(2, 3, 64, 64)}
    return replace(seen, maps=maps, parts=tuple({"<tom>": mask} for mask in masks))


def half():
    mask = torch.zeros(8, 8)
    mask[:, :4] = 1.0
    return mask


def test_looking_at_the_subject_alone_costs_nothing(seen):
    left = half()
    assert AttentionToMask()(looking(seen, left, left, [left] * 2)) == 0
    assert AttentionToMask(whole=False)(looking(seen, left, left, [left] * 2)) == 0


def test_each_part_pays_for_its_own_leak(seen):
    left, everywhere = half(), torch.ones(8, 8)
    one = AttentionToMask()(looking(seen, everywhere, left, [left] * 2))
    two = AttentionToMask()(looking(seen, left, everywhere, [left] * 2))
    torch.testing.assert_close(one, torch.tensor(1.0))  # all outside cells at the largest value
    torch.testing.assert_close(two, torch.tensor(0.5))  # half of all cells are one too high
    torch.testing.assert_close(AttentionToMask(whole=False)(looking(seen, left, everywhere, [left] * 2)), one)


def test_filling_the_mask_is_asked_of_the_last_part_only_where_all_is_the_subject(seen):
    left, spot = half(), torch.zeros(8, 8)
    spot[0, 0] = 1.0
    assert AttentionToMask(whole=True)(looking(seen, spot, spot, [left] * 2)) > 0.4
    assert AttentionToMask(whole=False)(looking(seen, spot, spot, [left] * 2)) == 0


def test_masks_decide_by_example_and_a_full_mask_leaks_nothing(seen):
    left, full = half(), torch.ones(8, 8)
    swapped = AttentionToMask()(looking(seen, left, left, [1 - left] * 2))
    assert swapped > 1
    assert AttentionToMask(whole=False)(looking(seen, full, full, [full] * 2)) == 0


def test_nothing_to_say_without_masks_or_words(seen):
    left = half()
    shown = looking(seen, left, left, [left] * 2)
    assert AttentionToMask()(replace(shown, parts=({}, {}))) == 0
    assert AttentionToMask()(replace(shown, words=replace(shown.words, spans=({}, {})))) == 0


def test_learning_it_turns_the_word_to_its_subject(tiny, tmp_path):
    subject = shot(tmp_path)
    voice = voices.build(tiny, [use("layered_token"), use("lora", where="cross")], [subject])
    optimiser = torch.optim.AdamW(voice.parameters().values(), 4e-2)
    found, values = examples(tiny, subject), []
    with tiny.adapted({"a": voice}) as stage:
        for _ in range(8):
            loss = AttentionToMask()(glimpse(tiny, found, stage))
            values.append(float(loss.detach()))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    assert values[-1] < 0.7 * values[0], values
