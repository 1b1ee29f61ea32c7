"""DreamBooth's list of 750 prompts, to the byte; half of its photos; and a folder in which much is wrong."""

import hashlib
import os
from pathlib import Path

import pytest
from PIL import Image

from pipelines import suites
from pipelines.errors import BadInput
from pipelines.suites import dreambooth

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
LISTED = SHARED / "benchmarks" / "dreambooth" / "prompts_and_classes.txt"
needs_list = pytest.mark.skipif(not LISTED.is_file(), reason="the published list of prompts is not on this machine")

FILE = """Classes

subject_name,class
{}

Prompts

Object Prompts

prompt_list = [
{}
]

Live Subject Prompts

prompt_list = [
{}
]
"""


def photo(path: Path, colour="red", kind="JPEG", **more) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (24, 24), colour).save(path, kind, **more)
    return path


def listed(live=25) -> str:
    """A list in the published form with other words."""
    classes = "\n".join(f"{name},{noun}" for name, (noun, _) in dreambooth.SUBJECTS.items())
    lines = [
        [f"'{word} {k} of a {{0}} {{1}}'.format(unique_token, class_token)," for k in range(count)]
        for word, count in (("thing", 25), ("beast", live))
    ]
    return FILE.format(classes, *("\n".join(one) for one in lines))


@pytest.fixture
def folder(tmp_path):
    """Three of thirty subjects, in `dataset` as the repository has them."""
    home = tmp_path / "dataset"
    for name, count in (("backpack", 6), ("cat2", 5), ("vase", 6)):
        for k in range(count):
            photo(home / name / f"{k:02d}.jpg", (k * 30, 9, 9))
    (home / "prompts_and_classes.txt").write_text(listed())
    return tmp_path


def digest(lines) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def complete(tmp_path: Path) -> Path:
    """All thirty subjects with as many photos as published, and the published list."""
    for name, (_, count) in dreambooth.SUBJECTS.items():
        for k in range(count):
            photo(tmp_path / name / f"{k:02d}.jpg")
    (tmp_path / "prompts_and_classes.txt").write_bytes(LISTED.read_bytes())
    return tmp_path


@needs_list
def test_the_750_prompts_are_the_published_ones_to_the_byte(tmp_path):
    suite = suites.load("dreambooth", complete(tmp_path))
    assert suite.complete and suite.gaps == () and suite.here == {"subjects": 30, "prompts": 750, "photos": 158}
    told = [suite.told(case, prompt) for case in suite.cases for prompt in case.prompts]
    assert digest(told) == "e85c425831906b2a031623ed44f4c948da30a0364f1cfe50986e93c30c47a3a3"
    scored = [suite.scored(case, prompt) for case in suite.cases for prompt in case.prompts]
    assert digest(scored) == "4a24aef296f622d5de211ac47871c2e20c8050006f3645d837a547cb13b54b21"
    live = [one.id for one in suite.subjects if one.noun in dreambooth.LIVE]
    assert len(live) == 9 and "dog4" not in live


@needs_list
def test_the_750_prompts_of_pairs_are_unos_to_the_byte(tmp_path):
    suite = suites.load("dreambench-multi", complete(tmp_path))
    assert suite.complete and len(suite.cases) == 30
    said = [suite.scored(case, prompt) for case in suite.cases for prompt in case.prompts]
    assert digest(said) == "8844ac35248037ca44b6c1e0914907d7f4094dfbb8ad1fc5dc92fd83f0ea45aa"


def test_the_two_of_a_pair_have_words_of_their_own(tmp_path):
    for name in ("cat", "dog", "dog6"):
        for k in range(7):
            photo(tmp_path / name / f"{k:02d}.jpg")
    (tmp_path / "prompts_and_classes.txt").write_text(listed())
    pairs = suites.load("dreambench-multi", tmp_path)
    first = next(one for one in pairs.cases if one.id == "cat+dog")
    assert pairs.told(first, first.prompts[12]) == "beast 12 of a <cat> cat, next to it is a <dog> dog"
    assert pairs.scored(first, first.prompts[12]) == "beast 12 of a cat, next to it is a dog"
    assert len({one.trigger for one in pairs.subjects}) == len(pairs.subjects)


@needs_list
@pytest.mark.skipif(not (SHARED / "photos" / "dreambooth").is_dir(), reason="the photos are not on this machine")
def test_half_of_the_real_photos_are_read_and_the_other_half_is_missed(tmp_path):
    for place in (SHARED / "photos" / "dreambooth").iterdir():
        os.symlink(place, tmp_path / place.name)
    os.symlink(LISTED, tmp_path / LISTED.name)
    suite = suites.load("dreambooth", tmp_path)
    assert suite.here == {"subjects": 15, "prompts": 375, "photos": 81} and not suite.complete
    assert [gap.kind for gap in suite.gaps] == ["missing"] and "15 of 30 subjects" in suite.gaps[0].what
    pairs = suites.load("dreambench-multi", tmp_path)
    assert 0 < len(pairs.cases) < 30 and any("pairs lack a subject" in gap.what for gap in pairs.gaps)


def test_three_of_thirty_are_usable_and_the_rest_is_named(folder):
    suite = suites.load("dreambooth", folder)
    assert suite.folder == folder / "dataset" and [one.id for one in suite.subjects] == ["backpack", "cat2", "vase"]
    assert suite.here == {"subjects": 3, "prompts": 75, "photos": 17} and not suite.complete
    (gap,) = suite.gaps
    assert gap.kind == "missing" and "27 of 30 subjects" in gap.what and "backpack_dog" in gap.what and gap.advice
    bag, cat, _ = suite.cases
    assert suite.told(bag, bag.prompts[3]) == "thing 3 of a sks backpack"
    assert suite.scored(cat, cat.prompts[3]) == "beast 3 of a cat"
    assert [one.kind for one in cat.prompts][::10] == ["new place", "outfit", "property"]


def test_without_the_prompts_the_subjects_are_there_all_the_same(folder):
    (folder / "dataset" / "prompts_and_classes.txt").unlink()
    suite = suites.load("dreambooth", folder)
    assert len(suite.subjects) == 3 and suite.cases == ()
    assert any("prompts_and_classes.txt" in gap.what and gap.kind == "missing" for gap in suite.gaps)
    (folder / "dataset" / "prompts_and_classes.txt").write_text(listed(live=24))
    short = suites.load("dreambooth", folder)
    assert short.cases == () and any("49 prompts" in gap.what for gap in short.gaps)


def test_broken_and_miscounted_photos_are_named_and_the_others_kept(folder):
    home = folder / "dataset"
    whole = Image.effect_noise((96, 96), 90).convert("RGB")
    whole.save(home / "vase" / "02.jpg")
    (home / "vase" / "02.jpg").write_bytes((home / "vase" / "02.jpg").read_bytes()[:-2000])
    (home / "vase" / "03.jpg").write_text("<html>not found</html>")
    (home / "cat2" / "04.jpg").unlink()
    suite = suites.load("dreambooth", folder)
    assert [len(one.photos) for one in suite.subjects] == [6, 4, 4]
    told = {(gap.kind, gap.what) for gap in suite.gaps}
    assert ("count", "cat2: 4 photos where 5 are published.") in told
    broken = sorted(what for kind, what in told if kind == "broken")
    assert broken[0].startswith("vase/02.jpg") and "cut off" in broken[0] and "not a picture" in broken[1]


def test_photos_with_several_views_are_photos(folder):
    path = folder / "dataset" / "vase" / "00.jpg"
    views = [Image.new("RGB", (24, 24), colour) for colour in ("red", "blue")]
    views[0].save(path, "MPO", save_all=True, append_images=views[1:])
    with Image.open(path) as picture:
        assert picture.format == "MPO"
    suite = suites.load("dreambooth", folder)
    assert len(suite.subject("vase").photos) == 6 and suite.notes[0].startswith("1 photos hold several views")
    assert not any(gap.kind == "broken" for gap in suite.gaps)


def test_one_photo_protocols_keep_the_fixed_photo(folder):
    suite = dreambooth.one_photo(suites.load("dreambooth", folder))
    assert [Path(one.photos[0].image).stem for one in suite.subjects] == ["02", "02", "02"]
    assert all(len(one.photos) == 1 for one in suite.subjects) and suite.protocol.references == "one"


def test_a_folder_that_is_not_one_is_said(tmp_path):
    with pytest.raises(BadInput, match="There is no folder"):
        suites.load("dreambooth", tmp_path / "nowhere")
    with pytest.raises(BadInput, match="does not hold"):
        suites.load("dreambooth", tmp_path)
    with pytest.raises(BadInput, match="no benchmark"):
        suites.load("imagenet", tmp_path)


def test_published_rows_say_where_they_were_read():
    found = {(row.table, row.method): row for row in dreambooth.PUBLISHED if row.base != "Imagen"}
    assert found["DreamBooth", "DreamBooth"].scores == {"dino": 0.668, "clip_i": 0.803, "clip_t": 0.305}
    assert found["DreamBooth", "Real photos"].scores == {"dino": 0.774, "clip_i": 0.885}
    assert found["DreamBooth", "DreamBooth"].first_hand and not found["DreamCache", "IP-Adapter"].first_hand
    assert all("arXiv" in row.source or "table" in row.source for row in dreambooth.PUBLISHED)
