from dataclasses import replace

import pytest
import torch

from pipelines import artefact, catalogue, tune, voices
from pipelines.augment.plain_background import PlainBackground
from pipelines.augment.similar_images import SimilarImages
from pipelines.events import Silent
from pipelines.sample import Cast, make, settled
from pipelines.spec import Region, Scene
from pipelines.tasks import Tune
from tests.pipelines.probes import weights
from tests.pipelines.steps import examples, kit, shot

KNOBS = {"steps": 2, "images": 2, "rank": 2}


@pytest.fixture(scope="module")
def learnt(tiny, tmp_path_factory):
    folder, before = tmp_path_factory.mktemp("dreamtuner"), weights(tiny)
    task = Tune((shot(folder, count=2),), "dreamtuner", str(folder / "a.safetensors"), KNOBS, samples_every=0)
    tune.tune(task, tiny, Silent())
    assert all(torch.equal(value, before[key]) for key, value in weights(tiny).items())
    return task


def picture(tiny, path, like, **scene):
    header, voice = voices.load(path, tiny)
    scene = settled(Scene(**{"prompt": "a <tom> cat", "steps": 2, **scene}), tiny, lambda *said: None)
    return make(scene, tiny, Cast({like: header}, {like: voice}))


def test_pictures_look_at_the_photo_in_the_artefact(tiny, learnt, tmp_path):
    tensors, header = artefact.load(learnt.out), artefact.read_header(learnt.out)
    white = PlainBackground().prepare(examples(tiny, learnt.subjects[0]), kit(tiny, learnt.subjects))[0]
    posterior = tiny.posterior(white.pixels[None])[0, 0]
    assert torch.allclose(tensors["reference_photo/vae/photos.0"], posterior, atol=1e-5)
    assert [one["name"] for one in header.guidance + header.attention] == ["reference_guidance", "reference_attention"]
    other, speaks = str(tmp_path / "b.safetensors"), (("a", 1.0),)
    unmasked, seen = str(tmp_path / "c.safetensors"), [{"name": "noised_stream", "settings": {"masked": False}}]
    artefact.save(unmasked, tensors, replace(header, encoders=seen))
    tensors["reference_photo/vae/photos.0"] = torch.randn(4, 8, 8)
    artefact.save(other, tensors, header)
    first, again = (picture(tiny, learnt.out, "a", artefacts=speaks) for _ in range(2))
    assert torch.equal(first, again) and not torch.equal(first, picture(tiny, other, "a", artefacts=speaks))
    assert not torch.equal(first, picture(tiny, unmasked, "a", artefacts=speaks)), "the background is seen, too"


@pytest.mark.parametrize("how", ["region_route", "region_blend"])
def test_it_speaks_in_a_region(tiny, learnt, how):
    region = Region((0.0, 0.0, 0.5, 1.0), "a <tom> cat", artefact="a")
    assert picture(tiny, learnt.out, "a", prompt="on grass", regions=(region,), how=how).isfinite().all()


def test_similar_images_look_at_the_photo_and_are_made_once(tiny, tmp_path):
    """Without weight they are the base's own class images; another photo makes others."""
    subject = shot(tmp_path, count=2)
    tools, few = kit(tiny, (subject,), tmp_path / "cache"), dict(count=1, steps=2)
    off, on, other = (
        SimilarImages(weight=weight, which=which, **few).prepare([], tools)[0].posterior[0]
        for weight, which in ((0.0, 1), (3.0, 1), (3.0, 2))
    )
    plain = catalogue.load("augment", "prior_images")(**few).prepare([], tools)[0].posterior[0]
    assert torch.equal(off, plain) and not torch.equal(on, plain) and not torch.equal(on, other)
    assert len(list((tmp_path / "cache" / "class-images").iterdir())) == 4


def test_similar_images_are_asked_in_the_photos_own_words(tiny, tmp_path):
    """A caption that says the taught word says nothing to the base; "caterpillar" does not say "cat"."""
    plain = shot(tmp_path, trigger="cat", count=1)
    tools = kit(tiny, (plain,), tmp_path / "cache")

    def asked(caption):
        subject = replace(plain, photos=(replace(plain.photos[0], caption=caption),))
        (made,) = SimilarImages(count=1, steps=2)._made(subject, tools)
        return made.source

    assert "a caterpillar on a leaf" in asked("a caterpillar on a leaf")
    assert asked("Cat on a leaf") == asked("") != asked("a caterpillar on a leaf")


def test_what_surrounds_the_subject_is_white(tiny, tmp_path):
    subject = shot(tmp_path, count=1)
    (before,), tools = examples(tiny, subject), kit(tiny, (subject,))
    (after,) = PlainBackground().prepare([before], tools)
    mask = before.mask()
    assert (after.pixels[:, mask == 0] == 1).all() and torch.equal(
        after.pixels[:, mask == 1], before.pixels[:, mask == 1]
    )
    assert after.posterior is None
    (bare,) = examples(tiny, shot(tmp_path / "bare", count=1, masked=False))
    assert PlainBackground().prepare([bare], tools)[0] is bare


def test_without_a_look_it_is_plain_fine_tuning():
    plan = catalogue.recipe("dreamtuner")(look=0.0).plan()
    assert not plan.attention and not plan.guidance and not plan.encoders
