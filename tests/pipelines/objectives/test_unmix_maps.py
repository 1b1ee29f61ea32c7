from dataclasses import replace

import pytest
import torch

from pipelines import voices
from pipelines.objectives.unmix_maps import UnmixMaps
from pipelines.spec import use
from tests.pipelines.steps import glimpse, shot, together


@pytest.fixture
def people(tmp_path):
    return shot(tmp_path, count=1), shot(tmp_path, "<rex>", "dog", count=1)


def test_only_what_looks_across_counts(tiny, people):
    voice = voices.build(tiny, [use("token")], people)
    with tiny.adapted({"a": voice}) as stage:
        seen = glimpse(tiny, together(tiny, *people), stage, batch=3)
    row = next(i for i, example in enumerate(seen.examples) if len(example.subjects) == 2)
    wanted = []
    for site, found in seen.maps.items():
        if site.endswith("attn2") and found.shape[2] == 16:
            for word, half in (("<tom>", slice(2, 4)), ("<rex>", slice(0, 2))):
                (at,) = seen.words.spans[row][word]
                wanted.append(found[row, :, :, at].view(-1, 4, 4)[..., half].square().sum((1, 2)).mean())
    assert len(wanted) == 2 * 4
    torch.testing.assert_close(UnmixMaps()(seen), 256 / 64 * torch.stack(wanted).mean())
    away = {site: found.clone() for site, found in seen.maps.items()}
    for found in away.values():
        if found.shape[2] == 16:
            cells = found.view(*found.shape[:2], 4, 4, -1)
            cells[row, :, :, 2:, seen.words.spans[row]["<tom>"][0]] = 0
            cells[row, :, :, :2, seen.words.spans[row]["<rex>"][0]] = 0
    assert UnmixMaps()(replace(seen, maps=away)) == 0
    alone = [replace(example, subjects=example.subjects[:1]) for example in seen.examples]
    parts = tuple(dict(list(part.items())[:1]) for part in seen.parts)
    assert UnmixMaps()(replace(seen, examples=tuple(alone), parts=parts)) == 0


def test_a_larger_picture_of_the_same_counts_no_more(tiny, people):
    """Twice the cells a side, as on a larger base, and the same shares in each."""
    with tiny.adapted({"a": voices.build(tiny, [use("token")], people)}) as stage:
        seen = glimpse(tiny, together(tiny, *people), stage, batch=3)
    maps = {}
    for site, shares in seen.maps.items():
        side = int(shares.shape[2] ** 0.5)
        grid = shares.unflatten(2, (side, side))
        maps[site] = grid.repeat_interleave(2, 2).repeat_interleave(2, 3).flatten(2, 3)
    parts = tuple(
        {word: mask.repeat_interleave(2, 0).repeat_interleave(2, 1) for word, mask in part.items()}
        for part in seen.parts
    )
    large = replace(seen, maps=maps, parts=parts, clean=torch.zeros(3, 4, 16, 16))
    assert UnmixMaps()(seen) > 0
    torch.testing.assert_close(UnmixMaps()(large), UnmixMaps()(seen))


def test_words_learn_to_keep_to_their_half(tiny, people):
    """Shifts of singular values alone, moved by this alone, take at least 40 % of the attention off the other half."""
    voice = voices.build(tiny, [use("token", learn=False), use("spectral_shift", where="cross")], people)
    taught = [p for p in voice.parameters().values() if p.requires_grad]
    optimiser, both = torch.optim.Adam(taught, lr=0.1), together(tiny, *people)[-1:]
    halves = {"<tom>": slice(2, 4), "<rex>": slice(0, 2)}
    with tiny.adapted({"a": voice}) as stage:
        for step in range(25):
            seen = glimpse(tiny, both, stage, batch=1)
            if step == 0:
                before = {word: _sum(seen, word, half) for word, half in halves.items()}
            loss = UnmixMaps()(seen)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    after = {word: _sum(seen, word, half) for word, half in halves.items()}
    for word in halves:
        assert after[word] < 0.6 * before[word]


def _sum(seen, word, half):
    (at,) = seen.words.spans[0][word]
    maps = [m for site, m in seen.maps.items() if site.endswith("attn2") and m.shape[2] == 16]
    return float(torch.stack([m[0, :, :, at].view(-1, 4, 4)[..., half].mean() for m in maps]).mean().detach())
