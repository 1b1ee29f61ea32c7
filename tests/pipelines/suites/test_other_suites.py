"""The other benchmarks: published counts and checksums where their lists are here, small folders of their form else."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from pipelines import suites
from pipelines.errors import BadInput
from pipelines.suites import stellar
from pipelines.suites.custom_diffusion import PAIRS, SINGLE, placed

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "benchmarks"
listed = pytest.mark.skipif(not SHARED.is_dir(), reason="the published lists are not on this machine")


def photos(folder: Path, names=("0.png", "1.png", "2.png")) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), "green").save(folder / name)
    return folder


def digest(lines) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@listed
def test_custom_diffusions_lines_all_find_their_subjects(tmp_path):
    shutil.copytree(SHARED / "custom_diffusion_eval", tmp_path, dirs_exist_ok=True)
    for name in SINGLE:
        photos(tmp_path / "data" / ("wooden_pot" if name == "wooden" else name))
    suite = suites.load("custom-diffusion", tmp_path)
    assert suite.here == {"subjects": 10, "prompts": 240, "photos": 30} and suite.gaps == () and suite.complete
    told = {case.id: [suite.told(case, one) for one in case.prompts] for case in suite.cases}
    assert told["wooden"][1] == "<wooden1> wooden pot in grand canyon"
    assert told["moongate"][8] == "cat sitting in front of <moongate1> moongate in the snow"
    assert told["cat_chair"][2] == "<chair1> chair with a screaming <cat1> cat sitting on it"
    assert told["wooden_pot_flower"][0] == "<wooden1> wooden pot with <flower1> flower in it"
    assert suite.scored(suite.cases[0], suite.cases[0].prompts[1]) == "barn in snowy ice"
    assert not any("<new" in line or "{" in line for lines in told.values() for line in lines)


def test_a_set_with_little_in_it_says_what_is_missing(tmp_path):
    photos(tmp_path / "data" / "cat")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "cat.txt").write_text("Photo of <new1> cat\n<new1> cat in a pool \n\n")
    suite = suites.load("custom-diffusion", tmp_path)
    assert [case.id for case in suite.cases] == ["cat"] and len(suite.cases[0].prompts) == 2
    kinds = [gap.kind for gap in suite.gaps]
    assert kinds.count("count") == 1 and any("9 of 10 subjects" in gap.what for gap in suite.gaps)
    assert any("prompts/dog.txt" in gap.what for gap in suite.gaps)
    assert sum("prompts/" in gap.what and gap.kind == "missing" for gap in suite.gaps) == 9 + len(PAIRS)


def test_nouns_are_found_as_words():
    assert placed("Dog with a hotdog and a table", ["dog", "table"]) == "{0} with a hotdog and a {1}"


@listed
def test_101_concepts_give_the_published_prompts_to_the_byte(tmp_path):
    shutil.copytree(SHARED / "customconcept101", tmp_path, dirs_exist_ok=True)
    for entry in json.loads((tmp_path / "dataset.json").read_text()):
        photos(tmp_path / entry["instance_data_dir"])
    suite = suites.load("custom-concept-101", tmp_path)
    assert suite.gaps == () and suite.complete and len(suite.subjects) == 102
    assert "furniture_chair3-sofa" in suite.notes[0]
    single = [case for case in suite.cases if case.split == "test"]
    pairs = [case for case in suite.cases if case.split == "pairs"]
    noun = {one.id: one.noun for one in suite.subjects}
    filled = [p.said(f"<new1> {noun[case.id]}") for case in single for p in case.prompts]
    assert (len(filled), len(set(filled))) == (2020, 1180)
    assert digest(filled) == "7641cd5b45b7a19cedfec3a85179ae003b0bd34e4dd17f2bdf9b0f02b23036f4"
    filled = [
        p.said(*(f"<new{k}> {noun[one]}" for k, one in enumerate(case.subjects, 1)))
        for case in pairs
        for p in case.prompts
    ]
    assert (len(filled), len(set(filled))) == (1212, 756)
    assert digest(filled) == "d8b140a32b1f718b3bf7f63530d05212fd85cd5d0b93fca59d628edfe7d5eb15"
    assert len({one.trigger for one in suite.subjects}) == 102


def entry(name: str, **more) -> dict:
    return {"class_prompt": "barn", "instance_data_dir": f"./photos/{name}", "prompt_filename": "prompts/b.txt"} | more


def test_a_list_that_points_elsewhere_or_lacks_something_is_told_of(tmp_path):
    photos(tmp_path / "photos" / "one")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "b.txt").write_text("\n".join(f"{{}} number {k}." for k in range(20)))
    bad = [entry("one"), entry("two"), {"class_prompt": "dog"}, entry("x", instance_data_dir="../../etc")]
    (tmp_path / "dataset.json").write_text(json.dumps(bad))
    (tmp_path / "dataset_multiconcept.json").write_text("[[1, 2], ")
    suite = suites.load("custom-concept-101", tmp_path)
    assert [case.id for case in suite.cases] == ["one"] and len(suite.cases[0].prompts) == 20
    said = " ".join(gap.what for gap in suite.gaps)
    for part in ("lies elsewhere", "lacks instance_data_dir", "1 of 2 subjects", "is not JSON", "2 entries where 101"):
        assert part in said
    assert "is not here" not in said and "two" in said


def person(folder: Path, templated: int, written: int) -> None:
    photos(folder, ("0.jpg", "1.jpg"))
    for name, count in (("prompts_t.json", templated), ("prompts_h.json", written)):
        if count:
            told = {"prompts": [f"{name} {{}} {k}" for k in range(count)], "detectables": [["hat"]] * count}
            (folder / name).write_text(json.dumps(told))


def test_stellar_as_its_build_leaves_it(tmp_path):
    person(tmp_path / "STELLAR" / "007", 50, 50)
    person(tmp_path / "STELLAR" / "200", 2, 0)
    person(tmp_path / "STELLAR" / "008", 49, 0)
    noted = dict.fromkeys(stellar.ATTRIBUTES, -1) | {"Young": 1, "Smiling": 1}
    for photo, told in (("007/0", noted), ("008/0", {"Young": 1})):
        (tmp_path / "STELLAR" / f"{photo}_attributes.json").write_text(json.dumps({"attributes": told}))
    suite = suites.load("stellar", tmp_path)
    assert suite.noted == {suite.subjects[0].photos[0].image: (1, *[-1] * 7)}, "of the eight of APS, or nothing"
    assert [(case.id, case.split, len(case.prompts)) for case in suite.cases] == [
        ("007", "test", 100), ("008", "test", 49), ("200", "validation", 2)
    ]  # fmt: skip
    first = suite.cases[0]
    assert first.prompts[0].kind == "templated" and first.prompts[50].kind == "written"
    assert first.prompts[0].detectables == ("hat",)
    assert suite.scored(first, first.prompts[0]) == "prompts_t.json a person 0"
    assert suite.told(first, first.prompts[0]) == "prompts_t.json <person007> person 0"
    said = " ".join(gap.what for gap in suite.gaps)
    assert "397 of 400 people" in said and "49 prompts where 50" in said and "008/prompts_h.json" in said
    assert {row.method for row in stellar.PUBLISHED} >= {"StellarNet", "ELITE"}


def test_stellar_lists_that_do_not_fit_together(tmp_path):
    person(tmp_path / "001", 50, 50)
    (tmp_path / "001" / "prompts_h.json").write_text(json.dumps({"prompts": ["no place"], "detectables": []}))
    suite = suites.load("stellar", tmp_path)
    said = " ".join(gap.what for gap in suite.gaps)
    assert "not as many" in said and "no place for the person" in said and len(suite.cases[0].prompts) == 51


def test_dreambench_plus_pairs_pictures_with_captions(tmp_path):
    for where, name in (("live_subject/animal/00", "Tabby Cat"), ("style/04", "ink wash"), ("object/09", "mug")):
        caption = tmp_path / "data" / "captions" / f"{where}.txt"
        caption.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"a {name.lower()} doing {k}" for k in range(9 if name != "mug" else 8)]
        caption.write_text("\n".join([name, *lines]))
        photos(tmp_path / "data" / "images" / Path(where).parent, (f"{Path(where).name}.jpg",))
    photos(tmp_path / "data" / "images" / "object", ("77.jpg",))
    suite = suites.load("dreambench-plus", tmp_path)
    assert [(one.id, one.kind) for one in suite.subjects] == [
        ("live_subject_animal_00_tabby_cat", "object"), ("object_09_mug", "object"), ("style_04_ink_wash", "style")
    ]  # fmt: skip
    cat = suite.cases[0]
    assert [one.kind for one in cat.prompts] == ["photo"] * 4 + ["style"] * 3 + ["imaginative"] * 2
    assert suite.told(cat, cat.prompts[2]) == "a <sks> Tabby Cat doing 2"
    said = " ".join(gap.what for gap in suite.gaps)
    assert "object/77.txt" in said and "9 prompts where 10" in said and "3 subjects where 150" in said


def test_dreambench_v2_from_a_public_list(tmp_path):
    for name, count in (("backpack_dog", 5), ("dog", 5), ("dog2", 6)):
        photos(tmp_path / "dataset" / name, [f"{k:02d}.png" for k in range(count)])
    rows = [
        {"subject_id": 1, "subject": "backpack dog", "prompt": "a <token> backpack dog on the moon"},
        {"subject_id": 10, "subject": "dog", "prompt": "a <token> dog in a moutain"},
        {"subject_id": 11, "subject": "dog", "prompt": "a dog asleep"},
        {"subject_id": 12, "subject": "unicorn", "prompt": "a <token> unicorn"},
    ]
    (tmp_path / "dataset_lookup.json").write_text(json.dumps({f"sample_{k}.jpg": row for k, row in enumerate(rows)}))
    suite = suites.load("dreambench-v2", tmp_path)
    told = {case.id: suite.told(case, case.prompts[0]) for case in suite.cases}
    assert told == {
        "backpack_dog": "a sks backpack on the moon", "dog": "a sks dog in a moutain", "dog2": "a sks dog asleep"
    }  # fmt: skip
    said = " ".join(gap.what for gap in suite.gaps)
    assert "1 rows name subjects" in said and "unicorn" in said and "3 prompts; known lists" in said
    assert any("order of their ids" in note for note in suite.notes)
    (tmp_path / "dataset_lookup.json").unlink()
    bare = suites.load("dreambench-v2", tmp_path)
    assert len(bare.subjects) == 3 and not bare.cases and "no list of prompts" in bare.gaps[0].what


def test_a_csv_list_reads_the_same(tmp_path):
    photos(tmp_path / "vase", [f"{k:02d}.png" for k in range(6)])
    (tmp_path / "full.csv").write_text('prompt,subject,uid,subject_id\n"a sks vase, broken",vase,0,vase\n')
    suite = suites.load("dreambench-v2", tmp_path)
    assert suite.scored(suite.cases[0], suite.cases[0].prompts[0]) == "a vase, broken"


@pytest.mark.parametrize("name", suites.SUITES)
def test_every_suite_refuses_an_empty_folder(name, tmp_path):
    with pytest.raises(BadInput, match="does not hold"):
        suites.load(name, tmp_path)
