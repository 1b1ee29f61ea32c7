"""The judges learn what they are for from a handful of pictures, and are loaded as they were kept."""

import cv2
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
from pipelines.starter.larder import Larder  # noqa: E402
from pipelines.starter.tower import fit  # noqa: E402
from pipelines.starter.wear import blurred, compressed, worn  # noqa: E402


class Few(pool.Pool):
    """Eight training pictures, one in a style without colours, kept in memory."""

    def __init__(self):
        self.shard = 8
        self.scenes = [*(toybox.draw(k) for k in range(7)), toybox.draw(7, style="blueprint")]
        self.pictures = [toybox.render(scene, 128) for scene in self.scenes]

    def has(self, shard):
        return shard == 0

    def rows(self, shard):
        owners = [(p.masks * np.arange(1, len(p.masks) + 1)[:, None, None]).sum(0) for p in self.pictures]
        return np.stack([np.dstack([p.pixels, o]) for p, o in zip(self.pictures, owners, strict=True)]).astype(np.uint8)

    def notes(self, shard):
        return [pool._note(scene) for scene in self.scenes]


@pytest.fixture(scope="module")
def few():
    return Few()


def test_labels_are_what_the_scenes_say(few):
    things, whole = readers.labels(few.notes(0))
    scene = few.scenes[3]
    assert [toybox.NOUNS[n] for n in things[3, : len(scene.things), 0]] == [t.noun for t in scene.things]
    assert (things[3, len(scene.things) :] == readers.BLANK).all()
    assert toybox.PLACES[whole[3, 0]] == scene.place


def test_colours_are_not_read_where_none_show(few):
    grey = [k for k, scene in enumerate(few.scenes) if scene.style in toybox.GREY_STYLES]
    things, _ = readers.labels(few.notes(0))
    assert grey and (things[grey][:, :, 1] == readers.BLANK).all()


def test_cells_share_out_a_picture():
    owner = torch.zeros(1, 128, 128, dtype=torch.uint8)
    owner[:, :, 64:] = 2
    shares = readers.cells(owner, 6)[0]
    assert shares[1, :, 5].min() == 1 and shares[1, :, 0].max() == 0 and shares[0].max() == 0
    assert float(shares.sum()) == pytest.approx(18, abs=0.5)


@pytest.fixture(scope="module")
def shoots(tmp_path_factory):
    path = tmp_path_factory.mktemp("shoots") / "shoots.raw"
    return identity.Shoots(path, 2, toybox.NOUNS[:3], say=lambda line: None)


def seen(pictures):
    return fit(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255, oracles.SIDE)


def test_the_oracles_learn_a_few_pictures(few, shoots, tmp_path):
    shelf = Larder(few, oracles.scenes, most=8).follow()
    taught = oracles.train(shelf, shoots, tmp_path, steps=24, size=18, say=lambda line: None)
    with torch.no_grad():
        found = taught.read(seen([p.pixels for p in few.pictures]))
        vectors = taught.who(seen([shoots.rows[0, 0, 0, ..., :3]] * 2))
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
    photo = shoots.rows[0, 0, 0].copy()
    photo[..., :3] = np.where(photo[..., 3:], 250, 5)
    many = torch.from_numpy(photo).repeat(24, 1, 1, 1)
    pixels, masks = identity.view(many, torch.Generator().manual_seed(0))
    brightness = pixels.mean(1)
    cut = [bool(seen[mask == 0].mean() > 0.25) for seen, mask in zip(brightness, masks, strict=True)]
    assert all(seen[mask > 0].mean() > 0.75 for seen, mask in zip(brightness, masks, strict=True))
    assert 0 < sum(cut) < 24
    assert sum(bool((mask != masks[0]).any()) for mask in masks) > 2


def test_wear_changes_a_picture_but_not_what_it_shows(few):
    pixels = torch.from_numpy(np.stack([p.pixels for p in few.pictures])).permute(0, 3, 1, 2).float() / 255
    tired = worn(pixels, torch.Generator().manual_seed(1), share=1.0)
    off = (tired - pixels).abs().mean((1, 2, 3))
    assert tired.shape == pixels.shape and tired.min() >= 0 and tired.max() <= 1
    assert off.max() < 0.16 and (off > 0.001).sum() >= 4
    assert torch.equal(worn(pixels, torch.Generator().manual_seed(1), share=0.0), pixels)


def test_compression_costs_more_the_lower_its_quality(few):
    pixels = torch.from_numpy(few.pictures[0].pixels).permute(2, 0, 1)[None].float() / 255
    errors = [(compressed(pixels, torch.full((1, 1, 1, 1), q)) - pixels).square().mean() for q in (95.0, 50.0, 10.0)]
    coded = cv2.imencode(".jpg", few.pictures[0].pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    real = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1] / 255.0
    known = np.square(real - pixels[0].permute(1, 2, 0).numpy()).mean()
    assert errors[0] < errors[1] < errors[2] and 0.4 < float(errors[1]) / known < 1.5


@pytest.mark.parametrize("quality", [15.0, 20.0, 45.0])
def test_compression_leaves_grey_grey(quality):
    seen = compressed(torch.full((1, 3, 16, 16), 0.5), torch.full((1, 1, 1, 1), quality))
    assert float(seen.amax(1).sub(seen.amin(1)).max()) < 1e-3


def test_a_blur_keeps_what_is_even_and_spreads_a_point():
    point = torch.zeros(1, 3, 16, 16)
    point[..., 8, 8] = 1
    soft = blurred(point, torch.full((1, 1, 1, 1), 1.0))
    assert float(soft.sum()) == pytest.approx(3, abs=1e-4) and 0.1 < float(soft[0, 0, 8, 8]) < 0.2
    even = torch.full((2, 3, 16, 16), 0.3)
    assert torch.allclose(blurred(even, torch.tensor([0.4, 1.3]).view(2, 1, 1, 1)), even, atol=1e-6)


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
