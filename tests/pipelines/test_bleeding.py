"""Whose likeness shows in which region: known truths on rendered toys, exact cases, what a picture's maker is told."""

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import bleeding, sample, toybox
from pipelines.backbone import Backbone
from pipelines.bleeding import Found, find, seen
from pipelines.conditioning import Place
from pipelines.events import Made, Silent
from pipelines.eyes import STARTER, Eyes
from pipelines.heat import SIDE, Heat
from pipelines.spec import Photo, Region, Scene, Subject
from pipelines.tasks import Sample
from tests.pipelines.scenes import HALVES, LEFT, RIGHT

TAUGHT = pytest.mark.skipif(
    not (STARTER / "judges" / "oracles.safetensors").exists(), reason="the judges are not in this checkout"
)


class Table:
    """A judge that knows every picture by its first pixel: what is compared is then known to the last digit."""

    def __init__(self, vectors):
        self.vectors = torch.nn.functional.normalize(torch.tensor(vectors), dim=1)

    def identity(self, pixels):
        return self.vectors[pixels[:, 0, 0, 0].long()]


def shown(*which):
    return torch.stack([torch.full((3, 2, 2), float(k)) for k in which])


def shots(who, count, seed):
    drawn = [torch.from_numpy(toybox.render(one, 96).pixels) for one in toybox.shoot(who, count, seed)]
    return torch.stack(drawn).permute(0, 3, 1, 2).float() / 255


def test_the_two_ends_are_what_they_are_said_to_be():
    """0: alike as the rightful one's photos are anyhow; 1: as like as the photos of the other to each other."""
    eyes = Table([[1.0, 0, 0], [0.8, 0.6, 0], [0.6, 0, 0.8]])
    photos = [shown(0, 0), shown(1, 1)]
    values = seen([shown(0)[0], shown(1)[0], shown(2)[0]], photos, [0, 1, 0], eyes)
    torch.testing.assert_close(values[:2], torch.eye(2), atol=1e-5, rtol=0)
    own, other = (0.6 - 0.8) / (1 - 0.8), (0.6 * 0.8 - 0.8) / (1 - 0.8)
    torch.testing.assert_close(values[2], torch.tensor([own, other]), atol=1e-5, rtol=0)


def test_alone_or_with_a_single_photo_nothing_divides_by_nothing():
    eyes = Table([[1.0, 0.0], [0.5, 0.5]])
    alone = seen([shown(0)[0]], [shown(0)], [0], eyes)
    twins = seen([shown(0)[0], shown(0)[0]], [shown(0), shown(0)], [0, 1], eyes)
    assert alone.tolist() == [[1.0]] and twins.isfinite().all()


@TAUGHT
@pytest.mark.parametrize("nouns", [("robot", "duck"), ("cat", "cat")])
def test_rendered_toys_are_told_apart_and_a_swap_is_seen(nouns):
    eyes = Eyes.load()
    people = [toybox.subject(noun, k, "test") for k, noun in enumerate(nouns)]
    photos = [shots(who, 4, 0) for who in people]
    here = [shots(who, 1, 77)[0] for who in people]
    right, swapped = seen(here, photos, [0, 1], eyes), seen(here[::-1], photos, [0, 1], eyes)
    assert (right.diagonal() > 0.6).all() and (right.flip(1).diagonal() < 0.35).all()
    assert (swapped.diagonal() < 0.35).all() and (swapped.flip(1).diagonal() > 0.6).all()


def test_attention_inside_a_region_is_its_share_of_the_map():
    heat = Heat(64, 64)
    heat._sums = {1: torch.zeros(SIDE, SIDE), 2: torch.ones(SIDE, SIDE)}
    heat._sums[1][:, : SIDE // 4] = 3.0
    heat._sums[1][:, SIDE // 2 :] = 1.0
    places = {1: Place(Region(LEFT), 64, 64), 2: Place(Region((0.0, 0.0, 0.25, 0.25)), 64, 64)}
    assert heat.inside(places) == pytest.approx({1: 0.6, 2: 1 / 16})
    assert heat.inside({2: places[2], 5: places[1]}) == pytest.approx({2: 1 / 16})


def test_a_region_without_photos_tells_its_attention_only():
    regions = [(3, Region(RIGHT), Place(Region(RIGHT), 64, 64), "")]
    (one,) = find(regions, [Subject("a", "A", "a", "<a>")], torch.rand(3, 64, 64), None)
    assert one == Found(3, 0.5, None, "", None, {})
    assert one.told() == {"number": 3, "room": 0.5, "inside": None, "own": None, "subject": "", "others": {}}


def test_every_region_is_compared_with_every_subject(eyes, tmp_path, monkeypatch):
    monkeypatch.setattr(bleeding.Eyes, "load", classmethod(lambda cls: eyes))
    people = []
    for k, name in enumerate(("one", "two", "style")):
        path = tmp_path / f"{name}.png"
        Image.fromarray(np.random.default_rng(k).integers(0, 255, (96, 96, 3), dtype=np.uint8)).save(path)
        people.append(Subject(name, name, "toy", f"<{name}>", (Photo(str(path)),), "style" if k == 2 else "object"))
    regions = [(k, Region(box), Place(Region(box), 64, 64), who)
               for k, box, who in ((1, LEFT, "one"), (2, RIGHT, "two"), (4, RIGHT, "style"))]  # fmt: skip
    one, two, style = find(regions, people, torch.rand(3, 64, 64), None)
    assert set(one.others) == {"two"} and set(two.others) == {"one"} and 0 <= one.own <= 1
    assert style.own is None and not style.others, "a style is nowhere"


def test_the_maker_of_a_picture_is_told(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(Backbone, "at_hand", classmethod(lambda cls, base: tiny))
    scene = Scene("a", regions=(HALVES[0], Region(LEFT, " "), HALVES[1]), steps=1)
    for maps in (True, False):
        report = Silent()
        sample.run(Sample(scene, str(tmp_path / "a.png"), "tiny", previews=False, maps=maps), report)
        *told, lost = next(e.facts for e in report.events if isinstance(e, Made))["regions"]
        assert lost["number"] == 2 and "no words" in lost["why"]
        assert [(one["number"], one["room"]) for one in told] == [(1, 0.5), (3, 0.5)]
        assert all((one["inside"] is not None) == maps and one["own"] is None for one in told)
