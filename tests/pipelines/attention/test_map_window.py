from dataclasses import replace

import pytest
import torch

from pipelines import seams
from pipelines.attention.map_window import MapWindow
from tests.pipelines.attention.test_region_bias import WORDS, seen  # noqa: F401
from tests.pipelines.scenes import ALL


def mass(shares):
    return shares[1].sum(1)[:, list(WORDS)]


def inside(shares):
    """The share of the words' attention that is in the left half."""
    grid = shares[1].unflatten(1, (8, 8))[..., list(WORDS)]
    return grid[:, :, :4].sum((1, 2)) / grid.sum((1, 2))


def test_a_word_keeps_its_attention_and_has_it_in_its_place(seen):  # noqa: F811
    plain, moved = seen([]), seen([MapWindow(soft=0.0)])
    torch.testing.assert_close(mass(moved), mass(plain))
    torch.testing.assert_close(inside(moved), 0.2 * inside(plain) + 0.8)
    others = [k for k in range(77) if k not in WORDS]
    assert torch.equal(moved[..., others], plain[..., others]) and torch.equal(moved[0], plain[0])
    soft = inside(seen([MapWindow(soft=0.3)]))
    assert (inside(plain) < soft).all() and (soft < inside(moved)).all()


NOTHING = [(MapWindow(pull=0), {}), (MapWindow(until=0.5), {"done": 0.5}), (MapWindow(), {"box": ALL}),
           (MapWindow(), {"strength": 0.0})]  # fmt: skip


@pytest.mark.parametrize("op, region", NOTHING)
def test_with_nothing_to_gather_it_leaves_all(seen, op, region):  # noqa: F811
    assert torch.equal(seen([op], **region), seen([]))


def test_what_is_gathered_is_what_is_answered(tiny):
    site = next(s for s in seams.sites(tiny.unet) if s.kind == "cross")
    x, words = torch.randn(1, 64, 32, generator=torch.Generator().manual_seed(2)), tiny.encode(["a cat"]).text

    def first_word_only(call, proceed):
        return proceed(
            replace(call, edit=lambda shares: torch.zeros_like(shares).index_fill(-1, torch.tensor([0]), 1.0))
        )

    with tiny.adapted(ops=[first_word_only]):
        out = site.attention(x, encoder_hidden_states=words)
    alone = site.attention(x, encoder_hidden_states=words[:, :1])
    torch.testing.assert_close(out, alone)
