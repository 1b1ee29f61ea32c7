"""The judges learn what they are for from a handful of pictures, and are loaded as they were kept."""

import numpy as np
import pytest
import torch

from pipelines import toybox
from pipelines.doors import open_doors

open_doors()

from pipelines.errors import BadInput, MissingWeights  # noqa: E402
from pipelines.eyes import Eyes  # noqa: E402
from pipelines.starter import identity, likeness, oracles, pool, readers, text, words  # noqa: E402
from pipelines.starter.assemble import beside, keep  # noqa: E402
from pipelines.starter.tower import batch, fit  # noqa: E402
from pipelines.starter.wear import worn  # noqa: E402


class Few(pool.Pool):
    """Eight training pictures, one in a style without colours, kept in memory."""

    def __init__(self):
        self.scenes = [*(toybox.draw(k) for k in range(7)), toybox.draw(7, style="blueprint")]
        self.pictures = [toybox.render(scene, 128) for scene in self.scenes]

    def __len__(self):
        return len(self.scenes)

    def read(self, index):
        picture = self.pictures[index]
        return picture.pixels, (picture.masks * np.arange(1, len(picture.masks) + 1)[:, None, None]).sum(0)

    def words(self, index):
        return pool._note(self.scenes[index])


@pytest.fixture(scope="module")
def few():
    return Few()


def test_labels_are_what_the_scenes_say(few):
    things, whole = readers.labels(few)
    scene = few.scenes[3]
    assert [toybox.NOUNS[n] for n in things[3, : len(scene.things), 0]] == [t.noun for t in scene.things]
    assert (things[3, len(scene.things) :] == readers.BLANK).all()
    assert toybox.PLACES[whole[3, 0]] == scene.place


def test_colours_are_not_read_where_none_show(few):
    grey = [k for k, scene in enumerate(few.scenes) if scene.style in toybox.GREY_STYLES]
    things, _ = readers.labels(few)
    assert grey and (things[grey][:, :, 1] == readers.BLANK).all()


def test_cells_share_out_a_picture():
    owner = np.zeros((128, 128), np.uint8)
    owner[:, 64:] = 2
    shares = readers.cells(owner, 6)
    assert shares[1, :, 5].min() == 1 and shares[1, :, 0].max() == 0 and shares[0].max() == 0
    assert shares.sum() == pytest.approx(18, abs=0.5)


@pytest.fixture(scope="module")
def shoots(tmp_path_factory):
    path = tmp_path_factory.mktemp("shoots") / "shoots.raw"
    return identity.Shoots(path, 2, toybox.NOUNS[:3], say=lambda line: None)


def test_the_oracles_learn_a_few_pictures(few, shoots, tmp_path):
    taught = oracles.train(few, shoots, tmp_path, steps=24, scenes=8, subjects=3, say=lambda line: None)
    with torch.no_grad():
        found = taught.read(batch([p.pixels for p in few.pictures], oracles.SIDE))
        vectors = taught.who(batch([shoots.rows[0, 0, 0, ..., :3]] * 2, oracles.SIDE))
    assert set(readers.WORDS) <= set(found)
    for name, known in readers.WORDS.items():
        assert found[name].shape == (8, len(known))
        assert torch.allclose(found[name].sum(1), torch.ones(8), atol=1e-4)
    right = [toybox.PLACES[k] == s.place for k, s in zip(found["place"].argmax(1), few.scenes, strict=True)]
    assert np.mean(right) >= 0.5
    assert torch.allclose(vectors.norm(dim=1), torch.ones(2), atol=1e-4)


def test_contrast_is_least_when_each_finds_its_own():
    who = torch.tensor([0, 1, 2, 0, 1, 2])
    apart = torch.eye(3).repeat(2, 1)
    good, numbers = likeness.contrast(apart, who, 0.1)
    bad, _ = likeness.contrast(apart, torch.tensor([0, 0, 1, 1, 2, 2]), 0.1)
    assert good < 0.01 < 5 < bad and numbers["nearest"] == 1


def test_shoots_are_kept_with_what_they_show(shoots):
    assert shoots.rows.shape == (3, 2, identity.VIEWS, 128, 128, 4)
    assert 0.05 < shoots.rows[..., 3].mean() < 0.8
    scene = identity.scenes(toybox.NOUNS[1], 1)[2]
    assert toybox.NOUNS[shoots.things[1, 1, 2, 0]] == scene.things[0].noun == toybox.NOUNS[1]
    assert toybox.PLACES[shoots.whole[1, 1, 2, 0]] == scene.place


def test_a_view_moves_the_mask_with_the_picture(shoots):
    photo, rng, cut = shoots.rows[0, 0, 0].copy(), np.random.default_rng(0), 0
    photo[..., :3] = np.where(photo[..., 3:], 250, 5)
    for _ in range(12):
        pixels, mask = identity.view(photo, rng)
        assert pixels[mask > 0].mean() > 190
        cut += pixels[mask == 0].mean() > 60
    assert 0 < cut < 12


def test_wear_changes_a_picture_but_not_what_it_shows(few):
    rng, pixels = np.random.default_rng(1), few.pictures[0].pixels
    for _ in range(8):
        tired = worn(pixels, rng, share=1.0)
        assert tired.shape == pixels.shape and tired.dtype == np.uint8
        assert np.abs(tired.astype(int) - pixels).mean() < 40
    assert worn(pixels, rng, share=0.0) is pixels


def test_pictures_that_are_not_square_are_filled_up_with_their_edges():
    wide = torch.zeros(1, 3, 20, 60)
    wide[:, :, :10] = 1
    square = fit(wide, 30)
    assert square.shape == (1, 3, 30, 30)
    assert square[0, 0, 0].min() > 0.99 and square[0, 0, -1].max() < 0.01


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A starter with untrained judges."""
    home = tmp_path_factory.mktemp("starter")
    torch.manual_seed(0)
    tokenizer = words.build(home / "out" / "tokenizer", sentences=200, size=700)
    judge = text.Judge(tokenizer)
    judge.words.save_pretrained(home / "out" / "text_encoder")
    for name, module in (("oracles", oracles.Oracles), ("likeness", likeness.Likeness)):
        keep(module().state_dict(), home / f"{name}.safetensors")
    half = {name: value for name, value in judge.state_dict().items() if not name.startswith("words.")}
    assert beside(home, half, home / "out") == ["sam"]
    return home / "out", judge.eval()


def test_eyes_see_with_the_kept_weights(folder):
    eyes = Eyes.load(str(folder[0]))
    pixels = torch.rand(3, 3, 128, 128)
    with torch.no_grad():
        expected = folder[1].image(fit(pixels, text.SIDE))
        said = folder[1].text(torch.tensor(folder[1].words.config.bos_token_id).view(1, 1))
    assert torch.allclose(eyes.pictures(pixels), expected, atol=0.02) and said.shape == (1, text.SHARED)
    assert eyes.sentences(["a red cat", "a blue bus on the moon"]).shape == (2, text.SHARED)
    for vectors in (eyes.likeness(pixels), eyes.identity(pixels), eyes.pictures(pixels)):
        assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-4)
    assert eyes.read(pixels)["there"].shape == (3, 24)
    assert eyes.name.startswith("starter-") and Eyes.load(str(folder[0])) is eyes


def test_eyes_say_what_is_missing(tmp_path):
    with pytest.raises(MissingWeights, match="contrastive"):
        Eyes.load(str(tmp_path))


def test_eyes_refuse_what_is_no_batch_of_pictures(folder):
    with pytest.raises(BadInput):
        Eyes.load(str(folder[0])).likeness(torch.rand(3, 128, 128))
