"""The larder holds what is drawn, more as more is drawn, and does not make twice what it kept."""

import time

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from pipelines.errors import StudioError
from pipelines.starter import larder, pool, text, unet, vae
from pipelines.starter.larder import Larder, pictures


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    made = pool.Pool(tmp_path_factory.mktemp("pool"), shard=4)
    made.fill(8, say=lambda line: None)
    return made


@pytest.fixture(scope="module")
def tokenizer():
    return CLIPTokenizer.from_pretrained("assets/starter/tokenizer")


def test_it_holds_the_pictures_of_the_pool(drawn):
    shelf = Larder(drawn, pictures, most=8).follow()
    assert len(shelf) == 8
    rows = shelf.take(np.array([6, 1]))["rows"]
    for row, k in zip(rows, (6, 1), strict=True):
        pixels, owner = drawn.read(k)
        assert (row[..., :3].numpy() == pixels).all() and (row[..., 3].numpy() == owner).all()
    seen, mine = larder.pixels(rows)
    assert seen.shape == (2, 3, 128, 128) and seen.min() >= 0 and seen.max() <= 1 and mine.max() >= 1


def test_it_grows_while_others_draw_and_stops_when_full(tmp_path):
    growing = pool.Pool(tmp_path, shard=2)
    growing.fill(2, say=lambda line: None)
    shelf = Larder(growing, pictures, most=3).follow(2)
    assert len(shelf) == 2
    growing.fill(8, say=lambda line: None)
    until = time.monotonic() + 20
    while len(shelf) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.7)
    assert len(shelf) == 4


def test_of_a_drawn_pool_a_repeated_run_sees_the_same(drawn):
    seen = [Larder(drawn, pictures, most=8).follow(1).some(np.random.default_rng(3), 5)["rows"] for _ in range(2)]
    assert torch.equal(*seen)


def test_what_fails_on_the_side_is_told(tmp_path):
    growing = pool.Pool(tmp_path, shard=2)
    growing.fill(2, say=lambda line: None)

    def make(pool, shard):
        if shard:
            raise ValueError("broken")
        return pictures(pool, shard)

    with Larder(growing, make, most=4).follow(1) as shelf:
        growing.fill(4, say=lambda line: None)
        until = time.monotonic() + 20
        with pytest.raises(ValueError, match="broken"):
            while time.monotonic() < until:
                shelf.take(np.array([0]))
                time.sleep(0.05)


def test_nobody_waits_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(larder, "PATIENCE", 0.3)
    with pytest.raises(StudioError, match="Nobody draws"):
        Larder(pool.Pool(tmp_path), pictures).follow()


def test_what_was_made_is_kept_for_the_next_run(drawn, tokenizer, tmp_path):
    torch.manual_seed(0)
    encoder, made = AutoencoderKL(**vae.CONFIG).eval(), []
    make = unet.codes(encoder, tokenizer)

    def counted(pool, shard):
        made.append(shard)
        return make(pool, shard)

    first = Larder(drawn, counted, most=8, beside=tmp_path).follow().take(np.arange(8))
    again = Larder(drawn, counted, most=8, beside=tmp_path).follow().take(np.arange(8))
    assert made == [0, 1]
    assert all(torch.equal(first[name], again[name]) for name in ("latents", "things", "ids"))
    assert first["latents"].shape == (8, 16, 16, 16) and first["things"].shape == (8, 1, 16, 16)
    assert float(first["things"].min()) >= 0 and 0 < float(first["things"].max()) <= 1


def test_sentences_are_those_of_the_notes(drawn, tokenizer):
    ids = torch.from_numpy(drawn.ids(1, tokenizer))
    notes = drawn.notes(1)
    rng = np.random.default_rng(0)

    def plain(sentences):
        return [sentence.lower().replace("-", "").replace(" ", "") for sentence in sentences]

    full = tokenizer.batch_decode(text.said(ids, rng, full=1.0), skip_special_tokens=True)
    assert plain(full) == plain(note["full"] for note in notes)
    some = tokenizer.batch_decode(text.said(ids, rng, full=0.0), skip_special_tokens=True)
    assert all(one in plain(note["captions"]) for one, note in zip(plain(some), notes, strict=True))
